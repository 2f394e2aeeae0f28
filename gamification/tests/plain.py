"""What every score must be, computed from the logs in plain Python, row by row."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from gamification.models import BadgeAward, GaugeReading, Metric, MetricScore, OutageDay
from points.models import Activity, PointTransaction

Key = tuple[str, str, str, str]
Scores = dict[Key, tuple[int, datetime]]
KINDS = ("all", "year", "month", "week")


def read_scores() -> Scores:
    """Return the score table as {(metric, member, period, start): (value, reached_at)}."""
    rows = MetricScore.objects.values_list(
        "metric__code",
        "member__public_id",
        "period_kind",
        "period_start",
        "value",
        "reached_at",
    )
    return {
        (code, member, KINDS[kind], start.isoformat()): (value, reached_at)
        for code, member, kind, start, value, reached_at in rows
    }


def compute_scores() -> Scores:
    """Return what the score table must hold."""
    scores: Scores = {}
    outages = set(OutageDay.objects.values_list("day", flat=True))
    for metric in Metric.objects.filter(is_active=True).prefetch_related("sources"):
        if metric.kind == "gauge":
            scores |= _gauge_scores(metric)
            continue
        rows = defaultdict(list)
        for row in _rows(metric):
            rows[row["member"]].append(row)
        for member, mine in rows.items():
            for (kind, start), (value, reached_at) in _fold(metric, mine, outages):
                scores[metric.code, member, kind, start.isoformat()] = (value, reached_at)
    return scores


def periods(day: date) -> list[tuple[str, date]]:
    """Return the four periods of a day."""
    return [
        ("all", date.min),
        ("year", day.replace(month=1, day=1)),
        ("month", day.replace(day=1)),
        ("week", day - timedelta(days=day.weekday())),
    ]


def longest_run(days: dict[date, list[datetime]], step: int, outages: set[date]) -> tuple[int, Any]:
    """Return the longest run's length and when the first of the longest came to it.

    `days` are days, or Mondays with a `step` of 7, and the instants at which something was done.
    """
    best: tuple[int, Any] = (0, None)
    length, reached_at, before = 0, datetime.min.replace(tzinfo=UTC), None
    for day in sorted(days):
        if before is not None and not _breaks(days, before, day, step, outages):
            length, reached_at = length + 1, max(reached_at, min(days[day]))
        else:
            length, reached_at = 1, min(days[day])
        if length > best[0] or (length == best[0] and reached_at < best[1]):
            best = (length, reached_at)
        before = day
    return best


def _breaks(
    days: dict[date, list[datetime]], before: date, day: date, step: int, outages: set[date]
) -> bool:
    if min(days[day]) - max(days[before]) < timedelta(hours=24):
        return False
    missed = before + timedelta(days=step)
    while missed < day:
        if not any(missed + timedelta(days=i) in outages for i in range(step)):
            return True
        missed += timedelta(days=step)
    return False


def _fold(
    metric: Metric, rows: list[dict[str, Any]], outages: set[date]
) -> Iterator[tuple[tuple[str, date], tuple[int, datetime]]]:
    by_period: dict[tuple[str, date], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if metric.kind == "streak":
            day = row["local_day"]
            if metric.streak_unit == "week":
                day += timedelta(days=3 - day.weekday())
        else:
            day = row["day"]
        for period in periods(day):
            by_period[period].append(row)
    for period, mine in by_period.items():
        folded = _fold_period(metric, mine, outages)
        if folded:
            yield period, folded


def _fold_period(
    metric: Metric, rows: list[dict[str, Any]], outages: set[date]
) -> tuple[int, datetime] | None:
    match metric.kind:
        case "count":
            return len(rows), max(row["at"] for row in rows)
        case "sum":
            amounts = [(_amount(metric, row), row["at"]) for row in rows]
            moved = [(amount, at) for amount, at in amounts if amount]
            return (sum(a for a, _ in moved), max(at for _, at in moved)) if moved else None
        case "distinct":
            first: dict[str, datetime] = {}
            for row in sorted(rows, key=lambda row: row["at"]):
                value = row["metadata"].get(metric.distinct_field)
                if value not in (None, ""):
                    first.setdefault(str(value), row["at"])
            return (len(first), max(first.values())) if first else None
    days: dict[date, list[datetime]] = defaultdict(list)
    for row in rows:
        day = row["local_day"]
        weekly = metric.streak_unit == "week"
        days[day - timedelta(days=day.weekday()) if weekly else day].append(row["at"])
    return longest_run(days, 7 if metric.streak_unit == "week" else 1, outages)


def _amount(metric: Metric, row: dict[str, Any]) -> int:
    if not metric.sum_field:
        return int(max(row["points"], 0) * metric.scale)
    number = row["metadata"].get(metric.sum_field)
    if isinstance(number, bool) or not isinstance(number, int | float) or abs(number) > 10**9:
        return 0
    return int((Decimal(repr(number)) * metric.scale).quantize(Decimal(1), ROUND_HALF_UP))


def _rows(metric: Metric) -> Iterator[dict[str, Any]]:
    zone = ZoneInfo(settings.LOYALTY_TIME_ZONE)
    sources = [(source.action_id, source.metadata_filter) for source in metric.sources.all()]
    for member, at, local_day, action_id, metadata, points in _entries(metric.log):
        fits = not sources or any(
            action_id == wanted_id
            and all(key in metadata and metadata[key] == value for key, value in wanted.items())
            for wanted_id, wanted in sources
        )
        if fits:
            day = at.astimezone(zone).date()
            yield {
                "member": member,
                "at": at,
                "day": day,
                "local_day": local_day or day,
                "metadata": metadata,
                "points": points,
            }


def _entries(log: str) -> Iterator[tuple[str, datetime, date | None, int | None, Any, int]]:
    """Yield a log's rows: member, instant, local day, action, metadata, points."""
    awards = BadgeAward.objects.select_related("member")
    match log:
        case "activities":
            for entry in Activity.objects.select_related("account__member"):
                yield (
                    entry.account.member.public_id,
                    entry.occurred_at,
                    entry.local_date,
                    entry.action_id,
                    entry.metadata,
                    entry.points,
                )
        case "earnings":
            # What a badge brought was earned with the badge.
            earned = {
                f"site:badge:{award.member_id}:{award.badge_id}": award.earned_at
                for award in awards.filter(turn=1)
            }
            earnings = PointTransaction.objects.filter(type__in=["earn", "admin_grant"])
            for earning in earnings.select_related("account__member"):
                yield (
                    earning.account.member.public_id,
                    earned.get(earning.source_id, earning.occurred_at),
                    None,
                    earning.action_id,
                    earning.metadata,
                    earning.amount,
                )
        case "badges":
            for award in awards.filter(revoked_at=None):
                yield award.member.public_id, award.earned_at, None, None, {}, 1


def _gauge_scores(metric: Metric) -> Scores:
    zone = ZoneInfo(settings.LOYALTY_TIME_ZONE)
    scores: Scores = {}
    readings = GaugeReading.objects.filter(metric=metric).select_related("member")
    last: dict[str, int] = defaultdict(int)
    for reading in readings.order_by("reported_at", "pk"):
        member = reading.member.public_id
        change = reading.value - last[member]
        last[member] = reading.value
        for kind, start in periods(reading.reported_at.astimezone(zone).date()):
            key = (metric.code, member, kind, start.isoformat())
            earlier = scores[key][0] if key in scores else 0
            scores[key] = (earlier + change, reading.reported_at)
    return scores
