"""Voucher codes: bought or made elsewhere, uploaded by staff, each handed out once."""

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from points.models import refuse_truncate

CODE_LENGTH_MIN = 4
CODE_LENGTH_MAX = 64
CODE_PATTERN = rf"^[A-Za-z0-9_.:/+#=-]{{{CODE_LENGTH_MIN},{CODE_LENGTH_MAX}}}$"
LOW_STOCK_MAX = 1_000_000


class CodePool(models.Model):
    """A stock of codes of one kind, which options and rewards hand out from."""

    name = models.CharField(max_length=100, unique=True)
    keeps_case = models.BooleanField(
        "upper and lower case differ",
        default=False,
        help_text="Keep codes as they are written. Otherwise they are kept in upper case.",
    )
    low_stock_at = models.IntegerField(
        "low at",
        default=20,
        validators=[MaxValueValidator(LOW_STOCK_MAX)],
        help_text="The stock counts as low when so many codes or fewer are left.",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(low_stock_at__gte=0, low_stock_at__lte=LOW_STOCK_MAX),
                name="rewards_code_pool_low_stock_bounded",
                violation_error_message="The stock is low at 0 codes or more.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class VoucherCode(models.Model):
    """One code. It is nobody's until it is handed out, and then one redemption's for ever.

    What a redemption shows its member is this row, so staff never need to see a whole code:
    `masked` is what they see. `digest` lets the audit tell that a code was exchanged.
    """

    pool = models.ForeignKey(CodePool, on_delete=models.PROTECT, related_name="codes")
    code = models.CharField(max_length=CODE_LENGTH_MAX)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    assigned_at = models.DateTimeField("handed out at", null=True, blank=True)
    option_redemption = models.OneToOneField(
        "rewards.OptionRedemption",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="voucher_code",
    )
    redemption = models.OneToOneField(
        "rewards.Redemption",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="voucher_code",
    )
    digest = models.BinaryField(editable=False)

    class Meta:
        verbose_name = "voucher code"
        constraints = [
            # Across pools: the same file in two of them would hand each code out twice.
            models.UniqueConstraint(fields=["code"], name="rewards_code_unique"),
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="rewards_code_well_formed"
            ),
            models.CheckConstraint(
                condition=Q(
                    assigned_at__isnull=True,
                    option_redemption__isnull=True,
                    redemption__isnull=True,
                )
                | Q(
                    assigned_at__isnull=False,
                    option_redemption__isnull=False,
                    redemption__isnull=True,
                )
                | Q(
                    assigned_at__isnull=False,
                    option_redemption__isnull=True,
                    redemption__isnull=False,
                ),
                name="rewards_code_of_one_redemption",
            ),
        ]
        indexes = [
            # Claiming takes the oldest that is left; used codes cost it nothing.
            models.Index(
                fields=["pool", "id"],
                condition=Q(assigned_at__isnull=True),
                name="rewards_code_left",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="rewards_code_handed_out_once",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF TG_OP = 'UPDATE' THEN
                        IF OLD.assigned_at IS NOT NULL
                           OR (NEW.id, NEW.pool_id, NEW.code, NEW.added_at)
                              IS DISTINCT FROM (OLD.id, OLD.pool_id, OLD.code, OLD.added_at)
                        THEN
                            RAISE EXCEPTION 'code % keeps what is on record', OLD.id
                            USING ERRCODE = 'check_violation',
                                  CONSTRAINT = 'rewards_code_record_fixed';
                        END IF;
                    END IF;
                    IF NEW.option_redemption_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM rewards_optionredemption
                        WHERE id = NEW.option_redemption_id AND code_pool_id = NEW.pool_id
                          AND redeemed_at = NEW.assigned_at
                    ) OR NEW.redemption_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM rewards_redemption
                        WHERE id = NEW.redemption_id AND status = 'APPROVED'
                          AND approved_at = NEW.assigned_at
                    ) THEN
                        RAISE EXCEPTION 'code % is not for that redemption', NEW.id
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'rewards_code_fits_its_redemption';
                    END IF;
                    NEW.digest := sha256(convert_to(NEW.pool_id || ':' || NEW.code, 'UTF8'));
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(
                name="rewards_code_refuse_delete",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__assigned_at__isnull=False),
            ),
            refuse_truncate("rewards_code"),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """The code with only its last few characters, four at most."""
        shown = min(4, len(self.code) // 3)
        return "*" * (len(self.code) - shown) + self.code[-shown:]
