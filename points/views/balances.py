"""A balance through time: what lapses, what stood when, and a month's statement."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ..errors import MemberNotFound
from ..renderers import CsvRenderer
from ..selectors import (
    balance_at,
    find_account_id,
    find_next_expiry,
    list_expiries,
)
from ..serializers import (
    EXPIRY_DAYS_MAX,
    STATEMENT_COLUMNS,
    BalanceQuerySerializer,
    BalanceSerializer,
    ExpiringSerializer,
    ExpiryQuerySerializer,
    StatementQuerySerializer,
    StatementSerializer,
    list_statement_rows,
)
from ..services.statements import get_month_statement
from .base import LoyaltyView
from .whose import USER_PARAMETER, find_member_to_show

DAYS_PARAMETER = OpenApiParameter(
    "days",
    {"type": "integer", "minimum": 1, "maximum": EXPIRY_DAYS_MAX, "default": 30},
    description="How many days to look ahead.",
)


class ExpiringView(LoyaltyView):
    """What the caller is about to lose."""

    pagination_class = None
    serializer_class = ExpiringSerializer

    @extend_schema(
        summary="My points that lapse soon",
        parameters=[DAYS_PARAMETER],
        responses=ExpiringSerializer,
        examples=[
            OpenApiExample(
                "Two days on which points lapse",
                response_only=True,
                value={
                    "total": 120,
                    "expiring": [
                        {"expiresAt": "2026-06-01T00:00:00Z", "points": 100},
                        {"expiresAt": "2026-06-14T00:00:00Z", "points": 20},
                    ],
                    "nextExpiry": {"expiresAt": "2026-06-01T00:00:00Z", "points": 100},
                },
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Show what lapses within `days`, by instant, and what lapses next of all."""
        days = self.validated(ExpiryQuerySerializer, request.query_params.dict())["days"]
        until = self.now + timedelta(days=days)
        expiring = list_expiries(member=request.user, after=self.now, until=until)
        next_expiry = (
            expiring[0] if expiring else find_next_expiry(member=request.user, after=self.now)
        )
        shown = {
            "total": sum(expiry.points for expiry in expiring),
            "expiring": expiring,
            "nextExpiry": next_expiry,
        }
        return self.answer(ExpiringSerializer(shown).data)


class BalanceView(LoyaltyView):
    """A balance as it stood at an instant."""

    pagination_class = None
    serializer_class = BalanceSerializer
    error_statuses = {MemberNotFound.code: 404}

    @extend_schema(
        summary="A balance at an instant",
        description="By the ledger's clock: what was posted up to `at`. Points whose time has come "
        "leave the balance when the ledger writes it down, minutes after midnight.",
        parameters=[
            OpenApiParameter(
                "at",
                OpenApiTypes.DATETIME,
                description="An instant with its offset, not in the future; now without it.",
            ),
            USER_PARAMETER,
        ],
        responses=BalanceSerializer,
    )
    def get(self, request: Request) -> Response:
        """Show the caller's balance, or a member's to staff, as it stood."""
        wanted = self.validated(BalanceQuerySerializer, request.query_params.dict())
        moment = wanted.get("at", self.now)
        member_id = find_member_to_show(
            viewer=request.user,
            user_id=wanted.get("user_id"),
            permission="points.view_pointaccount",
        )
        balance = balance_at(account_id=find_account_id(member_id), moment=moment)
        return self.answer(BalanceSerializer({"balance": balance, "at": moment}).data)


class StatementView(LoyaltyView):
    """A calendar month of a member's ledger."""

    pagination_class = None
    serializer_class = StatementSerializer
    error_statuses = {MemberNotFound.code: 404}
    renderer_classes = [*LoyaltyView.renderer_classes, CsvRenderer]
    csv_columns = STATEMENT_COLUMNS

    @extend_schema(
        summary="A month's statement",
        description="The month is the programme's. `openingBalance` and the amounts of the lines "
        "come to `closingBalance`, which is the next month's opening balance. The CSV begins "
        "with a line `opening_balance` and ends with `closing_balance`.",
        parameters=[
            OpenApiParameter(
                "month", required=True, description="Like 2026-01, not in the future."
            ),
            USER_PARAMETER,
        ],
        responses={
            (200, "application/json"): StatementSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request) -> Response:
        """Show the caller's month, or a member's to staff: balances, totals and lines."""
        wanted = self.validated(StatementQuerySerializer, request.query_params.dict())
        viewer: Any = request.user
        month, user_id = wanted["month"], wanted.get("user_id", viewer.public_id)
        member_id = find_member_to_show(
            viewer=viewer, user_id=user_id, permission="points.view_pointtransaction"
        )
        shown = get_month_statement(member_id=member_id, user_id=user_id, month=month)
        response = self.answer(StatementSerializer(shown).data)
        if request.accepted_renderer.format == CsvRenderer.format:
            response["Content-Disposition"] = f'attachment; filename="points-{month:%Y-%m}.csv"'
        return response

    def list_csv_rows(self, data: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Return the opening balance, the lines and the closing balance."""
        return list_statement_rows(data)
