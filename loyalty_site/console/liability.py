"""What members still hold, by the month in which it lapses, and what they like to redeem."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, DateTimeField, F, Q, Sum
from django.db.models.functions import TruncMonth
from django.utils.formats import date_format

from points.models import PointLot
from rewards.enums import RETURNED_STATUSES
from rewards.models import Redemption

from .kept import keep
from .months import MONTHS_SHOWN, list_months_from

# Both look at more rows than a page should each time it is opened.
KEPT_SECONDS = 5 * 60
POPULAR_DAYS = 30
POPULAR_SHOWN = 6
LATER, NEVER = "Later", "Never"


@dataclass(frozen=True, kw_only=True)
class Due:
    """Points that lapse in one month; `label` is its ISO date, or a word for later and never."""

    label: str
    points: int

    @property
    def name(self) -> str:
        """The month as people write it, or the word."""
        if self.label in (LATER, NEVER):
            return self.label
        return date_format(date.fromisoformat(self.label), "M Y")


@dataclass(frozen=True, kw_only=True)
class Popular:
    """How often a reward was redeemed lately. `share` is of the most popular one, in percent."""

    title: str
    count: int
    points: int
    share: int


def list_due(*, now: datetime) -> list[Due]:
    """Return the spendable points by the month in which they lapse; measured minutes ago."""
    return keep("due", seconds=KEPT_SECONDS, measure=lambda: _measure_due(now))


def chart_due(due: list[Due]) -> dict[str, Any]:
    """Return what the chart draws."""
    values = [entry.points for entry in due]
    return {
        "labels": [entry.label for entry in due],
        "series": [{"name": "outstanding", "label": "Outstanding", "values": values}],
    }


def list_popular(*, now: datetime) -> list[Popular]:
    """Return the rewards redeemed most often in the last 30 days; measured minutes ago.

    What was rejected or cancelled does not count.
    """
    return keep("popular", seconds=KEPT_SECONDS, measure=lambda: _measure_popular(now))


def _measure_due(now: datetime) -> list[Due]:
    zone = ZoneInfo(settings.LOYALTY_TIME_ZONE)
    lots: Any = (
        PointLot.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), remaining__gt=0)
        # Points last to the end of a day, which is the first instant of the next.
        .annotate(last=F("expires_at") - timedelta(microseconds=1))
        .annotate(month=TruncMonth("last", tzinfo=zone, output_field=DateTimeField()))
        .values("month")
        .annotate(points=Sum("remaining"))
        .order_by("month")
    )
    found = {row["month"] and row["month"].date(): int(row["points"]) for row in lots}
    never = found.pop(None, 0)
    months = list_months_from(now.astimezone(zone).date(), MONTHS_SHOWN + 1)
    due = [Due(label=month.isoformat(), points=found.pop(month, 0)) for month in months]
    if later := sum(found.values()):
        due.append(Due(label=LATER, points=later))
    if never:
        due.append(Due(label=NEVER, points=never))
    return due if later or never or any(entry.points for entry in due) else []


def _measure_popular(now: datetime) -> list[Popular]:
    rows: Any = (
        Redemption.objects.filter(redeemed_at__gt=now - timedelta(days=POPULAR_DAYS))
        .exclude(status__in=RETURNED_STATUSES)
        .values("reward__title")
        .annotate(count=Count("pk"), paid=Sum("points"))
        .order_by("-count", "reward__title")[:POPULAR_SHOWN]
    )
    found = list(rows)
    most = found[0]["count"] if found else 0
    return [
        Popular(
            title=row["reward__title"],
            count=row["count"],
            points=int(row["paid"]),
            share=round(100 * row["count"] / most),
        )
        for row in found
    ]
