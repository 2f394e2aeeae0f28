"""What is measured, and the badges that rest on it.

metric  a number every member has: how often, how much, how many different, how many in a row.
source  an action (with what its metadata must hold) whose rows a metric reads.
badge   a mark for a metric that has reached a threshold.

Why it has this shape: docs/decisions/0002-metrics.md.
"""

from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
    URLValidator,
)
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.db.models.lookups import Exact

from points.models import AMOUNT_MAX, PointAction

from .enums import MetricKind, MetricLog, StreakUnit

METADATA_KEY = RegexValidator(r"^[A-Za-z][A-Za-z0-9_]*$", "Letters, digits and _ only.")


class Metric(models.Model):
    """A number every member has, folded from the rows of one log.

    Activities count whether or not they earned points; earnings are the transactions that count
    as lifetime points. Without sources every row of the log counts.
    """

    code = models.CharField(
        max_length=64,
        unique=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*$", "Small letters, digits and _ only.")],
    )
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=16, choices=MetricKind.choices)
    log = models.CharField(
        max_length=16, choices=MetricLog.choices, blank=True, help_text="Blank for a gauge."
    )
    actions = models.ManyToManyField(PointAction, through="MetricSource", related_name="metrics")
    distinct_field = models.CharField(
        max_length=64,
        blank=True,
        validators=[METADATA_KEY],
        help_text="The metadata key whose different values are counted, e.g. locationId.",
    )
    sum_field = models.CharField(
        max_length=64,
        blank=True,
        validators=[METADATA_KEY],
        help_text="The number in the metadata to add up. Blank adds up the points earned.",
    )
    streak_unit = models.CharField(max_length=8, choices=StreakUnit.choices, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=MetricKind.values), name="gamification_metric_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=MetricKind.GAUGE, log="")
                | (~Q(kind=MetricKind.GAUGE) & Q(log__in=MetricLog.values)),
                name="gamification_metric_log_unless_gauge",
            ),
            models.CheckConstraint(
                condition=~Q(log=MetricLog.BADGES) | Q(kind=MetricKind.COUNT),
                name="gamification_metric_badges_are_counted",
            ),
            models.CheckConstraint(
                condition=(Q(kind=MetricKind.DISTINCT) & ~Q(distinct_field=""))
                | (~Q(kind=MetricKind.DISTINCT) & Q(distinct_field="")),
                name="gamification_metric_distinct_field_fits",
            ),
            models.CheckConstraint(
                condition=Q(sum_field="") | Q(kind=MetricKind.SUM),
                name="gamification_metric_sum_field_fits",
            ),
            models.CheckConstraint(
                condition=Q(kind=MetricKind.STREAK, streak_unit__in=StreakUnit.values)
                | (~Q(kind=MetricKind.STREAK) & Q(streak_unit="")),
                name="gamification_metric_streak_unit_fits",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MetricSource(models.Model):
    """Rows of one action that a metric reads: those whose metadata contain `metadata_filter`.

    A row that several sources of a metric fit still counts once.
    """

    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="sources")
    action = models.ForeignKey(PointAction, on_delete=models.PROTECT, related_name="+")
    metadata_filter = models.JSONField(
        default=dict,
        blank=True,
        help_text='What the metadata must contain, e.g. {"eventType": "sports"}; {} is anything.',
    )

    class Meta:
        verbose_name = "source"
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "action", "metadata_filter"], name="gamification_source_unique"
            ),
            models.CheckConstraint(
                condition=Exact(
                    Func(
                        F("metadata_filter"),
                        function="jsonb_typeof",
                        output_field=models.TextField(),
                    ),
                    Value("object"),
                ),
                name="gamification_source_filter_is_object",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action_id} in metric {self.metric_id}"


class Badge(models.Model):
    """A mark for everyone whose `metric` has reached `threshold`, worth `points` once."""

    type = models.CharField(
        max_length=64,
        unique=True,
        validators=[RegexValidator(r"^[A-Z][A-Z0-9_]*$", "Capital letters, digits and _ only.")],
    )
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=255)
    criteria = models.CharField(max_length=255)
    category = models.CharField(max_length=64)
    points = models.IntegerField(
        default=25, validators=[MinValueValidator(0), MaxValueValidator(AMOUNT_MAX)]
    )
    image_url = models.URLField(
        "image address",
        max_length=500,
        blank=True,
        validators=[URLValidator(schemes=["https"])],
        help_text="https only; blank shows none.",
    )
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="badges")
    threshold = models.BigIntegerField(validators=[MinValueValidator(1)])
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(type__regex=r"^[A-Z][A-Z0-9_]*$"),
                name="gamification_badge_type_is_code",
            ),
            models.CheckConstraint(
                condition=Q(points__gte=0, points__lte=AMOUNT_MAX),
                name="gamification_badge_points_bounded",
            ),
            models.CheckConstraint(
                condition=Q(threshold__gte=1), name="gamification_badge_threshold_positive"
            ),
            models.CheckConstraint(
                condition=Q(image_url="") | Q(image_url__startswith="https://"),
                name="gamification_badge_image_over_https",
            ),
        ]

    def __str__(self) -> str:
        return self.name
