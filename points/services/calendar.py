"""Days of the programme: the calendar of LOYALTY_TIME_ZONE."""

from datetime import UTC, date, datetime, time
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
