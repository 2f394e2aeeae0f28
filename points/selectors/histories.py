"""What explains one member's balance: lots, activities and what was refused. For staff."""

from datetime import datetime

from django.db.models import F, Q, QuerySet

from ..models import Activity, PointLot, RefusedActivity


def list_spendable_lots(*, account_id: int, now: datetime) -> QuerySet[PointLot]:
    """Return the lots a spend may take from, in its order, each with what earned it."""
    alive = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    return (
        PointLot.objects.filter(alive, account_id=account_id, remaining__gt=0)
        .select_related("transaction__action")
        .order_by(F("expires_at").asc(nulls_last=True), "transaction")
    )


def list_activities_of(account_id: int) -> QuerySet[Activity]:
    """Return what an account's member did, with actions, the latest recorded first."""
    return Activity.objects.filter(account_id=account_id).select_related("action").order_by("-pk")


def list_refusals_of(public_id: str) -> QuerySet[RefusedActivity]:
    """Return what was reported of a user id and refused, the latest first."""
    return RefusedActivity.objects.filter(user_id=public_id).order_by("-pk")
