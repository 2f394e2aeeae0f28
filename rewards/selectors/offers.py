"""What can be redeemed now."""

from datetime import datetime

from django.db.models import Q


def is_on_offer(now: datetime, *, prefix: str = "") -> Q:
    """Return the condition that `Reward.is_available` answers for one reward.

    `prefix` leads to the reward from another table: `reward__`.
    """
    every = {"is_active": True, "deleted_at__isnull": True}
    condition = Q(**{prefix + name: value for name, value in every.items()})
    for name, operator, value in (
        ("quantity", "gt", 0),
        ("valid_from", "lte", now),
        ("valid_until", "gt", now),
    ):
        field = prefix + name
        condition &= Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__{operator}": value})
    return condition
