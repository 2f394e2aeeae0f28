"""Reading the redemptions. Each query starts from whose eyes look."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, QuerySet

from rewards.enums import RETURNED_STATUSES
from rewards.errors import RedemptionNotFound
from rewards.models import Redemption


def list_redemptions_of(member: Any, *, status: str = "") -> QuerySet[Redemption]:
    """Return a member's own redemptions, the newest first."""
    redemptions = _with_names().filter(member_id=member.pk).order_by("-redeemed_at", "-id")
    return redemptions.filter(status=status) if status else redemptions


def get_redemption(*, viewer: Any, redemption_id: str) -> Redemption:
    """Return a redemption of the viewer's own, or any when they may view redemptions.

    Raises RedemptionNotFound.
    """
    redemptions = _with_names().filter(pk=parse_redemption_id(redemption_id))
    if not viewer.has_perm("rewards.view_redemption"):
        redemptions = redemptions.filter(member_id=viewer.pk)
    redemption = redemptions.first()
    if redemption is None:
        raise RedemptionNotFound
    return redemption


def count_redeemed(*, member: Any, reward_ids: Iterable[int]) -> dict[int, int]:
    """Return how often a member redeemed each of these rewards, without what was returned.

    One query; a reward that was never redeemed is missing.
    """
    live = Redemption.objects.filter(member_id=member.pk, reward__in=list(reward_ids)).exclude(
        status__in=RETURNED_STATUSES
    )
    return dict(live.values_list("reward").annotate(count=Count("pk")).order_by())


def parse_redemption_id(redemption_id: str) -> uuid.UUID:
    """Return a redemption's key. Raises RedemptionNotFound when it cannot be one."""
    try:
        return uuid.UUID(redemption_id)
    except ValueError:
        raise RedemptionNotFound from None


def _with_names() -> QuerySet[Redemption]:
    return Redemption.objects.select_related("reward", "member", "decided_by", "voucher_code")
