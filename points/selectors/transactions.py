"""Lines of the ledger."""

from typing import Any

from django.db.models import QuerySet

from ..models import PointTransaction


def list_transactions_of(member_id: int) -> QuerySet[PointTransaction]:
    """Return a member's (primary key) transactions with action and member, newest first."""
    return (
        PointTransaction.objects.filter(account__member_id=member_id)
        .select_related("action", "account__member")
        .order_by("-version")
    )


def list_transactions_with_members() -> QuerySet[PointTransaction]:
    """Return everybody's transactions with action, member and actor, newest first. For staff."""
    return PointTransaction.objects.select_related("action", "account__member", "actor").order_by(
        "-created_at", "-pk"
    )


def get_transaction(transaction_id: int) -> PointTransaction:
    """Return one transaction with its action and member."""
    return list_transactions_with_members().get(pk=transaction_id)


def narrow_transactions(
    transactions: QuerySet[PointTransaction], wanted: dict[str, Any]
) -> QuerySet[PointTransaction]:
    """Keep the transactions of a type, action, category or member, within a stretch of time.

    `wanted` may have `type`, `action` (a code), `category`, `from` (included), `to` (excluded).
    """
    columns = {
        "type": "type",
        "action": "action__code",
        "category": "category",
        "from": "created_at__gte",
        "to": "created_at__lt",
    }
    return transactions.filter(**{columns[name]: value for name, value in wanted.items()})
