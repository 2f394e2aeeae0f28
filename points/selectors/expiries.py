"""What lapses when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Sum

from ..models import PointLot


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """So many points lapse at that instant."""

    expires_at: datetime
    points: int


def list_expiries(*, member: Any, after: datetime, until: datetime) -> list[Expiry]:
    """Return what a member loses after one instant and up to another, soonest first: one query."""
    rows = _list_lapsing(member).filter(expires_at__gt=after, expires_at__lte=until)
    return [Expiry(**row) for row in rows]


def find_next_expiry(*, member: Any, after: datetime) -> Expiry | None:
    """Return what a member loses first after an instant; None when nothing ever will."""
    row = _list_lapsing(member).filter(expires_at__gt=after).first()
    return Expiry(**row) if row else None


def _list_lapsing(member: Any) -> QuerySet[PointLot, Any]:
    lots = PointLot.objects.filter(account__member_id=member.pk, remaining__gt=0)
    return lots.values("expires_at").annotate(points=Sum("remaining")).order_by("expires_at")
