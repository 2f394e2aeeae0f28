"""What can be redeemed now."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from rewards.models import Reward, VoucherCode


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
    return condition & has_codes(prefix=prefix)


def look_for_codes(rewards: QuerySet[Reward]) -> QuerySet[Reward]:
    """Return rewards that know `has_codes`."""
    looked = {"has_codes": has_codes()}
    return rewards.annotate(**looked)


def has_codes(*, prefix: str = "") -> Q:
    """Return the condition that what hands out codes has one left, or hands out none.

    It fits whatever has a `code_pool`: rewards and options.
    """
    left = VoucherCode.objects.filter(pool=OuterRef(f"{prefix}code_pool"), assigned_at__isnull=True)
    return Q(**{f"{prefix}code_pool__isnull": True}) | Q(Exists(left))
