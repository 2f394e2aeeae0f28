"""Keeping the catalogue: what staff put on offer, change and take away."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import connection, transaction

from points.errors import Invalid
from rewards.enums import RETURNED_STATUSES
from rewards.errors import RewardNotFound
from rewards.models import Redemption, Reward
from rewards.selectors import parse_reward_id
from rewards.signals import stock_returned

INSTALL_LOCK = "rewards.install_rewards"
FIELDS = frozenset(
    {
        "title",
        "description",
        "category",
        "points_required",
        "partner",
        "quantity",
        "low_stock_at",
        "image_url",
        "is_active",
        "valid_from",
        "valid_until",
        "per_member_max",
        "minimum_level",
        "code_pool",
    }
)


def install_rewards(*, rows: Iterable[Mapping[str, str]]) -> int:
    """Insert the rewards whose title is not there yet and return how many.

    Rows carry the texts `title, category, points_required, partner, quantity, description`; a blank
    quantity is without limit. What is there, even deleted, is never overwritten or brought back.
    """
    with transaction.atomic():
        # Two installations at once would each find the title missing.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [INSTALL_LOCK])
        known = set(Reward.objects.values_list("title", flat=True))
        missing = [
            Reward(
                title=row["title"],
                category=row["category"],
                points_required=int(row["points_required"]),
                partner=row["partner"],
                quantity=int(row["quantity"]) if row["quantity"] else None,
                description=row["description"],
            )
            for row in rows
            if row["title"] not in known
        ]
        Reward.objects.bulk_create(missing)
    return len(missing)


def create_reward(*, fields: Mapping[str, Any], now: datetime) -> Reward:
    """Put a reward on offer and return it. `fields` are those of `Reward`. Raises Invalid."""
    reward = Reward(**_known(fields), created_at=now, updated_at=now)
    _check(reward)
    reward.save()
    return reward


def update_reward(
    *,
    reward_id: str | int,
    fields: Mapping[str, Any],
    quantity_seen: int | None = None,
    now: datetime,
) -> Reward:
    """Change some fields of a reward and return it.

    With `quantity_seen`, what the editor saw, a new quantity is taken as the difference to it, so
    that what members redeem meanwhile is not put back on the shelf; without, it is what is left.
    Raises RewardNotFound, Invalid.
    """
    with transaction.atomic():
        reward = _lock_reward(reward_id)
        changes = dict(_known(fields))
        if "quantity" in changes:
            wanted, left = changes["quantity"], reward.quantity
            if quantity_seen is not None and wanted is not None and left is not None:
                changes["quantity"] = max(0, left + wanted - quantity_seen)
        for name, value in changes.items():
            setattr(reward, name, value)
        _check(reward)
        if "quantity" in changes:
            reward.quantity_stocked = _count_stocked(reward)
            changes["quantity_stocked"] = reward.quantity_stocked
        reward.updated_at = now
        # Only what changed is written: a stock nobody touched is not.
        reward.save(update_fields=[*changes, "updated_at"])
        # Whatever was changed may have brought a watched reward back.
        stock_returned.send(sender=None)
    return reward


def delete_reward(*, reward_id: str | int, now: datetime) -> Reward:
    """Take a reward out of every list; its redemptions stay. Raises RewardNotFound."""
    with transaction.atomic():
        reward = _lock_reward(reward_id)
        reward.deleted_at = reward.updated_at = now
        reward.is_active = False
        reward.save(update_fields=["deleted_at", "updated_at", "is_active"])
    return reward


def _lock_reward(reward_id: str | int) -> Reward:
    reward = (
        Reward.objects.select_for_update(no_key=True)
        .filter(pk=parse_reward_id(str(reward_id)), deleted_at__isnull=True)
        .first()
    )
    if reward is None:
        raise RewardNotFound
    return reward


def _count_stocked(reward: Reward) -> int | None:
    """Return what the shelf ever held: what is left and what live redemptions took."""
    if reward.quantity is None:
        return None
    held = Redemption.objects.filter(reward=reward, took_stock=True).exclude(
        status__in=RETURNED_STATUSES
    )
    return reward.quantity + held.count()


def _known(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    unknown = set(fields) - FIELDS
    assert not unknown, f"not for editing: {sorted(unknown)}"  # noqa: S101 -- our own bug
    return fields


def _check(reward: Reward) -> None:
    """Refuse what the database would, in words and by field."""
    try:
        reward.full_clean()
    except ValidationError as error:
        raise Invalid(
            details=[
                {"field": _as_key(name), "message": message}
                for name, messages in error.message_dict.items()
                for message in messages
            ]
        ) from error


def _as_key(name: str) -> str | None:
    """Return a field's name as the API writes it; None is the reward as a whole."""
    if name == NON_FIELD_ERRORS:
        return None
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
