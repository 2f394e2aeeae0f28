"""Reading the catalogue. Each query starts from whose eyes look."""

import re
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from points.selectors import get_account_of, get_spendable_balance
from rewards.enums import CATEGORIES, RETURNED_STATUSES
from rewards.errors import RewardNotFound
from rewards.models import Reward

from .offers import is_on_offer, look_for_codes
from .watches import is_watched_by

REWARD_ID_PATTERN = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def list_rewards(
    *,
    viewer: Any,
    now: datetime,
    category: str = "",
    points_min: int | None = None,
    points_max: int | None = None,
    only_available: bool = False,
    search: str = "",
) -> QuerySet[Reward]:
    """Return the rewards a person may see, the cheapest first.

    Members see active ones, staff who may view rewards all that are not deleted. `search` is a
    literal part of title, description or partner, in any case.
    """
    rewards = _list_visible(viewer)
    if category:
        rewards = rewards.filter(category=category)
    if points_min is not None:
        rewards = rewards.filter(points_required__gte=points_min)
    if points_max is not None:
        rewards = rewards.filter(points_required__lte=points_max)
    if only_available:
        rewards = rewards.filter(is_on_offer(now))
    if search:
        rewards = rewards.filter(
            Q(title__icontains=search)
            | Q(description__icontains=search)
            | Q(partner__icontains=search)
        )
    return _describe(rewards, viewer).order_by("points_required", "id")


def get_reward(*, viewer: Any, reward_id: str) -> Reward:
    """Return one reward a person may see. Raises RewardNotFound."""
    rewards = _describe(_list_visible(viewer), viewer)
    reward = rewards.filter(pk=parse_reward_id(reward_id)).first()
    if reward is None:
        raise RewardNotFound
    return reward


def list_categories(*, viewer: Any) -> list[str]:
    """Return the ready-made categories in their order, then the others in use."""
    used = _list_visible(viewer).values_list("category", flat=True).distinct()
    return [*CATEGORIES, *sorted(set(used) - set(CATEGORIES))]


def get_points_to_spend(*, member: Any, now: datetime) -> int:
    """Return what a member can spend on rewards; 0 when no account is open."""
    account = get_account_of(member)
    return get_spendable_balance(account, now=now) if account else 0


def list_rewards_with_wrong_stock() -> QuerySet[Reward]:
    """Return the rewards whose shelf does not add up, each with `held`, for the audit.

    What was ever stocked is what is left plus what live redemptions took.
    """
    taken = Q(redemptions__took_stock=True) & ~Q(redemptions__status__in=RETURNED_STATUSES)
    return (
        Reward.objects.filter(quantity__isnull=False)
        .annotate(held=Count("redemptions", filter=taken))
        .exclude(quantity_stocked=F("quantity") + F("held"))
    )


def parse_reward_id(reward_id: str) -> int:
    """Return a reward's key from its public id. Raises RewardNotFound when it cannot be one."""
    if not REWARD_ID_PATTERN.fullmatch(reward_id):
        raise RewardNotFound
    return int(reward_id)


def _list_visible(viewer: Any) -> QuerySet[Reward]:
    rewards = Reward.objects.filter(deleted_at__isnull=True)
    if viewer.has_perm("rewards.view_reward"):
        return rewards
    return rewards.filter(is_active=True)


def _describe(rewards: QuerySet[Reward], viewer: Any) -> QuerySet[Reward]:
    """Return rewards with level, pool, `has_codes`, and whether the viewer waits: `is_watched`."""
    described = look_for_codes(rewards).select_related("minimum_level", "code_pool")
    return described.annotate(is_watched=is_watched_by(viewer))
