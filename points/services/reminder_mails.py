"""Writing the e-mails that follow reminders: a sweep over what is committed and not yet mailed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import QuerySet

from ..models import ExpiryReminder
from .calendar import find_ended_day, get_programme_zone
from .mailing import Fate, compose_mail, try_to_send

ACCOUNTS_PER_LOOK = 500


@dataclass(frozen=True, kw_only=True)
class MailedReminders:
    """What a sweep did: e-mails that went out, were refused for good, or wait for another try."""

    sent: int
    refused: int
    deferred: int


def mail_reminders(*, now: datetime) -> MailedReminders:
    """Send each member one e-mail with all reminders that are not mailed yet and still ahead.

    One transaction per member, in which nobody else can send the same. A process that is killed
    between the mail server's yes and the commit leaves the e-mail to be sent again, under the same
    Message-ID. Raises OSError when the mail server ails; the rest waits for the next sweep.
    """
    if not settings.LOYALTY_SENDS_MAIL:
        return MailedReminders(sent=0, refused=0, deferred=0)
    with get_connection() as server:
        fates = Counter(_mail_one(account_id, server, now) for account_id in _iterate_accounts(now))
    return MailedReminders(
        sent=fates[Fate.SENT], refused=fates[Fate.REFUSED], deferred=fates[Fate.DEFERRED]
    )


def list_unmailed(now: datetime) -> QuerySet[ExpiryReminder]:
    """Return the reminders that members with an e-mail address have not been mailed."""
    return ExpiryReminder.objects.filter(
        mailed_at=None,
        mail_refused_at=None,
        expires_at__gt=now,
        account__closed_at=None,
        account__member__is_active=True,
        account__member__email__gt="",
    )


def _iterate_accounts(now: datetime) -> Iterator[int]:
    after = 0
    while account_ids := list(
        list_unmailed(now)
        .filter(account_id__gt=after)
        .values_list("account_id", flat=True)
        .order_by("account_id")
        .distinct()[:ACCOUNTS_PER_LOOK]
    ):
        yield from account_ids
        after = account_ids[-1]


@transaction.atomic
def _mail_one(account_id: int, server: Any, now: datetime) -> Fate:
    reminders = list(
        list_unmailed(now)
        .filter(account_id=account_id)
        .select_related("account__member")
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
        .order_by("lapse_date", "days_before")
    )
    if not reminders:
        return Fate.HELD
    unmailed = ExpiryReminder.objects.filter(pk__in=[reminder.pk for reminder in reminders])
    fate = try_to_send(_compose(reminders, server))
    if fate is Fate.REFUSED:
        unmailed.update(mail_refused_at=now)
    elif fate is Fate.SENT:
        unmailed.update(mailed_at=now)
    return fate


def _compose(reminders: list[ExpiryReminder], server: Any) -> EmailMultiAlternatives:
    """Return the e-mail about one member's reminders; of one lapse date, only the nearest one."""
    nearest = {reminder.lapse_date: reminder for reminder in reversed(reminders)}
    rows = [_describe(nearest[lapse_date]) for lapse_date in sorted(nearest)]
    member: Any = reminders[0].account.member
    context = {
        "name": member.display_name,
        "rows": rows,
        "total": sum(row["points"] for row in rows),
        "zone": settings.LOYALTY_TIME_ZONE,
        "url": settings.FRONTEND_URL,
    }
    return compose_mail(
        to=member.email,
        subject=f"{context['total']:,} points will lapse soon",
        template="points_expiring",
        context=context,
        message_id=f"points-expiring-{reminders[0].pk}",
        server=server,
    )


def _describe(reminder: ExpiryReminder) -> dict[str, Any]:
    """Return a row of the e-mail: the points, and in words until when they can be spent."""
    ends_at = reminder.expires_at.astimezone(get_programme_zone())
    if last_date := find_ended_day(ends_at):
        deadline = f"until the end of {last_date:%A}, {last_date.day} {last_date:%B %Y}"
    else:
        deadline = f"until {ends_at:%H:%M} on {ends_at:%A}, {ends_at.day} {ends_at:%B %Y}"
    return {"points": reminder.points, "deadline": deadline}
