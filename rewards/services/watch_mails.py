"""Writing to members that a reward they watch is back: a sweep over who was told and not mailed."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction

from points.services.calendar import get_programme_zone
from points.services.mailing import Fate, compose_mail, try_to_send
from rewards.models import RewardWatch
from rewards.selectors.watches import get_turn_length, list_unmailed

MAILS_PER_SWEEP = 1_000


def mail_watchers(*, now: datetime) -> Counter[Fate]:
    """Send one e-mail to each member who was told and can still redeem; return their fates.

    One transaction per e-mail, in which nobody else can send the same. A process that is killed
    between the mail server's yes and the commit leaves the e-mail to be sent again, under the same
    Message-ID. Raises OSError when the mail server ails; the rest waits for the next sweep.
    """
    unmailed = list_unmailed(now=now).values_list("pk", flat=True)[:MAILS_PER_SWEEP]
    if not settings.LOYALTY_SENDS_MAIL or not (watch_ids := list(unmailed)):
        return Counter()
    with get_connection() as server:
        return Counter(_mail_one(watch_id, server, now) for watch_id in watch_ids)


@transaction.atomic
def _mail_one(watch_id: int, server: Any, now: datetime) -> Fate:
    watch = (
        list_unmailed(now=now)
        .filter(pk=watch_id)
        .select_related("reward", "member")
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
        .first()
    )
    if watch is None:
        return Fate.HELD
    fate = try_to_send(_compose(watch, server))
    if fate is Fate.SENT:
        RewardWatch.objects.filter(pk=watch_id).update(mailed_at=now)
    elif fate is Fate.REFUSED:
        RewardWatch.objects.filter(pk=watch_id).update(mail_refused_at=now)
    return fate


def _compose(watch: RewardWatch, server: Any) -> EmailMultiAlternatives:
    member: Any = watch.member
    assert watch.told_at, "only who was told is written to"  # noqa: S101 -- our own bug
    ends_at = (watch.told_at + get_turn_length()).astimezone(get_programme_zone())
    context = {
        "name": member.display_name,
        "title": watch.reward.title,
        "points": watch.reward.points_required,
        "turn_ends": f"{ends_at:%H:%M} on {ends_at:%A}, {ends_at.day} {ends_at:%B %Y}",
        "zone": settings.LOYALTY_TIME_ZONE,
        "url": settings.FRONTEND_URL,
    }
    return compose_mail(
        to=member.email,
        # A subject is one line, whatever a title holds.
        subject=f"{' '.join(watch.reward.title.split())} is back",
        template="reward_available",
        context=context,
        message_id=f"reward-available-{watch.pk}",
        server=server,
    )
