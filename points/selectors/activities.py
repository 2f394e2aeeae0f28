"""What members did."""

from datetime import datetime

from django.db.models import QuerySet

from ..enums import ActivityStatus
from ..models import Activity


def list_unrewarded(*, member_id: int, since: datetime) -> QuerySet[Activity]:
    """Return what a member (primary key) did since an instant that a rule kept from earning.

    With the action, the latest first.
    """
    kept = (ActivityStatus.CAPPED, ActivityStatus.COOLDOWN)
    return (
        Activity.objects.filter(
            account__member_id=member_id, status__in=kept, occurred_at__gte=since
        )
        .select_related("action")
        .order_by("-occurred_at", "-pk")
    )
