"""Redeeming by type: what points buy without a catalogue, and what members bought so."""

import uuid
from math import gcd

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from points.models import AMOUNT_MAX, PointTransaction, append_only
from rewards.enums import CATALOGUE_TYPE

from .codes import CodePool

TYPE_PATTERN = r"^[a-z][a-z0-9_]{0,31}$"
CURRENCY_PATTERN = r"^[A-Z]{3}$"
CENTS_PER_UNIT = 100


class RewardOption(models.Model):
    """One way to turn any number of points into money's worth: `points_per_unit` points buy 1.00.

    `type` is the word clients send and never changes.
    """

    type = models.CharField(
        max_length=32,
        unique=True,
        validators=[
            RegexValidator(TYPE_PATTERN, "Lower-case letters, digits and _, a letter first.")
        ],
        help_text="The word clients send, for example gift_card. It cannot be changed later.",
    )
    name = models.CharField(max_length=100)
    description = models.TextField(max_length=2_000, blank=True)
    minimum_points = models.IntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(AMOUNT_MAX)],
        help_text="The fewest points that can be redeemed at once.",
    )
    points_per_unit = models.IntegerField(
        "points for 1.00",
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(AMOUNT_MAX)],
        help_text="How many points are worth one unit of the currency.",
    )
    currency = models.CharField(
        max_length=3,
        default="USD",
        validators=[RegexValidator(CURRENCY_PATTERN, "Three capital letters, for example USD.")],
    )
    code_pool = models.ForeignKey(
        CodePool,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="options",
        help_text="Each redemption hands out one code of this pool. Blank hands out none.",
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="Members see and redeem active options only."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "reward option"
        constraints = [
            models.CheckConstraint(
                condition=Q(type__regex=TYPE_PATTERN) & ~Q(type=CATALOGUE_TYPE),
                name="rewards_option_type_well_formed",
                violation_error_message=f"“{CATALOGUE_TYPE}” is what catalogue redemptions go by.",
            ),
            models.CheckConstraint(
                condition=Q(minimum_points__gte=1, minimum_points__lte=AMOUNT_MAX),
                name="rewards_option_minimum_points_bounded",
            ),
            models.CheckConstraint(
                condition=Q(points_per_unit__gte=1, points_per_unit__lte=AMOUNT_MAX),
                name="rewards_option_points_per_unit_bounded",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=CURRENCY_PATTERN),
                name="rewards_option_currency_well_formed",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="rewards_option_type_fixed",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__type__df=pgtrigger.F("new__type")),
                func="""
                    RAISE EXCEPTION 'option % keeps its type', OLD.type
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'rewards_option_type_fixed';
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def points_step(self) -> int:
        """The fewest points worth a whole number of cents; only multiples of it are redeemed."""
        return self.points_per_unit // gcd(self.points_per_unit, CENTS_PER_UNIT)

    def clean(self) -> None:
        """Refuse a minimum nobody could redeem."""
        if self.points_per_unit and self.minimum_points and self.minimum_points % self.points_step:
            raise ValidationError(
                {
                    "minimum_points": f"At this rate {self.points_step:,} points are the fewest "
                    "worth whole cents: the minimum must be a multiple of that."
                }
            )


class OptionRedemption(models.Model):
    """What a member got for points by type, done at once: a record that is only ever added to.

    `points_per_unit` and `currency` are those of the moment, and `value` is exactly what the points
    were worth. With a `code_pool`, one code of it belongs to this redemption.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="option_redemptions"
    )
    option = models.ForeignKey(RewardOption, on_delete=models.PROTECT, related_name="redemptions")
    points = models.IntegerField()
    points_per_unit = models.IntegerField("points for 1.00")
    value = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    code_pool = models.ForeignKey(
        CodePool, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    spend = models.OneToOneField(
        PointTransaction, on_delete=models.PROTECT, related_name="option_redemption"
    )
    redeemed_at = models.DateTimeField()

    class Meta:
        verbose_name = "redemption by type"
        verbose_name_plural = "redemptions by type"
        permissions = [("redeem_for_member", "Can redeem points for a member")]
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gte=1, points__lte=AMOUNT_MAX),
                name="rewards_option_redemption_points_bounded",
            ),
            models.CheckConstraint(
                condition=Q(points=F("value") * F("points_per_unit")),
                name="rewards_option_redemption_value_exact",
            ),
        ]
        indexes = [
            models.Index(fields=["-redeemed_at"], name="rewards_option_redeemed"),
            models.Index(fields=["member", "-redeemed_at"], name="rewards_option_redeemed_by"),
        ]
        triggers = [
            *append_only("rewards_option_redemption"),
            pgtrigger.Trigger(
                name="rewards_option_redemption_begins_paid",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    PERFORM 1
                    FROM points_pointtransaction spend
                    JOIN points_pointaccount account ON account.id = spend.account_id
                    WHERE spend.id = NEW.spend_id AND spend.type = 'spend'
                      AND spend.amount = -NEW.points AND account.member_id = NEW.member_id
                      AND (spend.source_type, spend.source_id, spend.rule)
                        = ('option_redemption', NEW.id::text, 'spend');
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'redemption % is not paid by transaction %',
                            NEW.id, NEW.spend_id
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'rewards_option_redemption_paid_by_its_spend';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # Deferred: the code is handed out right after, in the same transaction.
            pgtrigger.Trigger(
                name="rewards_option_redemption_has_its_code",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__code_pool__isnull=False),
                func="""
                    PERFORM 1 FROM rewards_vouchercode WHERE option_redemption_id = NEW.id;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'redemption % has no code', NEW.id
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'rewards_option_redemption_has_its_code';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.option} for {self.member}"
