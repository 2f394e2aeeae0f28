"""The redemptions over HTTP."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from rewards.enums import RedemptionStatus
from rewards.selectors import get_redemption, list_redemptions_of
from rewards.serializers.redemptions import (
    DecisionSerializer,
    RedeemSerializer,
    RedemptionFilterSerializer,
    RedemptionSerializer,
    SeenRedemptionSerializer,
    StaffRedemptionSerializer,
)
from rewards.services.redemptions import cancel_redemption, decide_redemption, redeem_reward

from .base import CatalogueView


class RedeemView(CatalogueView):
    """Where members redeem."""

    serializer_class = RedemptionSerializer

    @extend_schema(
        summary="Redeem a reward",
        description="Takes the points and one from the stock, and waits for a decision. Both come "
        "back when it is rejected or cancelled.",
        request=RedeemSerializer,
        responses={201: RedemptionSerializer},
        examples=[OpenApiExample("A reward", request_only=True, value={"rewardId": "12"})],
    )
    def post(self, request: Request) -> Response:
        """Redeem a reward for the caller."""
        wanted = self.validated(RedeemSerializer, request.data)
        redemption = redeem_reward(member=request.user, now=self.now, **wanted)
        return self.answer(
            self.present(RedemptionSerializer, redemption),
            message="Reward redeemed. It now waits for approval.",
            status_code=status.HTTP_201_CREATED,
        )


class RedemptionListView(CatalogueView):
    """A member's own redemptions."""

    serializer_class = RedemptionSerializer
    list_name = "redemptions"
    sort_fields: ClassVar[dict[str, str]] = {"createdAt": "redeemed_at"}

    @extend_schema(
        summary="My redemptions",
        parameters=[RedemptionFilterSerializer],
        responses=RedemptionSerializer,
    )
    def get(self, request: Request) -> Response:
        """List the caller's redemptions, the newest first."""
        wanted = self.validated(RedemptionFilterSerializer, request.query_params)
        return self.answer_page(list_redemptions_of(request.user, **wanted), RedemptionSerializer)


class RedemptionDetailView(CatalogueView):
    """One redemption."""

    serializer_class = RedemptionSerializer
    required_permissions = {"PUT": "rewards.decide_redemption"}

    @extend_schema(
        summary="A redemption",
        description="The caller's own, or anybody's for staff who may view redemptions; they see "
        "the notes and who decided as well.",
        responses=SeenRedemptionSerializer,
    )
    def get(self, request: Request, redemption_id: str) -> Response:
        """Return one redemption."""
        redemption = get_redemption(viewer=request.user, redemption_id=redemption_id)
        is_staff = request.user.has_perm("rewards.view_redemption")
        shape = StaffRedemptionSerializer if is_staff else RedemptionSerializer
        return self.answer(self.present(shape, redemption))

    @extend_schema(
        summary="Decide a redemption",
        description="PENDING goes to APPROVED, REJECTED or CANCELLED, APPROVED to COMPLETED or "
        "REJECTED; anything else is 409. REJECTED and CANCELLED give points and stock back. "
        "Nobody decides their own.",
        request=DecisionSerializer,
        responses=StaffRedemptionSerializer,
        examples=[
            OpenApiExample(
                "Approve",
                request_only=True,
                value={"status": "APPROVED", "adminNotes": "Order checked"},
            )
        ],
    )
    def put(self, request: Request, redemption_id: str) -> Response:
        """Take a redemption to another status."""
        wanted = self.validated(DecisionSerializer, request.data)
        wanted["status"] = RedemptionStatus(wanted["status"])
        redemption = decide_redemption(
            redemption_id=redemption_id, actor=request.user, now=self.now, **wanted
        )
        return self.answer(
            self.present(StaffRedemptionSerializer, redemption),
            message=f"Redemption {wanted['status'].label.lower()}",
        )


class RedemptionCancelView(CatalogueView):
    """Where members take a redemption back."""

    serializer_class = RedemptionSerializer

    @extend_schema(
        summary="Cancel a redemption of mine",
        description="Only while it is PENDING; points and stock come back.",
        request=None,
        responses=RedemptionSerializer,
    )
    def post(self, request: Request, redemption_id: str) -> Response:
        """Cancel the caller's own redemption."""
        redemption = cancel_redemption(
            member=request.user, redemption_id=redemption_id, now=self.now
        )
        return self.answer(
            self.present(RedemptionSerializer, redemption), message="Redemption cancelled"
        )
