"""Scores, and what they are folded from where the log alone would be too slow.

A score is one row per metric, member and period in which the metric moved; where there is no row
the member has nothing. Its columns:

metric        what is measured. Inactive metrics have no scores.
period_kind   all, year, month or week (`PeriodKind`).
period_start  the period's first day: 1 January, the first of the month, an ISO week's Monday;
              `ALL_TIME` for all time. Rows are placed by the programme's date (LOYALTY_TIME_ZONE)
              of when they happened; streaks by the local day they count for, and weeks of a weekly
              streak by their Thursday, as ISO years do.
member        whose it is (the user's primary key).
value         count and distinct: how many in the period. sum: how much in the period. streak: the
              longest run within the period. gauge: for all time what was last reported, for a
              period the net change in it. In units of 10 to the power of -metric.decimals. May be
              0 or below for sums and gauges.
reached_at    when the member came to this value, by the world's clock (`occurred_at`; what a badge
              brought, its `earned_at`), so that ties go to who got there first: when the last row
              that counts happened, when the last of the different values was first met, when the
              longest run first was that long, when the gauge was last reported.

The board index answers "top by metric in period" and "how many stand above" from itself alone:
filter by metric, period_kind and period_start, order by value DESC, reached_at, member. The primary
key answers "this member's value in period", also from itself alone, for the value stands in it; it
has the members of one board side by side, so name the whole period whenever a member is asked for.
There are no foreign keys in the database on tables of this size; the audit finds rows that miss
their metric or member.
"""

from datetime import date
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from points.models import append_only

from ..enums import PeriodKind
from .programme import Metric

# The first day of the period that holds everything.
ALL_TIME = date.min


class MetricScore(models.Model):
    """What a metric is for a member in a period. The module says what each column means."""

    # The database keeps the value beside these columns.
    pk = models.CompositePrimaryKey("metric", "period_kind", "period_start", "member")
    metric = models.ForeignKey(
        Metric, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    value = models.BigIntegerField()
    reached_at = models.DateTimeField()
    period_start = models.DateField()
    period_kind = models.SmallIntegerField(choices=PeriodKind.choices)

    class Meta:
        verbose_name = "score"
        constraints = [
            models.CheckConstraint(
                condition=Q(period_kind__in=PeriodKind.values),
                name="gamification_score_period_known",
            ),
        ]
        indexes = [
            models.Index(
                F("metric"),
                F("period_kind"),
                F("period_start"),
                F("value").desc(),
                F("reached_at"),
                F("member"),
                name="gamification_score_board",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} in metric {self.metric_id} for member {self.member_id}"


class SeenValue(models.Model):
    """A value that a distinct metric met in a period, and when it first did.

    `value_digest` is the first half of the SHA-256 of its text.
    """

    pk = models.CompositePrimaryKey(
        "metric", "member", "period_kind", "period_start", "value_digest"
    )
    metric = models.ForeignKey(
        Metric, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    first_at = models.DateTimeField()
    period_start = models.DateField()
    period_kind = models.SmallIntegerField(choices=PeriodKind.choices)
    value_digest = models.BinaryField()

    def __str__(self) -> str:
        return f"a value in metric {self.metric_id} for member {self.member_id}"


class StreakDay(models.Model):
    """A local day (for weekly streaks: a week's Monday) on which a member did what counts.

    `first_at` and `last_at` are the first and the last instant at which it was done.
    """

    pk = models.CompositePrimaryKey("metric", "member", "day")
    metric = models.ForeignKey(
        Metric, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    day = models.DateField()

    def __str__(self) -> str:
        return f"{self.day} in metric {self.metric_id} for member {self.member_id}"


class GaugeReading(models.Model):
    """What the host reported a gauge to be. A log: written once, and only when it changed.

    `value` is in units of 10 to the power of -metric.decimals.
    """

    metric = models.ForeignKey(
        Metric, on_delete=models.PROTECT, related_name="readings", db_index=False
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    value = models.BigIntegerField()
    reported_at = models.DateTimeField()

    class Meta:
        permissions = [("report_stats", "Can report the measures that the host computes")]
        indexes = [
            models.Index(
                fields=["metric", "member", "reported_at", "id"], name="gamification_reading_order"
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [*append_only("gamification_reading")]

    def __str__(self) -> str:
        return f"{self.value} in metric {self.metric_id} for member {self.member_id}"
