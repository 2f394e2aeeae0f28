"""What a member has, and how it came about."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ..errors import MemberNotFound
from ..selectors import (
    get_holdings,
    list_transactions_of,
    narrow_transactions,
)
from ..serializers import (
    HistoryLineFilterSerializer,
    HistoryLineSerializer,
    HistoryPageSerializer,
    HoldingsSerializer,
    PointsOverviewSerializer,
)
from ..services.cached_holdings import get_cached_holdings
from .base import LoyaltyView
from .transactions import DATE_PARAMETERS
from .whose import find_member_to_show, may_look_at

NEWEST_MAX = 20
VIEW_PERMISSION = "points.view_pointaccount"


class PointsOverview(LoyaltyView):
    """Points and newest lines, of whoever it is."""

    serializer_class = PointsOverviewSerializer
    pagination_class = None

    def answer_overview(self, *, user_id: str, member_id: int) -> Response:
        """Return a member's points and newest lines."""
        shown = {
            "userId": user_id,
            "holdings": get_holdings(member_id=member_id, now=self.now),
            "transactions": list_transactions_of(member_id)[:NEWEST_MAX],
        }
        context = self.get_serializer_context()
        return self.answer(PointsOverviewSerializer(shown, context=context).data)


class PointsView(PointsOverview):
    """`GET /v2/gamification/points`."""

    @extend_schema(summary="My points and what came last", responses=PointsOverviewSerializer)
    def get(self, request: Request) -> Response:
        """Show the caller's points and the newest lines of the history."""
        caller: Any = request.user
        return self.answer_overview(user_id=caller.public_id, member_id=caller.pk)


class MemberPointsView(PointsOverview):
    """`GET /v2/gamification/points/user/<userId>`: a page for staff, and for the member."""

    error_statuses = {MemberNotFound.code: 404}

    @extend_schema(
        summary="A member's points and what came last",
        description="For staff who may view members' points, and for the member.",
        responses=PointsOverviewSerializer,
    )
    def get(self, request: Request, user_id: str) -> Response:
        """Show a member's points to the member and to staff."""
        if not may_look_at(viewer=request.user, user_id=user_id, permission=VIEW_PERMISSION):
            self.permission_denied(request)
        member_id = find_member_to_show(
            viewer=request.user, user_id=user_id, permission=VIEW_PERMISSION
        )
        return self.answer_overview(user_id=user_id, member_id=member_id)


class HoldingsView(LoyaltyView):
    """`GET /rewards/points/<userId>`."""

    serializer_class = HoldingsSerializer
    pagination_class = None
    error_statuses = {MemberNotFound.code: 404}

    @extend_schema(
        summary="A member's points",
        description="For the member and for staff. The figures are kept for five minutes and "
        "dropped with every posting; nothing is decided by them.",
        responses=HoldingsSerializer,
    )
    def get(self, request: Request, user_id: str) -> Response:
        """Show what a member can spend, and has earned in a lifetime."""
        member_id = find_member_to_show(
            viewer=request.user, user_id=user_id, permission=VIEW_PERMISSION
        )
        holdings = get_cached_holdings(member_id=member_id, now=self.now)
        return self.answer(HoldingsSerializer({"userId": user_id, "holdings": holdings}).data)


class HistoryView(LoyaltyView):
    """`GET /v2/gamification/points/history`."""

    serializer_class = HistoryLineSerializer
    list_name = "history"
    sort_fields: ClassVar[dict[str, str]] = {"createdAt": "version"}

    @extend_schema(
        summary="My history",
        description="`data.totalPoints` is what the caller can spend now. What moved points "
        "without an action, as redeeming does, has its type in capitals as `action`.",
        parameters=[
            OpenApiParameter("action", description="The code of an action, or a type in capitals."),
            *DATE_PARAMETERS,
        ],
        responses=HistoryPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """List the caller's history, newest first."""
        wanted = self.validated(HistoryLineFilterSerializer, request.query_params)
        caller: Any = request.user
        return self.answer_page(
            narrow_transactions(list_transactions_of(caller.pk), wanted),
            HistoryLineSerializer,
            totalPoints=get_holdings(member_id=caller.pk, now=self.now).points,
        )
