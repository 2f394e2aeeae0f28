"""Leaderboards over HTTP."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from points.services.calendar import get_programme_date
from points.views import LoyaltyView

from ..selectors import (
    BoardRows,
    Place,
    find_own_place,
    find_preference,
    get_leaderboard,
    get_period,
    list_leaderboards,
    list_neighbours,
)
from ..serializers import (
    BoardPreferenceSerializer,
    BoardQuerySerializer,
    LeaderboardListSerializer,
    LeaderboardPageSerializer,
    LeaderboardSerializer,
    PlaceSerializer,
    SetBoardPreferenceSerializer,
)
from ..serializers.boards import TIMEFRAMES
from ..services.boards import set_preference

SEE_NAMES = "points.view_pointaccount"
PAGE_EXAMPLE = {
    "leaderboard": [
        {
            "userId": "mia",
            "userName": "Mia Lopez",
            "name": "Mia Lopez",
            "value": 1250,
            "rank": 1,
            "isMe": False,
        },
        {
            "userId": None,
            "userName": "Night Owl",
            "name": "Night Owl",
            "value": 980,
            "rank": 2,
            "isMe": False,
        },
    ],
    "total": 1542,
    "pagination": {"page": 1, "limit": 2, "total": 1542, "totalPages": 771, "hasMore": True},
    "me": {"userId": "ben", "value": 310, "rank": 207},
    "board": {"slug": "points", "title": "Points earned", "unit": "points"},
    "timeframe": "month",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
}


class LeaderboardView(LoyaltyView):
    """A page of a leaderboard and the caller's own place."""

    serializer_class = LeaderboardPageSerializer
    list_name = "leaderboard"
    nest_pagination = True
    page_limit_default = 50

    @extend_schema(
        summary="A leaderboard",
        description="Out of the box `points`, `trust`, `badges`, `events`, `connections` and "
        "`referrals`; staff add others. Values are what was gained in the period of the "
        "programme's calendar, for trust the net change. Of those who tie, whoever got there "
        "first comes first, and all of them have the same rank. Ranks beyond the first fifty "
        "may be up to a minute old.",
        parameters=[BoardQuerySerializer],
        responses=LeaderboardPageSerializer,
        examples=[OpenApiExample("A month", response_only=True, value=PAGE_EXAMPLE)],
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the page asked for."""
        wanted = self.validated(BoardQuerySerializer, request.query_params.dict())
        viewer: Any = request.user
        board = get_leaderboard(slug)
        day = wanted.get("at") or get_programme_date(self.now)
        period = get_period(kind=TIMEFRAMES[wanted["timeframe"]], day=day)
        own, total = find_own_place(metric=board.metric, period=period, member_id=viewer.pk)
        rows = BoardRows(metric=board.metric, period=period, viewer_id=viewer.pk, total=total)
        page = self.read_around(rows) if "around" in wanted else self.read_page(rows)
        return self.answer_board(
            page,
            # A page that shows the caller was read a moment later; there is one truth per answer.
            me=next((place for place in page if place.is_viewer), own),
            board=LeaderboardSerializer(board).data,
            timeframe=wanted["timeframe"],
            period={
                "start": period.first_day if period.last_day else None,
                "end": period.last_day,
            },
        )

    def read_page(self, rows: Any) -> list[Place]:
        """Return the page that was asked for by its number."""
        return list(self.paginate_queryset(rows) or [])

    def read_around(self, rows: BoardRows) -> list[Place]:
        """Return the caller's neighbours, and let the pagination say where they stand."""
        pages: Any = self.paginator
        pages.view = self
        pages.read_query(self.request)
        places = list_neighbours(**rows.facts, limit=pages.limit)
        pages.total = rows.total
        pages.offset = places[0].number - 1 if places else 0
        pages.page = pages.offset // pages.limit + 1
        return places

    def answer_board(self, page: list[Place], *, me: Any, **extra: Any) -> Response:
        """Return a page with the caller's own place."""
        viewer: Any = self.request.user
        # Members hold no permissions: not asking saves the queries.
        context = {"sees_names": viewer.is_staff and viewer.has_perm(SEE_NAMES)}
        response = self.get_paginated_response(
            PlaceSerializer(page, many=True, context=context).data
        )
        own = {"userId": viewer.public_id, "value": me.value, "rank": me.rank}
        response.data |= {"me": own, **extra}
        return response


class LeaderboardListView(LoyaltyView):
    """The leaderboards there are."""

    serializer_class = LeaderboardListSerializer
    pagination_class = None

    @extend_schema(summary="All leaderboards", responses=LeaderboardListSerializer)
    def get(self, request: Request) -> Response:
        """List every board by the last part of its address."""
        boards = LeaderboardSerializer(list_leaderboards(), many=True).data
        return self.answer({"leaderboards": boards, "total": len(boards)})


class BoardPreferenceView(LoyaltyView):
    """How the caller is shown to other members."""

    serializer_class = BoardPreferenceSerializer
    pagination_class = None

    @extend_schema(summary="How I am shown on leaderboards", responses=BoardPreferenceSerializer)
    def get(self, request: Request) -> Response:
        """Return what the caller wished, or what holds for everybody."""
        viewer: Any = request.user
        preference = find_preference(member_id=viewer.pk)
        return self.answer(BoardPreferenceSerializer(preference).data)

    @extend_schema(
        summary="Hide myself on leaderboards, or go by an alias",
        description="A hidden member keeps the place, without name and `userId`; an alias stands "
        "in place of the name and keeps the `userId` from others as well. Hidden goes before the "
        "alias. Staff who may view members always see who it is, and may take an alias away: "
        "its member is hidden then. An alias belongs to one member at a time, in any case.",
        request=SetBoardPreferenceSerializer,
        responses=BoardPreferenceSerializer,
        examples=[
            OpenApiExample(
                "By an alias", request_only=True, value={"hidden": False, "alias": "Night Owl"}
            )
        ],
    )
    def put(self, request: Request) -> Response:
        """Keep the caller's wish."""
        changes = self.validated(SetBoardPreferenceSerializer, request.data)
        preference = set_preference(member=request.user, changes=changes, now=self.now)
        return self.answer(BoardPreferenceSerializer(preference).data)
