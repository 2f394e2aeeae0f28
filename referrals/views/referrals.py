"""Referrals over HTTP: whom somebody brought, the public conversion and the board."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from points.views import LoyaltyView

from ..selectors import get_figures, list_referrals_of
from ..serializers import (
    BoardPlaceSerializer,
    BoardQuerySerializer,
    BoardSerializer,
    ConversionSerializer,
    ConvertedSerializer,
    ReferralFiguresSerializer,
    ReferralSerializer,
)
from ..services import get_board, keep_invitation


class ReferralListView(LoyaltyView):
    """The members the caller brought."""

    serializer_class = ReferralSerializer
    list_name = "referrals"
    sort_fields: ClassVar[dict[str, str]] = {"createdAt": "linked_at"}

    @extend_schema(
        summary="My referrals",
        description="New members who came by the caller, newest first. `status` is `converted`, "
        "`activated` once they completed a purchase, `in_review` while staff look at it, or "
        "`refused`. Whoever was invited and has not registered is not among them.",
        responses=ReferralSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List whom the caller brought and what each one earned them, newest first."""
        return self.answer_page(list_referrals_of(request.user), ReferralSerializer)


class ConvertView(LoyaltyView):
    """A code that came with somebody's registration.

    Whoever calls need not be signed in, and an `Authorization` header is not looked at.
    """

    authentication_classes = ()
    permission_classes = [AllowAny]
    serializer_class = ConversionSerializer
    pagination_class = None

    @extend_schema(
        summary="Convert a referral",
        description="Says whether the code is somebody's, whoever the e-mail belongs to, and "
        "invites the e-mail in that member's name. Both sides earn when a new member registers "
        "with it, or has registered within the last hour, and nobody else brought them. Calling "
        "again changes nothing.",
        request=ConversionSerializer,
        responses=ConvertedSerializer,
        auth=[],
        examples=[
            OpenApiExample(
                "A new member's code",
                request_only=True,
                value={"referralCode": "ABCD2345", "email": "ben@example.com"},
            ),
            OpenApiExample(
                "Somebody has the code",
                response_only=True,
                value={"converted": True, "referrerId": "mia"},
            ),
            OpenApiExample(
                "Nobody has the code",
                response_only=True,
                value={"converted": False, "referrerId": None},
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Say whether the code is a member's, and note that it came with this e-mail."""
        fields = self.validated(ConversionSerializer, request.data)
        code = keep_invitation(code=fields["referralCode"], email=fields["email"], now=self.now)
        referrer_id = code.member.public_id if code else None
        return self.answer({"converted": code is not None, "referrerId": referrer_id})


class ReferralStatsView(LoyaltyView):
    """The caller's referrals in numbers."""

    serializer_class = ReferralFiguresSerializer
    pagination_class = None

    @extend_schema(
        summary="My referrals in numbers",
        description="`convertedReferrals` counts activated ones too; `pendingReferrals` are "
        "invitations that stand and referrals in review; a refused one is in none of the numbers.",
        responses=ReferralFiguresSerializer,
        examples=[
            OpenApiExample(
                "Ten referrals",
                response_only=True,
                value={
                    "totalReferrals": 10,
                    "convertedReferrals": 6,
                    "pendingReferrals": 4,
                    "totalRewards": 30,
                },
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Count the caller's referrals and what they earned."""
        figures = get_figures(request.user, now=self.now)
        return self.answer(ReferralFiguresSerializer(figures).data)


class BoardView(LoyaltyView):
    """Who brought the most members."""

    serializer_class = BoardSerializer
    pagination_class = None

    @extend_schema(
        summary="Leaderboard of referrers",
        description="Members brought in the period of the programme's calendar that is now, weeks "
        "from Monday. `rank` is 1 + the number of members with more; of those who tie, whoever "
        "got there first comes first. `pointsEarned` is what referrals earned in the period. "
        "`me` is the caller's place, on the list or not.",
        parameters=[BoardQuerySerializer],
        responses=BoardSerializer,
        examples=[
            OpenApiExample(
                "Two referrers",
                response_only=True,
                value={
                    "entries": [
                        {
                            "rank": 1,
                            "userId": "mia",
                            "name": "Mia L.",
                            "avatar": None,
                            "referrals": 4,
                            "pointsEarned": 40,
                        },
                        {
                            "rank": 2,
                            "userId": "ben",
                            "name": "Ben W.",
                            "avatar": None,
                            "referrals": 1,
                            "pointsEarned": 5,
                        },
                    ],
                    "total": 2,
                    "period": "month",
                    "me": {"userId": "ben", "value": 1, "rank": 2},
                },
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Return the first places of the period and the caller's own."""
        wanted = self.validated(BoardQuerySerializer, request.query_params)
        viewer: Any = request.user
        board = get_board(viewer=viewer, now=self.now, **wanted)
        return self.answer(
            {
                "entries": BoardPlaceSerializer(board.places, many=True).data,
                "total": board.total,
                "period": wanted["period"],
                "me": {
                    "userId": viewer.public_id,
                    "value": board.viewer_referrals,
                    "rank": board.viewer_rank,
                },
            }
        )
