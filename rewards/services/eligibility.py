"""Whether a member may have a reward, asked before they redeem it and before they watch it."""

from datetime import datetime
from typing import Any

from points.models import PointAccount
from rewards.enums import RETURNED_STATUSES
from rewards.errors import (
    LevelTooLow,
    MemberLimitReached,
    RewardNotActive,
    RewardNotFound,
    RewardNotInWindow,
)
from rewards.models import Redemption, Reward
from rewards.selectors import parse_reward_id


def find_reward_on_offer(reward_id: str | int, *, now: datetime) -> Reward:
    """Return a reward that is offered now, in stock or not.

    Raises RewardNotFound, RewardNotActive, RewardNotInWindow.
    """
    reward = (
        Reward.objects.select_related("minimum_level", "code_pool")
        .filter(pk=parse_reward_id(str(reward_id)), deleted_at__isnull=True)
        .first()
    )
    if reward is None:
        raise RewardNotFound
    if not reward.is_active:
        raise RewardNotActive
    if not reward.is_in_window(now):
        raise RewardNotInWindow(
            details={
                "validFrom": reward.valid_from and reward.valid_from.isoformat(),
                "validUntil": reward.valid_until and reward.valid_until.isoformat(),
            }
        )
    return reward


def check_level(account: PointAccount, reward: Reward) -> None:
    """Raise LevelTooLow for a member below the reward's level."""
    if reward.minimum_level and (
        account.level is None or account.level.tier < reward.minimum_level.tier
    ):
        raise LevelTooLow(
            required=reward.minimum_level.name,
            current=account.level.name if account.level else None,
        )


def check_member_limit(member: Any, reward: Reward) -> None:
    """Raise MemberLimitReached for who has redeemed it so often; what was returned is not counted.

    The answer holds while the member's account is locked.
    """
    if reward.per_member_max is None:
        return
    redeemed = (
        Redemption.objects.filter(member=member, reward=reward)
        .exclude(status__in=RETURNED_STATUSES)
        .count()
    )
    if redeemed >= reward.per_member_max:
        raise MemberLimitReached(per_member_max=reward.per_member_max)
