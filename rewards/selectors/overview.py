"""Everything that was redeemed, from the catalogue and by type, as one list for staff."""

from datetime import datetime
from typing import Any

from django.db.models import CharField, DecimalField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from rewards.enums import CATALOGUE_TYPE, RedemptionStatus
from rewards.models import OptionRedemption, Redemption, RewardOption

Rows = QuerySet[Any, dict[str, Any]]

MEMBER = {
    "user_id": F("member__public_id"),
    # As `User.display_name`.
    "name": Coalesce(NullIf(F("member__name"), Value("")), F("member__public_id")),
    "email": F("member__email"),
}


def list_types() -> list[str]:
    """Return every type a redemption can be of: the catalogue's and those of all options."""
    return [CATALOGUE_TYPE, *RewardOption.objects.order_by("id").values_list("type", flat=True)]


def list_all_redemptions(
    *,
    type: str = "",  # noqa: A002 -- the option's own word
    status: str = "",
    search: str = "",
    redeemed_from: datetime | None = None,
    redeemed_until: datetime | None = None,
) -> Rows:
    """Return redemptions of both kinds as dicts, to be put in order by `created_at`.

    Keys: id, points, user_id, name, email, kind, title, worth, unit, stands, created_at.
    What is redeemed by type is COMPLETED at once; a catalogue redemption has no value. `search` is
    a literal part of the member's id, name or e-mail, in any case; the times are half-open.
    """
    narrowed = Q()
    if search:
        narrowed &= (
            Q(member__public_id__icontains=search)
            | Q(member__name__icontains=search)
            | Q(member__email__icontains=search)
        )
    if redeemed_from:
        narrowed &= Q(redeemed_at__gte=redeemed_from)
    if redeemed_until:
        narrowed &= Q(redeemed_at__lt=redeemed_until)
    catalogue = _list_from_catalogue(narrowed & (Q(status=status) if status else Q()))
    by_type = _list_by_type(narrowed & (Q(option__type=type) if type else Q()))
    if type == CATALOGUE_TYPE:
        return catalogue
    if type:
        return by_type if status in ("", RedemptionStatus.COMPLETED) else by_type.none()
    if status not in ("", RedemptionStatus.COMPLETED):
        return catalogue
    return catalogue.union(by_type, all=True)


def _list_from_catalogue(narrowed: Q) -> Rows:
    redemptions: Any = Redemption.objects.filter(narrowed)
    rows: Rows = redemptions.values(
        "id",
        "points",
        **MEMBER,
        kind=Cast(Value(CATALOGUE_TYPE), CharField(max_length=32)),
        title=F("reward__title"),
        worth=Cast(Value(None), DecimalField(max_digits=12, decimal_places=2)),
        unit=Cast(Value(None), CharField(max_length=3)),
        stands=F("status"),
        created_at=F("redeemed_at"),
    )
    return rows


def _list_by_type(narrowed: Q) -> Rows:
    redemptions: Any = OptionRedemption.objects.filter(narrowed)
    rows: Rows = redemptions.values(
        "id",
        "points",
        **MEMBER,
        kind=F("option__type"),
        title=F("option__name"),
        worth=F("value"),
        unit=F("currency"),
        stands=Cast(Value(RedemptionStatus.COMPLETED.value), CharField(max_length=10)),
        created_at=F("redeemed_at"),
    )
    return rows
