"""A member's own ledger."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ..enums import TransactionType
from ..models import PointTransaction
from ..selectors import list_transactions_of
from ..serializers import TransactionFilterSerializer, TransactionSerializer
from .base import LoyaltyView


class TransactionListView(LoyaltyView):
    """A member's own ledger."""

    serializer_class = TransactionSerializer
    list_name = "transactions"
    nest_pagination = True
    sort_fields: ClassVar[dict[str, str]] = {"createdAt": "version", "amount": "amount"}

    @extend_schema(
        summary="My transactions",
        parameters=[
            OpenApiParameter("type", enum=TransactionType.values),
            OpenApiParameter("from", description="A date or an instant; included."),
            OpenApiParameter("to", description="A date (the whole day) or an instant (excluded)."),
        ],
    )
    def get(self, request: Request) -> Response:
        """List the caller's transactions, newest first."""
        wanted = self.validated(TransactionFilterSerializer, request.query_params)
        return self.answer_page(
            narrow_transactions(list_transactions_of(request.user), wanted), TransactionSerializer
        )


def narrow_transactions(
    transactions: QuerySet[PointTransaction], wanted: dict[str, Any]
) -> QuerySet[PointTransaction]:
    """Apply a validated TransactionFilterSerializer to transactions."""
    columns = {"type": "type", "from": "created_at__gte", "to": "created_at__lt"}
    return transactions.filter(**{columns[name]: value for name, value in wanted.items()})
