"""A reward as one member sees it: whether they can have it now, and if not, why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from points.errors import InsufficientPoints, LoyaltyError
from points.models import PointAccount
from points.selectors import get_account_of, get_spendable_balance
from rewards.errors import (
    CodesExhausted,
    LevelTooLow,
    MemberLimitReached,
    RewardNotActive,
    RewardNotInWindow,
    RewardOutOfStock,
)
from rewards.models import Reward
from rewards.selectors import count_redeemed

from .refusals import explain


@dataclass(frozen=True, kw_only=True)
class Purse:
    """What a member brings to the catalogue: spendable points and a level."""

    points: int
    tier: int
    level: str | None


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A reward, and what keeps the member from it: the refusal they would get, None for none."""

    reward: Reward
    redeemed_count: int
    points_left: int
    refusal: LoyaltyError | None

    @property
    def hindrance(self) -> str:
        """The refusal's stable word; "" when the member can have it."""
        return self.refusal.code if self.refusal else ""

    @property
    def sentence(self) -> str:
        """Why not, as the member reads it."""
        return explain(self.refusal) if self.refusal else ""

    @property
    def is_sold_out(self) -> bool:
        """Whether the member can ask to be told when there is one again."""
        return isinstance(self.refusal, RewardOutOfStock)


def get_purse(*, member: Any, now: datetime) -> Purse:
    """Return what a member can spend and their level, in two queries; nothing without account."""
    account: PointAccount | None = get_account_of(member)
    if account is None:
        return Purse(points=0, tier=0, level=None)
    return Purse(
        points=get_spendable_balance(account, now=now),
        tier=account.level.tier if account.level else 0,
        level=account.level.name if account.level else None,
    )


def describe_offers(
    *, rewards: Iterable[Reward], member: Any, purse: Purse, now: datetime
) -> list[Offer]:
    """Return rewards as offers, in their order; at most one query."""
    shown = list(rewards)
    limited = [reward.pk for reward in shown if reward.per_member_max is not None]
    counts = count_redeemed(member=member, reward_ids=limited) if limited else {}
    return [
        Offer(
            reward=reward,
            redeemed_count=counts.get(reward.pk, 0),
            points_left=purse.points - reward.points_required,
            refusal=_find_hindrance(reward, purse, counts.get(reward.pk, 0), now),
        )
        for reward in shown
    ]


def _find_hindrance(
    reward: Reward, purse: Purse, redeemed_count: int, now: datetime
) -> LoyaltyError | None:
    """Return what the service would refuse with, in its order."""
    if refusal := _find_closing(reward, now):
        return refusal
    if reward.minimum_level and purse.tier < reward.minimum_level.tier:
        return LevelTooLow(required=reward.minimum_level.name, current=purse.level)
    if reward.per_member_max is not None and redeemed_count >= reward.per_member_max:
        return MemberLimitReached(per_member_max=reward.per_member_max)
    if purse.points < reward.points_required:
        return InsufficientPoints(required=reward.points_required, available=purse.points)
    return None


def _find_closing(reward: Reward, now: datetime) -> LoyaltyError | None:
    """Return what keeps everybody from a reward."""
    if not reward.is_active:
        return RewardNotActive()
    if not reward.is_in_window(now):
        opens = reward.valid_from.isoformat() if reward.valid_from else None
        return RewardNotInWindow(details={"validFrom": opens})
    if reward.quantity == 0:
        return RewardOutOfStock(reward_title=reward.title)
    if reward.code_pool and not reward.has_codes:
        return CodesExhausted(pool=reward.code_pool.name)
    return None
