"""Lines of the ledger."""

from typing import Any

from django.db.models import QuerySet

from ..models import PointTransaction


def list_transactions_of(member: Any) -> QuerySet[PointTransaction]:
    """Return a member's own transactions with their actions, newest first."""
    return (
        PointTransaction.objects.filter(account__member_id=member.pk)
        .select_related("action")
        .order_by("-version")
    )
