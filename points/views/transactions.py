"""Lists of transactions: a member's own, one member's, everybody's."""

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from ..enums import TransactionType
from ..errors import MemberNotFound
from ..selectors import (
    list_transactions_of,
    list_transactions_with_members,
    narrow_transactions,
)
from ..serializers import (
    LedgerFilterSerializer,
    MemberFilterSerializer,
    MemberTransactionSerializer,
    StaffTransactionSerializer,
    TransactionFilterSerializer,
    TransactionSerializer,
)
from ..services.accounts import get_member
from .exports import AnyResponse, ExportableListView
from .whose import USER_PARAMETER, find_member_to_show

VIEW_PERMISSION = "points.view_pointtransaction"
TYPE_PARAMETER = OpenApiParameter("type", enum=TransactionType.values)
FROM_PARAMETERS = [
    OpenApiParameter("from", description="A date or an instant; included."),
    OpenApiParameter("to", description="A date (the whole day) or an instant (excluded)."),
]
DATE_PARAMETERS = [
    OpenApiParameter("startDate", description="A date or an instant; included."),
    OpenApiParameter("endDate", description="A date (the whole day) or an instant (excluded)."),
]
ACTION_PARAMETER = OpenApiParameter("action", description="The code of an action.")
NARROWING_PARAMETERS = [
    ACTION_PARAMETER,
    OpenApiParameter("category"),
    *DATE_PARAMETERS,
]
CSV = "`format=csv` sends the whole list instead of a page, to staff who may view transactions."


class TransactionsOfMember(ExportableListView):
    """One member's transactions, by whatever address."""

    list_name = "transactions"
    nest_pagination = True
    sort_fields: ClassVar[dict[str, str]] = {"createdAt": "version", "amount": "amount"}
    error_statuses = {MemberNotFound.code: 404}
    export_permission = VIEW_PERMISSION
    csv_name = "transactions"

    def answer_transactions(self, wanted: dict[str, Any], *, user_id: str | None) -> AnyResponse:
        """Return a member's transactions, narrowed, if the caller may look at them."""
        self.check_export()
        member_id = find_member_to_show(
            viewer=self.request.user, user_id=user_id, permission=VIEW_PERMISSION
        )
        found = narrow_transactions(list_transactions_of(member_id), wanted)
        return self.answer_list(found, self.get_serializer_class())


class TransactionListView(TransactionsOfMember):
    """`GET /api/points/transactions`."""

    serializer_class = TransactionSerializer
    csv_columns = TransactionSerializer.Meta.fields

    @extend_schema(
        summary="My transactions",
        description=CSV,
        parameters=[TYPE_PARAMETER, *FROM_PARAMETERS, USER_PARAMETER],
        responses={
            (200, "application/json"): TransactionSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request) -> AnyResponse:
        """List the caller's transactions, or a member's to staff, newest first."""
        wanted = self.validated(TransactionFilterSerializer, request.query_params)
        return self.answer_transactions(wanted, user_id=wanted.pop("user_id", None))


class MemberTransactionListView(TransactionsOfMember):
    """`GET /rewards/transactions/<userId>`."""

    serializer_class = MemberTransactionSerializer
    csv_columns = MemberTransactionSerializer.Meta.fields

    @extend_schema(
        summary="A member's transactions",
        description=f"For the member and for staff. {CSV}",
        parameters=[TYPE_PARAMETER, *NARROWING_PARAMETERS],
        responses={
            (200, "application/json"): MemberTransactionSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request, user_id: str) -> AnyResponse:
        """List a member's transactions, newest first."""
        wanted = self.validated(MemberFilterSerializer, request.query_params)
        return self.answer_transactions(wanted, user_id=user_id)


class LedgerView(ExportableListView):
    """`GET /rewards/admin/transactions`: everybody's, for staff."""

    serializer_class = StaffTransactionSerializer
    required_permissions = {"GET": VIEW_PERMISSION}
    list_name = "transactions"
    sort_fields: ClassVar[dict[str, str]] = {"createdAt": "created_at"}
    error_statuses = {MemberNotFound.code: 404}
    export_permission = VIEW_PERMISSION
    csv_columns = StaffTransactionSerializer.Meta.fields
    csv_name = "ledger"

    @extend_schema(
        summary="Everybody's transactions",
        description=CSV,
        parameters=[
            OpenApiParameter("userId", description="One member's."),
            TYPE_PARAMETER,
            *NARROWING_PARAMETERS,
        ],
        responses={
            (200, "application/json"): StaffTransactionSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request) -> AnyResponse:
        """List the whole ledger, newest first."""
        wanted = self.validated(LedgerFilterSerializer, request.query_params)
        transactions = list_transactions_with_members()
        if "user_id" in wanted:
            member = get_member(wanted.pop("user_id"))
            transactions = transactions.filter(account__member=member)
        return self.answer_list(
            narrow_transactions(transactions, wanted), StaffTransactionSerializer
        )
