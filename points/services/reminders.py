"""Telling members that points are about to lapse: the sweep behind `remind_expiring`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Exists, F, Min, OuterRef, QuerySet, Sum

from ..models import ExpiryReminder, PointLot
from ..signals import points_expiring
from .calendar import get_programme_date, get_start_of_day

BATCH_SIZE = 500
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """One member, one lapse date: `points` lapse from `expires_at` on, in `days_left` days.

    `days_left` counts the programme's calendar days, 0 is today; `days_before` is the reminder of
    the programme that this is.
    """

    account_id: int
    member_id: int
    points: int
    expires_at: datetime
    days_before: int
    days_left: int


@dataclass(frozen=True, kw_only=True)
class LapseDay:
    """A day whose lapsing points members are reminded of, and its instants, half-open."""

    lapse_date: date
    starts_at: datetime
    ends_at: datetime
    days_before: int
    days_left: int


@dataclass(frozen=True, kw_only=True)
class RemindersDue:
    """How many reminders are to be sent, and the points they are about."""

    reminders: int
    points: int


# The unique constraint decides: of two sweeps at once, one waits for the other's commit here and
# gets back only what that one did not send.
RECORD = """
    INSERT INTO points_expiryreminder
        (account_id, lapse_date, days_before, points, expires_at, created_at)
    SELECT account_id, %s, %s, points, expires_at, %s
    FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[])
        AS due(account_id, points, expires_at)
    ORDER BY account_id
    ON CONFLICT ON CONSTRAINT points_reminder_once DO NOTHING
    RETURNING account_id
"""


def remind_of_expiring_points(
    *, now: datetime, batch_size: int = BATCH_SIZE
) -> Iterator[list[Reminder]]:
    """Tell members what lapses within the days of LOYALTY_EXPIRY_REMINDER_DAYS.

    Each member hears once per lapse date and number of days before, and of those that are overdue
    only the nearest. Yields each batch's reminders after its commit. Safe to stop, to repeat and to
    run twice at once: whoever was not told yet is told by the next sweep.
    """
    for day in list_lapse_days(now):
        after = 0
        while due := list(list_untold(day).filter(account_id__gt=after)[:batch_size]):
            after = due[-1]["account_id"]
            with transaction.atomic():
                reminders = _record(due, day, now)
                if reminders:
                    points_expiring.send(sender=None, reminders=reminders)
            yield reminders


def count_untold(*, now: datetime) -> RemindersDue:
    """Return what a sweep at `now` would send."""
    found = [
        list_untold(day).aggregate(members=Count("account_id"), total=Sum("points"))
        for day in list_lapse_days(now)
    ]
    return RemindersDue(
        reminders=sum(day["members"] for day in found),
        points=sum(day["total"] or 0 for day in found),
    )


def list_lapse_days(now: datetime) -> list[LapseDay]:
    """Return the days to remind of, the nearest first, each with the reminder it is time for."""
    today = get_programme_date(now)
    days_before = sorted(settings.LOYALTY_EXPIRY_REMINDER_DAYS)
    days = []
    for days_left in range(days_before[-1] + 1 if days_before else 0):
        lapse_date = today + timedelta(days=days_left)
        days.append(
            LapseDay(
                lapse_date=lapse_date,
                # What lapsed earlier today is gone already.
                starts_at=max(get_start_of_day(lapse_date), now + MICROSECOND),
                ends_at=get_start_of_day(lapse_date + timedelta(days=1)),
                days_before=next(number for number in days_before if number >= days_left),
                days_left=days_left,
            )
        )
    return days


def list_untold(day: LapseDay) -> QuerySet[PointLot, Any]:
    """Return who holds points that lapse on a day and has not heard of it, in order of accounts.

    A nearer reminder that was sent makes a farther one needless.
    """
    told = ExpiryReminder.objects.filter(
        account_id=OuterRef("account_id"),
        lapse_date=day.lapse_date,
        days_before__lte=day.days_before,
    )
    return (
        PointLot.objects.filter(
            ~Exists(told),
            remaining__gt=0,
            expires_at__gte=day.starts_at,
            expires_at__lt=day.ends_at,
            account__closed_at=None,
            account__member__is_active=True,
        )
        .values("account_id", member_id=F("account__member_id"))
        .annotate(points=Sum("remaining"), first_at=Min("expires_at"))
        .order_by("account_id")
    )


def _record(due: list[dict[str, Any]], day: LapseDay, now: datetime) -> list[Reminder]:
    params: list[Any] = [
        day.lapse_date,
        day.days_before,
        now,
        [row["account_id"] for row in due],
        [int(row["points"]) for row in due],
        [row["first_at"] for row in due],
    ]
    with connection.cursor() as cursor:
        cursor.execute(RECORD, params)
        recorded = {account_id for (account_id,) in cursor.fetchall()}
    return [
        Reminder(
            account_id=row["account_id"],
            member_id=row["member_id"],
            points=int(row["points"]),
            expires_at=row["first_at"],
            days_before=day.days_before,
            days_left=day.days_left,
        )
        for row in due
        if row["account_id"] in recorded
    ]
