"""Waiting for a sold-out reward, and telling whose turn it is once there is one again.

Telling reserves nothing: whoever redeems first has it. Nobody is told in the transaction that
brings an item back, since that holds its own member's account and would wait for others'; a sweep
finds what there is to tell from the shelves and the line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from points.services.accounts import open_account
from rewards.errors import RewardInStock
from rewards.models import Reward, RewardWatch
from rewards.selectors import parse_reward_id
from rewards.selectors.watches import (
    count_ahead,
    get_turn_length,
    list_reachable,
    list_rewards_to_tell_of,
    list_turns,
    list_waiting,
)
from rewards.signals import reward_available

from .eligibility import check_level, check_member_limit, find_reward_on_offer

TOLD_AT_ONCE_MAX = 1_000


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place in the line, 1 being the first. `is_new` says that it was taken just now."""

    watch: RewardWatch
    position: int
    is_new: bool


def watch_reward(*, member: Any, reward_id: str | int, now: datetime) -> Place:
    """Put a member into the line for a sold-out reward; who stands in it keeps their place.

    Raises RewardNotFound, RewardNotActive, RewardNotInWindow, RewardInStock, LevelTooLow,
    MemberLimitReached.
    """
    with transaction.atomic():
        reward = find_reward_on_offer(reward_id, now=now)
        if reward.quantity != 0:
            raise RewardInStock(reward_title=reward.title)
        check_level(open_account(member=member, now=now), reward)
        check_member_limit(member, reward)
        mine = RewardWatch.objects.filter(reward=reward, member=member, told_at=None)
        # One that a redemption has served is over, and a new one stands at the end of the line.
        mine.exclude(pk__in=list_waiting().filter(reward=reward, member=member)).delete()
        watch, is_new = RewardWatch.objects.get_or_create(
            reward=reward, member=member, told_at=None, defaults={"created_at": now}
        )
        return Place(watch=watch, position=count_ahead(watch) + 1, is_new=is_new)


def unwatch_reward(*, member: Any, reward_id: str | int) -> None:
    """Take a member out of the line; who does not stand in it is out of it already.

    Raises RewardNotFound for what cannot be a reward.
    """
    RewardWatch.objects.filter(
        reward_id=parse_reward_id(str(reward_id)), member=member, told_at=None
    ).delete()


def tell_watchers(*, now: datetime) -> Iterator[list[RewardWatch]]:
    """Tell the first in line of each reward that there is one again: as many as there are items.

    Who was told before and can still redeem counts as one of them, for LOYALTY_WATCH_TURN_HOURS.
    Yields each reward's after its commit. Safe to stop, to repeat and to run twice at once.
    """
    for reward_id in list(list_rewards_to_tell_of(now=now).values_list("pk", flat=True)):
        yield _tell_next(reward_id, now)


@transaction.atomic
def _tell_next(reward_id: int, now: datetime) -> list[RewardWatch]:
    # Two sweeps at once would each count the same free items.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"rewards.tell_watchers:{reward_id}"],
        )
    # The shelf is not locked: a redemption holds its member's account and then waits for the
    # shelf, while telling that member would wait for the account.
    reward = Reward.objects.get(pk=reward_id)
    if not reward.is_available(now):
        return []
    places = TOLD_AT_ONCE_MAX
    if reward.quantity is not None:
        places = min(places, reward.quantity - list_turns(reward, now=now).count())
    if places <= 0:
        return []
    watches = list(
        list_reachable(now=now)
        .filter(reward=reward)
        .select_related("member")
        # Whoever is just leaving the line is passed over.
        .select_for_update(no_key=True, skip_locked=True, of=("self",))[:places]
    )
    if watches:
        RewardWatch.objects.filter(pk__in=[watch.pk for watch in watches]).update(
            told_at=now, told_count=reward.sold_out_count
        )
        reward_available.send(
            sender=None, reward=reward, watches=watches, turn_ends_at=now + get_turn_length()
        )
    return watches
