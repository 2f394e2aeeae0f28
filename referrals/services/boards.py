"""Who brought the most members."""

from datetime import date, datetime, timedelta
from typing import Any

from points.services.calendar import get_programme_date, get_start_of_day

from ..enums import BoardPeriod
from ..selectors import Board, find_board


def get_board(*, viewer: Any, period: BoardPeriod, limit: int, now: datetime) -> Board:
    """Return the first `limit` referrers of the period that holds `now`, and the viewer's place.

    Periods are those of the programme's calendar, weeks begin on Mondays.
    """
    first, end = get_period_dates(period, get_programme_date(now))
    return find_board(
        viewer=viewer,
        since=get_start_of_day(first) if first else None,
        until=get_start_of_day(end) if end else None,
        limit=limit,
    )


def get_period_dates(period: BoardPeriod, day: date) -> tuple[date | None, date | None]:
    """Return the first day of the period that holds `day`, and the first day after it."""
    match period:
        case BoardPeriod.WEEK:
            first = day - timedelta(days=day.weekday())
            return first, first + timedelta(days=7)
        case BoardPeriod.MONTH:
            first = day.replace(day=1)
            return first, (first + timedelta(days=31)).replace(day=1)
        case BoardPeriod.YEAR:
            return date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return None, None
