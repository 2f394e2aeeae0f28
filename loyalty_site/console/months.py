"""Points moved month by month, by the ledger's clock and the programme's calendar.

The ledger only grows, and at its end, so a month that is over has its sums for ever. They are kept
in the cache, and opening the front page reads no more of the ledger than the present month.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce, TruncMonth
from redis.exceptions import RedisError

from points.enums import LIFETIME_TYPES, TransactionType
from points.models import PointTransaction

MONTHS_SHOWN = 12
# Seeding may date a posting back into a month that is over; within a day it shows.
CACHE_SECONDS = 24 * 60 * 60

ISSUED = Q(type__in=LIFETIME_TYPES)
SPENT = Q(type=TransactionType.SPEND)
EXPIRED = Q(type=TransactionType.EXPIRE)
DEDUCTED = Q(type__in=[TransactionType.ADMIN_DEDUCT, TransactionType.PENALTY])
RETURNED = Q(type=TransactionType.REVERSAL)

Sums = dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Month:
    """Points moved in one calendar month; all amounts are positive."""

    start_date: date
    issued: int = 0
    spent: int = 0
    expired: int = 0
    deducted: int = 0
    returned: int = 0


def list_months(*, now: datetime) -> list[Month]:
    """Return the last twelve months, oldest first, in one query."""
    starts = _list_starts(now.astimezone(ZoneInfo(settings.LOYALTY_TIME_ZONE)).date())
    *closed, _ = starts
    sums = _load_sums(closed)
    missing = [start for start in starts if start not in sums]
    found = _sum_months(since=missing[0])
    sums |= {start: found.get(start, {}) for start in missing}
    _keep_sums({start: sums[start] for start in closed if start in missing})
    return [Month(start_date=start, **sums[start]) for start in starts]


def chart_months(months: list[Month]) -> dict[str, Any]:
    """Return what the chart draws: ISO dates and one list of amounts per series."""
    return {
        "labels": [month.start_date.isoformat() for month in months],
        "series": [
            {"name": "issued", "label": "Issued", "values": [month.issued for month in months]},
            {"name": "spent", "label": "Spent", "values": [month.spent for month in months]},
            {"name": "expired", "label": "Expired", "values": [month.expired for month in months]},
        ],
    }


def list_months_from(day: date, count: int) -> list[date]:
    """Return the first days of so many months, beginning with the day's own."""
    first = day.year * 12 + day.month - 1
    return _list_months(range(first, first + count))


def sum_amounts(condition: Q) -> Coalesce:
    """Return the sum of the amounts that meet a condition, 0 when none does."""
    return Coalesce(Sum(F("amount"), filter=condition), 0)


def _sum_months(*, since: date) -> dict[date, Sums]:
    zone = ZoneInfo(settings.LOYALTY_TIME_ZONE)
    kinds = {
        "issued": ISSUED,
        "spent": SPENT,
        "expired": EXPIRED,
        "deducted": DEDUCTED,
        "returned": RETURNED,
    }
    rows: Any = (
        PointTransaction.objects.filter(
            created_at__gte=datetime.combine(since, time(), tzinfo=zone)
        )
        .annotate(month=TruncMonth("created_at", tzinfo=zone))
        .values("month")
        .annotate(**{name: sum_amounts(condition) for name, condition in kinds.items()})
        .order_by("month")
    )
    return {row["month"].date(): {name: abs(int(row[name])) for name in kinds} for row in rows}


def _load_sums(starts: Iterable[date]) -> dict[date, Sums]:
    keys = {_make_key(start): start for start in starts}
    try:
        kept = cache.get_many(keys)
    except RedisError:
        return {}
    return {keys[key]: sums for key, sums in kept.items()}


def _keep_sums(sums: dict[date, Sums]) -> None:
    if not sums:
        return
    try:
        cache.set_many({_make_key(start): kept for start, kept in sums.items()}, CACHE_SECONDS)
    except RedisError:
        return


def _make_key(start: date) -> str:
    database = connection.settings_dict["NAME"]
    return f"console:month:{database}:{settings.LOYALTY_TIME_ZONE}:{start.isoformat()}"


def _list_starts(today: date) -> list[date]:
    last = today.year * 12 + today.month - 1
    return _list_months(range(last - MONTHS_SHOWN + 1, last + 1))


def _list_months(numbers: Iterable[int]) -> list[date]:
    """Return the first days of months, each given as year * 12 + month - 1."""
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]
