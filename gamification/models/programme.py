"""What staff set: what is measured, the badges on it, and the days held against nobody."""

from typing import ClassVar

import pgtrigger
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

from ..enums import BadgeState, MetricKind, MetricLog, StreakUnit

DECIMALS_MAX = 4
METADATA_KEY = RegexValidator(r"^[A-Za-z][A-Za-z0-9_]*$", "Letters, digits and _ only.")


class Metric(models.Model):
    """A number every member has, folded from the rows of one log.

    Activities count whether or not they earned points; earnings are the transactions that count
    as lifetime points. Without sources every row of the log counts. Scores are kept as whole
    numbers of 10 to the power of -`decimals`: a trust score of 95.80 with two decimals is 9580.

    What changes the meaning of a metric asks for its rebuild by itself, whoever changes it.
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
    decimals = models.PositiveSmallIntegerField(
        db_default=0,
        default=0,
        validators=[MaxValueValidator(DECIMALS_MAX)],
        help_text="Places after the point that count, for sums and gauges.",
    )
    is_active = models.BooleanField(
        default=True,
        db_default=True,
        help_text="An inactive metric is not measured, and its scores are dropped.",
    )

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
            models.CheckConstraint(
                condition=Q(decimals=0)
                | Q(kind__in=[MetricKind.SUM, MetricKind.GAUGE], decimals__lte=DECIMALS_MAX),
                name="gamification_metric_decimals_fit",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Trigger(
                name="gamification_metric_rebuilds",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf(  # type: ignore[no-untyped-call]
                    "kind",
                    "log",
                    "distinct_field",
                    "sum_field",
                    "streak_unit",
                    "decimals",
                    "is_active",
                ),
                func="PERFORM gamification_request_rebuild(NEW.id); RETURN NULL;",
            ),
            # Fires after the other, by its name: a rebuild locks its row before it looks at badges.
            pgtrigger.Trigger(
                name="gamification_metric_unpublishes",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf(  # type: ignore[no-untyped-call]
                    "kind", "log", "distinct_field", "sum_field", "streak_unit", "decimals"
                ),
                func="PERFORM gamification_unpublish_badges(NEW.id); RETURN NULL;",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def show(self, value: int) -> int | float:
        """Return a score of this metric as people read it: 9580 with two decimals is 95.8."""
        return value / self.scale if self.decimals else value

    @property
    def scale(self) -> int:
        """Return what one is kept as: 10 to the power of `decimals`."""
        return int(10**self.decimals)


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
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Trigger(
                name="gamification_source_rebuilds",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP <> 'INSERT' THEN
                        PERFORM gamification_request_rebuild(OLD.metric_id);
                    END IF;
                    IF TG_OP <> 'DELETE' THEN
                        PERFORM gamification_request_rebuild(NEW.metric_id);
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="gamification_source_unpublishes",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP <> 'INSERT' THEN
                        PERFORM gamification_unpublish_badges(OLD.metric_id);
                    END IF;
                    IF TG_OP <> 'DELETE' THEN
                        PERFORM gamification_unpublish_badges(NEW.metric_id);
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action_id} in metric {self.metric_id}"


class Badge(models.Model):
    """A mark for everyone whose `metric` has reached `threshold`, worth `points` once.

    The threshold is in the units people read. The rule awards published badges only: a new one is
    a draft, and a change of the criterion, whoever makes it, has to be published again. Whoever
    holds a badge keeps it.
    """

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
    milestone_one = models.CharField(
        "next milestone, one to go",
        max_length=255,
        blank=True,
        help_text="What a member reads who is one step away. Blank says it in general words.",
    )
    milestone_many = models.CharField(
        "next milestone, several to go",
        max_length=255,
        blank=True,
        validators=[RegexValidator(r"\{count\}", "Say {count} where the number belongs.")],
        help_text="{count} is how many are missing, e.g. Make {count} more connections.",
    )
    is_active = models.BooleanField(default=True)
    state = models.CharField(
        max_length=16,
        choices=BadgeState.choices,
        default=BadgeState.DRAFT,
        db_default=BadgeState.DRAFT,
        editable=False,
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        permissions = [("publish_badge", "Can publish badges")]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Trigger(
                name="gamification_badge_unpublished",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("metric_id", "threshold", "is_active"),  # type: ignore[no-untyped-call]
                func="""
                    IF OLD.state = 'published' AND (
                        (NEW.metric_id, NEW.threshold) <> (OLD.metric_id, OLD.threshold)
                        OR NEW.is_active AND NOT OLD.is_active
                    ) THEN
                        NEW.state := 'changed';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=BadgeState.values), name="gamification_badge_state_known"
            ),
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

    @property
    def needed(self) -> int:
        """Return the threshold in the metric's units, as `gamification_needed` does in SQL."""
        return self.threshold * self.metric.scale


class OutageDay(models.Model):
    """A day on which nobody could be expected to do anything: it breaks no streak.

    It does not count as a day of one either, unless the member did something on it. A week that
    holds such a day breaks no weekly streak.
    """

    day = models.DateField(primary_key=True)
    reason = models.CharField(max_length=255, help_text="What members are told if they ask.")

    class Meta:
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Trigger(
                name="gamification_outage_rebuilds",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Delete | pgtrigger.UpdateOf("day"),  # type: ignore[no-untyped-call]
                func="""
                    PERFORM gamification_request_rebuild(id)
                    FROM gamification_metric WHERE kind = 'streak' ORDER BY id;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.day.isoformat()
