"""Reading what a member's measures are."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.db.models import Q, QuerySet

from ..enums import MetricKind, PeriodKind, StreakUnit
from ..models import ALL_TIME, GaugeReading, Metric, MetricScore, OutageDay, StreakDay

# The gauges that hosts report, by the names of their metrics.
TRUST_SCORE = "trust_score"
PROFILE_COMPLETION = "profile_completion"
GAUGES = (TRUST_SCORE, PROFILE_COMPLETION)

DAYS_READ_AT_ONCE = 100
SHORTEST_MISS = timedelta(hours=24)

# A day of a streak (a week's Monday), and the first and the last instant at which it was done.
Day = tuple[date, datetime, datetime]


@dataclass(frozen=True, kw_only=True)
class CurrentStreak:
    """A streak that goes on: so many days (weeks) up to `last_day` (a week's Monday).

    `is_done` says that today (this week) is in it already; else it breaks unless that happens.
    """

    length: int
    last_day: date
    is_done: bool


def map_scores(*, member_id: int, codes: Collection[str] | None = None) -> dict[str, int | float]:
    """Return a member's all-time scores by metric code, as people read them; 0 where there is none.

    Without `codes` all active metrics are returned.
    """
    metrics = Metric.objects.filter(is_active=True)
    if codes is not None:
        metrics = metrics.filter(code__in=codes)
    by_id = {metric.pk: metric for metric in metrics}
    values = dict(
        MetricScore.objects.filter(
            metric_id__in=by_id,
            member_id=member_id,
            period_kind=PeriodKind.ALL,
            period_start=ALL_TIME,
        ).values_list("metric_id", "value")
    )
    return {metric.code: metric.show(values.get(pk, 0)) for pk, metric in by_id.items()}


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A member's score in a metric as people read it: of all time, and of the present month."""

    metric: Metric
    all_time: int | float
    this_month: int | float


def list_measures(*, member_id: int, day: date) -> list[Measure]:
    """Return a member's scores in the active metrics that have any, in two queries.

    `day` is the programme's date; its month is the present one.
    """
    metrics = Metric.objects.filter(is_active=True).order_by("id").in_bulk()
    month = day.replace(day=1)
    periods = Q(period_kind=PeriodKind.ALL, period_start=ALL_TIME) | Q(
        period_kind=PeriodKind.MONTH, period_start=month
    )
    scores = {
        (metric_id, kind): value
        for metric_id, kind, value in MetricScore.objects.filter(
            periods, metric_id__in=metrics, member_id=member_id
        ).values_list("metric_id", "period_kind", "value")
    }
    return [
        Measure(
            metric=metric,
            all_time=metric.show(scores[pk, PeriodKind.ALL]),
            this_month=metric.show(scores.get((pk, PeriodKind.MONTH), 0)),
        )
        for pk, metric in metrics.items()
        if (pk, PeriodKind.ALL) in scores
    ]


def list_leaders(*, metric_id: int) -> QuerySet[MetricScore]:
    """Return a metric's scores of all time with their members, the highest first."""
    return list_scores(metric_id=metric_id, kind=PeriodKind.ALL, first_day=ALL_TIME)


def list_scores(*, metric_id: int, kind: PeriodKind, first_day: date) -> QuerySet[MetricScore]:
    """Return a metric's scores in one period with their members, the highest first. For staff.

    In the order of the board's index, so that a first page reads no more rows than it shows.
    """
    return (
        MetricScore.objects.filter(metric_id=metric_id, period_kind=kind, period_start=first_day)
        .select_related("member")
        .order_by("-value", "reached_at", "member_id")
    )


def map_gauges(*, member_id: int) -> dict[str, int | float | None]:
    """Return what each of GAUGES was last reported to be; None when it never was.

    Reads the reports themselves, so a report is seen at once.
    """
    readings = (
        GaugeReading.objects.filter(metric__code__in=GAUGES, member_id=member_id)
        .order_by("metric_id", "-reported_at", "-pk")
        .distinct("metric_id")
        .select_related("metric")
    )
    found = {reading.metric.code: reading.metric.show(reading.value) for reading in readings}
    return {code: found.get(code) for code in GAUGES}


def find_current_streaks(*, member_id: int, today: date) -> dict[str, CurrentStreak | None]:
    """Return a member's current streak in every active streak metric, by its code.

    `today` is the date where the member is. None when the last run is over.
    """
    streaks = Metric.objects.filter(kind=MetricKind.STREAK, is_active=True).order_by("pk")
    outages = set(OutageDay.objects.values_list("day", flat=True)) if streaks else set()
    return {
        metric.code: _find_current_streak(metric, member_id, today, outages) for metric in streaks
    }


def _find_current_streak(
    metric: Metric, member_id: int, today: date, outages: set[date]
) -> CurrentStreak | None:
    return follow_streak(metric, _read_days(metric.pk, member_id), today=today, outages=outages)


def follow_streak(
    metric: Metric, days: Iterator[Day], *, today: date, outages: Collection[date]
) -> CurrentStreak | None:
    """Return the streak that a member's days of a metric, the latest first, make up today."""
    step = timedelta(days=7 if metric.streak_unit == StreakUnit.WEEK else 1)
    present = today - timedelta(days=today.weekday()) if step.days > 1 else today
    last = next(days, None)
    # Yesterday's streak still stands: today is not over.
    if last is None or _is_missed(last[0], present, step, outages):
        return None
    length = 1
    for later, earlier in pairwise(_chain(last, days)):
        is_near = later[1] - earlier[2] < SHORTEST_MISS
        if not is_near and _is_missed(earlier[0], later[0], step, outages):
            break
        length += 1
    return CurrentStreak(length=length, last_day=last[0], is_done=last[0] >= present)


def _is_missed(before: date, day: date, step: timedelta, outages: Collection[date]) -> bool:
    """Say whether a whole day (week) lies between that holds no outage."""
    missed = before + step
    while missed < day:
        if not any(missed + timedelta(days=n) in outages for n in range(step.days)):
            return True
        missed += step
    return False


def _chain(first: Day, rest: Iterator[Day]) -> Iterator[Day]:
    yield first
    yield from rest


def _read_days(metric_id: int, member_id: int) -> Iterator[Day]:
    """Yield a member's days of a streak metric with their instants, the latest first."""
    rows = StreakDay.objects.filter(metric_id=metric_id, member_id=member_id).order_by("-day")
    before = date.max
    while page := list(
        rows.filter(day__lt=before).values_list("day", "first_at", "last_at")[:DAYS_READ_AT_ONCE]
    ):
        yield from page
        before = page[-1][0]
