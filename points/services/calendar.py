"""Days of the programme: the calendar of LOYALTY_TIME_ZONE."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


def get_programme_zone() -> ZoneInfo:
    """Return the zone whose midnights end the programme's days."""
    return ZoneInfo(settings.LOYALTY_TIME_ZONE)


def get_programme_date(instant: datetime) -> date:
    """Return the programme's calendar day at an aware instant."""
    return instant.astimezone(get_programme_zone()).date()


def get_start_of_day(day: date) -> datetime:
    """Return the first instant of a day of the programme, in UTC."""
    return datetime.combine(day, time.min, tzinfo=get_programme_zone()).astimezone(UTC)


def find_ended_day(instant: datetime) -> date | None:
    """Return the day that ends with an instant, in the instant's own zone; None within a day.

    What lapses at midnight is good until the end of the day before.
    """
    return instant.date() - timedelta(days=1) if instant.time() == time.min else None


def get_month_stretch(first_day: date) -> tuple[datetime, datetime]:
    """Return the instants between which a month of the programme lies, half-open, in UTC."""
    next_month = (first_day + timedelta(days=31)).replace(day=1)
    return get_start_of_day(first_day), get_start_of_day(next_month)
