"""The past of a demo: what happened, each thing at its own instant and in the order of time.

The services take the clock as `now`, so the past is lived through by the same calls as the present,
and the ledger's rows carry the instants they would have been written at.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from gamification.services.projecting import project_backlog
from points.services.expiry import expire_due_lots

# A worker's sweeps are closer together and would write the same rows.
MONTHS_SWEPT, DAYS_SWEPT = 13, 14
SWEPT_AT = time(0, 5)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Something that happened: `happen` is called with `now`, the instant."""

    at: datetime
    happen: Callable[..., Any]


def live_through(moments: Iterable[Moment]) -> None:
    """Let everything happen, the earliest first."""
    for moment in sorted(moments, key=lambda moment: moment.at):
        moment.happen(now=moment.at)


def list_sweeps(*, now: datetime) -> Iterator[Moment]:
    """Yield the sweeps that a worker would have done, by the month, then by the day, then now."""
    zone = ZoneInfo(settings.LOYALTY_TIME_ZONE)
    today = now.astimezone(zone).date()
    this_month = today.year * 12 + today.month - 1
    months = range(this_month - MONTHS_SWEPT + 1, this_month + 1)
    days = {date(month // 12, month % 12 + 1, 1) for month in months}
    days |= {today - timedelta(days=days_ago) for days_ago in range(DAYS_SWEPT)}
    for day in days:
        at = datetime.combine(day, SWEPT_AT, tzinfo=zone)
        if at < now:
            yield Moment(at=at, happen=sweep)
    yield Moment(at=now, happen=sweep)


def sweep(*, now: datetime) -> None:
    """Let due points lapse, fold what happened into scores and award what that brings."""
    list(expire_due_lots(now=now))
    list(project_backlog(now=now))


def days_before(now: datetime, days: float) -> datetime:
    """Return the instant so many days ago."""
    return now - timedelta(days=days)
