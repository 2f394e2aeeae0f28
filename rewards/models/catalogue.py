"""What is on offer."""

from datetime import datetime

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.functional import cached_property

from points.models import AMOUNT_MAX, LevelConfig

from .codes import CodePool

TITLE_LENGTH_MAX = 200
QUANTITY_MAX = 1_000_000_000
LOW_STOCK_AT = 5


class Reward(models.Model):
    """Something points buy.

    A deleted reward leaves every list; its redemptions stay. `quantity_stocked` is what was ever
    put on the shelf: what is left and what redemptions hold. It lets the audit check the stock.
    `sold_out_count` is how often the last one went; the database counts.
    """

    title = models.CharField(max_length=TITLE_LENGTH_MAX)
    description = models.TextField(max_length=2_000, blank=True)
    category = models.CharField(max_length=64)
    points_required = models.IntegerField(
        "price in points", validators=[MinValueValidator(1), MaxValueValidator(AMOUNT_MAX)]
    )
    partner = models.CharField(max_length=100, blank=True)
    quantity = models.IntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(QUANTITY_MAX)],
        help_text="How many are left. Blank is without limit, 0 is sold out.",
    )
    quantity_stocked = models.IntegerField(null=True, editable=False)
    sold_out_count = models.IntegerField(default=0, db_default=0, editable=False)
    low_stock_at = models.IntegerField(
        "low at",
        default=LOW_STOCK_AT,
        db_default=LOW_STOCK_AT,
        validators=[MinValueValidator(0), MaxValueValidator(QUANTITY_MAX)],
        help_text="The stock counts as low when so many or fewer are left. 0 is never.",
    )
    image_url = models.URLField(
        "image address",
        max_length=500,
        blank=True,
        validators=[URLValidator(schemes=["https"])],
        help_text="https only.",
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="Members see and redeem active rewards only."
    )
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    per_member_max = models.IntegerField(
        "times per member",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(QUANTITY_MAX)],
        help_text="How often one member may redeem this. Blank is without limit.",
    )
    minimum_level = models.ForeignKey(
        LevelConfig,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Only members of this level or a higher one may redeem this.",
    )
    code_pool = models.ForeignKey(
        CodePool,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rewards",
        help_text="Approving a redemption hands out one code of this pool. Blank hands out none.",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__isnull=True) | Q(quantity__gte=0),
                name="rewards_reward_quantity_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(points_required__gte=1, points_required__lte=AMOUNT_MAX),
                name="rewards_reward_points_required_bounded",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_from__lt=F("valid_until")),
                name="rewards_reward_window_in_order",
                violation_error_message="The reward must begin before it ends.",
            ),
            models.CheckConstraint(
                condition=Q(image_url="") | Q(image_url__startswith="https://"),
                name="rewards_reward_image_url_https",
                violation_error_message="The image's address must begin with https://.",
            ),
            models.CheckConstraint(
                condition=Q(per_member_max__isnull=True) | Q(per_member_max__gte=1),
                name="rewards_reward_per_member_max_positive",
            ),
            models.CheckConstraint(
                condition=Q(low_stock_at__gte=0, low_stock_at__lte=QUANTITY_MAX),
                name="rewards_reward_low_stock_bounded",
                violation_error_message="The stock is low at 0 or more.",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="rewards_reward_first_stock",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="NEW.quantity_stocked := NEW.quantity; RETURN NEW;",
            ),
            pgtrigger.Trigger(
                name="rewards_reward_count_sold_out",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.quantity = 0 AND OLD.quantity IS DISTINCT FROM 0"
                ),
                func="NEW.sold_out_count := OLD.sold_out_count + 1; RETURN NEW;",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_available(self, now: datetime) -> bool:
        """Answer whether somebody with enough points and level could redeem this now."""
        return (
            self.is_active
            and self.deleted_at is None
            and self.quantity != 0
            and self.is_in_window(now)
            and self.has_codes
        )

    @cached_property
    def has_codes(self) -> bool:
        """Whether a code is left, or none is handed out. A query, unless a selector looked."""
        pool = self.code_pool
        return pool is None or pool.codes.filter(assigned_at__isnull=True).exists()

    def is_low(self) -> bool:
        """Answer whether some are left, but not many."""
        return self.quantity is not None and 0 < self.quantity <= self.low_stock_at

    def is_in_window(self, now: datetime) -> bool:
        """Answer whether `now` lies in the window: from its first instant, before its last."""
        return not (
            (self.valid_from and now < self.valid_from)
            or (self.valid_until and now >= self.valid_until)
        )
