"""Reading who waits for which reward, and whose turn it is."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from rewards.enums import RETURNED_STATUSES
from rewards.models import Redemption, Reward, RewardWatch

from .offers import is_on_offer


def list_waiting() -> QuerySet[RewardWatch]:
    """Return the watches of members who wait, the first in line first.

    Who redeemed the reward after they began to watch it has left the line, unless it came to
    nothing.
    """
    served = _list_redemptions_since().exclude(status__in=RETURNED_STATUSES)
    return RewardWatch.objects.filter(~Exists(served), told_at=None).order_by("id")


def list_reachable(*, now: datetime) -> QuerySet[RewardWatch]:
    """Return those who wait and can be told: whose account is open and who may sign in.

    Who got into the line after `now` is left to the next look.
    """
    return list_waiting().filter(
        created_at__lte=now, member__is_active=True, member__point_account__closed_at=None
    )


def list_turns(reward: Reward, *, now: datetime) -> QuerySet[RewardWatch]:
    """Return who was told of a reward and has not used it, while it is their turn.

    A turn ends after LOYALTY_WATCH_TURN_HOURS, when its member redeems, and when the reward sells
    out: what they were told of is gone then.
    """
    return RewardWatch.objects.filter(
        ~Exists(_list_redemptions_since()),
        reward=reward,
        told_at__gt=now - get_turn_length(),
        told_count=reward.sold_out_count,
    )


def list_rewards_to_tell_of(*, now: datetime) -> QuerySet[Reward]:
    """Return the rewards that are on offer while somebody waits for them."""
    waits = list_reachable(now=now).filter(reward=OuterRef("pk")).order_by()
    return Reward.objects.filter(is_on_offer(now), Exists(waits)).order_by("pk")


def list_unmailed(*, now: datetime) -> QuerySet[RewardWatch]:
    """Return who was told, has an address and no e-mail yet, while it is their turn."""
    return RewardWatch.objects.filter(
        is_on_offer(now, prefix="reward__"),
        ~Exists(_list_redemptions_since()),
        told_at__gt=now - get_turn_length(),
        told_count=F("reward__sold_out_count"),
        mailed_at=None,
        mail_refused_at=None,
        member__is_active=True,
        member__email__gt="",
    ).order_by("id")


def is_watched_by(viewer: Any) -> Exists:
    """Return the condition on rewards that a person waits for them."""
    return Exists(list_waiting().filter(reward=OuterRef("pk"), member_id=viewer.pk).order_by())


def count_ahead(watch: RewardWatch) -> int:
    """Return how many wait before this one."""
    return list_waiting().filter(reward_id=watch.reward_id, pk__lt=watch.pk).count()


def get_turn_length() -> timedelta:
    """Return for how long the next in line are not told."""
    return timedelta(hours=settings.LOYALTY_WATCH_TURN_HOURS)


def _list_redemptions_since() -> QuerySet[Redemption]:
    """Return what a watch's member redeemed of its reward since they began to watch it."""
    return Redemption.objects.filter(
        Q(reward=OuterRef("reward"), member=OuterRef("member")),
        redeemed_at__gte=OuterRef("created_at"),
    )
