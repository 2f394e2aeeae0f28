"""Giving and taking points by hand."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from ..enums import TransactionType
from ..errors import InsufficientPoints, MemberNotFound, OwnPoints
from ..selectors import get_holdings, get_transaction
from ..serializers import (
    AddedPointsSerializer,
    AddPointsByStaffSerializer,
    AwardSerializer,
    DeductionSerializer,
    EarnedSerializer,
    EarningSerializer,
    MovedPointsSerializer,
)
from ..services.grants import deduct_points, grant_points
from ..services.postings import Posting
from .base import LoyaltyView

REPEATABLE = (
    "Nobody may name themselves. The same `eventId` again changes nothing and answers 200; used "
    "for something else it is 409 `source_conflict`."
)


class GrantView(LoyaltyView):
    """What the four ways to move points by hand share."""

    pagination_class = None
    required_permissions = {"POST": "points.grant_points"}
    error_statuses = {MemberNotFound.code: 404, OwnPoints.code: 403}
    response_serializer_class: type

    def answer_posting(
        self, posting: Posting, *, status_code: int = status.HTTP_201_CREATED
    ) -> Response:
        """Return what was posted and what the member has now; 200 when it stood there before."""
        content = {
            "transaction": get_transaction(posting.transaction_id),
            "holdings": get_holdings(member_id=posting.member_id, now=self.now),
        }
        data = self.response_serializer_class(content, context=self.get_serializer_context()).data
        if posting.replayed:
            return self.answer(data, message="This was posted before")
        sentence = f"{abs(posting.amount):,} points {'added' if posting.amount > 0 else 'deducted'}"
        return self.answer(data, message=sentence, status_code=status_code)


class AddPointsView(GrantView):
    """`POST /api/points/admin/add`."""

    serializer_class = AddPointsByStaffSerializer
    response_serializer_class = AddedPointsSerializer
    error_statuses = GrantView.error_statuses | {InsufficientPoints.code: 400}

    @extend_schema(
        summary="Grant or deduct points",
        description="A positive `amount` is posted as `admin_grant`, a negative one as "
        f"`admin_deduct`. {REPEATABLE} Whoever has a daily limit and exceeds it gets 409 "
        "`grant_limit_reached` with `details {limit, granted, requested}`.",
        request=AddPointsByStaffSerializer,
        responses=AddedPointsSerializer,
        examples=[
            OpenApiExample(
                "A grant",
                request_only=True,
                value={"userId": "john123", "amount": 250, "reason": "Lost parcel, ticket 4711"},
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Grant points to a member, or deduct them."""
        wanted = self.validated(AddPointsByStaffSerializer, request.data)
        move = grant_points if wanted["amount"] > 0 else deduct_points
        wanted["amount"] = abs(wanted["amount"])
        posting = move(actor=request.user, now=self.now, **wanted)
        return self.answer_posting(posting, status_code=status.HTTP_200_OK)


class AwardView(GrantView):
    """`POST /v2/gamification/points/award`."""

    serializer_class = AwardSerializer
    response_serializer_class = MovedPointsSerializer

    @extend_schema(
        summary="Award points for an action",
        description="Posted as `admin_grant` under the action; caps and cooldowns of the action do "
        f"not hold it back. {REPEATABLE}",
        request=AwardSerializer,
        responses={200: MovedPointsSerializer, 201: MovedPointsSerializer},
        examples=[
            OpenApiExample(
                "A special occasion",
                request_only=True,
                value={
                    "userId": "john123",
                    "points": 50,
                    "action": "SPECIAL_EVENT",
                    "description": "Held the fort on Sunday",
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Give a member what an action is worth, or for a special occasion what is sent."""
        wanted = self.validated(AwardSerializer, request.data)
        posting = grant_points(actor=request.user, now=self.now, **wanted)
        return self.answer_posting(posting)


class DeductView(GrantView):
    """`POST /v2/gamification/points/deduct`."""

    serializer_class = DeductionSerializer
    response_serializer_class = MovedPointsSerializer

    @extend_schema(
        summary="Deduct points",
        description="Posted as `admin_deduct`. More than the member can spend is 409 "
        f"`insufficient_points` and changes nothing. {REPEATABLE}",
        request=DeductionSerializer,
        responses={200: MovedPointsSerializer, 201: MovedPointsSerializer},
        examples=[
            OpenApiExample(
                "A deduction",
                request_only=True,
                value={"userId": "john123", "points": 20, "reason": "Awarded twice by mistake"},
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Take points from a member."""
        wanted = self.validated(DeductionSerializer, request.data)
        posting = deduct_points(actor=request.user, now=self.now, **wanted)
        return self.answer_posting(posting)


class AddEarningView(GrantView):
    """`POST /rewards/add-points/<userId>`."""

    serializer_class = EarningSerializer
    response_serializer_class = EarnedSerializer

    @extend_schema(
        summary="Add points for a purchase",
        description="Posted as `earn` in the category, with the money's `amount` in its metadata. "
        f"{REPEATABLE}",
        request=EarningSerializer,
        responses={200: EarnedSerializer, 201: EarnedSerializer},
        examples=[
            OpenApiExample(
                "A purchase",
                request_only=True,
                value={"points": 500, "category": "shopping", "amount": 100},
            )
        ],
    )
    def post(self, request: Request, user_id: str) -> Response:
        """Give a member points for what they bought."""
        wanted = self.validated(EarningSerializer, request.data)
        posting = grant_points(
            user_id=user_id,
            amount=wanted["points"],
            actor=request.user,
            reason=f"Points for {wanted['category']}",
            type=TransactionType.EARN,
            category=wanted["category"],
            metadata={"amount": wanted["amount"]},
            event_id=wanted.get("event_id", ""),
            now=self.now,
        )
        return self.answer_posting(posting)
