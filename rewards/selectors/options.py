"""Reading the options and what was redeemed by type. Each query starts from whose eyes look."""

from typing import Any

from django.db.models import QuerySet

from rewards.models import OptionRedemption, RewardOption

from .offers import has_codes


def list_options(*, viewer: Any) -> QuerySet[RewardOption]:
    """Return the options a person may see, in the order they were added, each with `has_stock`.

    Members see active ones, staff who may view options all.
    """
    if not viewer.has_perm("rewards.view_rewardoption"):
        return list_options_on_offer()
    return _list_with_stock()


def list_options_on_offer() -> QuerySet[RewardOption]:
    """Return the options anybody can redeem by, in the order they were added, with `has_stock`."""
    return _list_with_stock().filter(is_active=True)


def _list_with_stock() -> QuerySet[RewardOption]:
    return RewardOption.objects.annotate(has_stock=has_codes()).order_by("id")


def list_active_types() -> list[str]:
    """Return the types members can redeem."""
    active = RewardOption.objects.filter(is_active=True).order_by("id")
    return list(active.values_list("type", flat=True))


def list_option_redemptions_of(member: Any, *, type: str = "") -> QuerySet[OptionRedemption]:  # noqa: A002 -- the option's own word
    """Return what a member redeemed by type, with its code, the newest first."""
    redemptions = OptionRedemption.objects.filter(member_id=member.pk).select_related(
        "member", "option", "voucher_code"
    )
    if type:
        redemptions = redemptions.filter(option__type=type)
    return redemptions.order_by("-redeemed_at", "-id")
