"""The catalogue and the redemptions over HTTP."""

from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.functional import cached_property
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from points.views import LoyaltyView

from .enums import RedemptionStatus
from .selectors import (
    get_points_to_spend,
    get_redemption,
    get_reward,
    list_categories,
    list_redemptions_of,
    list_rewards,
)
from .serializers import (
    CategoriesSerializer,
    DecisionSerializer,
    DeletedRewardSerializer,
    RedeemSerializer,
    RedemptionFilterSerializer,
    RedemptionSerializer,
    RewardBodySerializer,
    RewardChangeSerializer,
    RewardFilterSerializer,
    RewardPageSerializer,
    RewardSerializer,
    SeenRedemptionSerializer,
    StaffRedemptionSerializer,
)
from .services.catalogue import create_reward, delete_reward, update_reward
from .services.redemptions import cancel_redemption, decide_redemption, redeem_reward


class CatalogueView(LoyaltyView):
    """A view with one clock for the whole request."""

    @cached_property
    def now(self) -> datetime:
        """The instant of the request."""
        return timezone.now()

    def get_serializer_context(self) -> dict[str, Any]:
        """Tell serializers the time."""
        return {**super().get_serializer_context(), "now": self.now}

    def present(self, serializer_class: type, instance: Any) -> Any:
        """Return an instance in its documented shape."""
        return serializer_class(instance, context=self.get_serializer_context()).data


class RewardListView(CatalogueView):
    """All rewards."""

    serializer_class = RewardSerializer
    list_name = "rewards"
    required_permissions = {"POST": "rewards.add_reward"}
    sort_fields: ClassVar[dict[str, str]] = {"pointsRequired": "points_required", "title": "title"}
    sort_order_default = "asc"

    @extend_schema(
        summary="Rewards",
        description="Members see active rewards; staff who may view rewards see all. "
        "`search` is part of the title, the description or the partner.",
        parameters=[RewardFilterSerializer],
        responses=RewardPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """List the rewards, the cheapest first, with what the caller can spend."""
        wanted = self.validated(RewardFilterSerializer, request.query_params)
        return self.answer_page(
            list_rewards(viewer=request.user, now=self.now, **wanted),
            RewardSerializer,
            userPoints=get_points_to_spend(member=request.user, now=self.now),
        )

    @extend_schema(
        summary="Create a reward",
        request=RewardBodySerializer,
        responses={201: RewardSerializer},
        examples=[
            OpenApiExample(
                "A reward of which 100 are left",
                request_only=True,
                value={
                    "title": "Filter coffee",
                    "description": "One cup, any size.",
                    "category": "Food & Drinks",
                    "pointsRequired": 50,
                    "partner": "Harbour Roasters",
                    "quantity": 100,
                    "imageUrl": "https://example.com/coffee.jpg",
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Put a reward on offer."""
        fields = self.validated(RewardBodySerializer, request.data)
        reward = create_reward(fields=fields, now=self.now)
        return self.answer(
            self.present(RewardSerializer, reward), message="Reward created", status_code=201
        )


class RewardDetailView(CatalogueView):
    """One reward."""

    serializer_class = RewardSerializer
    required_permissions = {"PUT": "rewards.change_reward", "DELETE": "rewards.delete_reward"}

    @extend_schema(summary="A reward", responses=RewardSerializer)
    def get(self, request: Request, reward_id: str) -> Response:
        """Return one reward."""
        reward = get_reward(viewer=request.user, reward_id=reward_id)
        return self.answer(self.present(RewardSerializer, reward))

    @extend_schema(
        summary="Change a reward",
        description="Changes the keys that are sent and leaves the others.",
        request=RewardChangeSerializer,
        responses=RewardSerializer,
    )
    def put(self, request: Request, reward_id: str) -> Response:
        """Change a reward."""
        fields = self.validated(RewardChangeSerializer, request.data)
        reward = update_reward(reward_id=reward_id, fields=fields, now=self.now)
        return self.answer(self.present(RewardSerializer, reward), message="Reward updated")

    @extend_schema(
        summary="Delete a reward",
        description="It leaves every list; its redemptions stay.",
        responses={200: DeletedRewardSerializer},
    )
    def delete(self, request: Request, reward_id: str) -> Response:
        """Take a reward out of the catalogue."""
        reward = delete_reward(reward_id=reward_id, now=self.now)
        return self.answer({"id": str(reward.pk)}, message="Reward deleted")


class CategoryListView(CatalogueView):
    """The categories."""

    serializer_class = CategoriesSerializer
    pagination_class = None

    @extend_schema(summary="Reward categories", responses=CategoriesSerializer)
    def get(self, request: Request) -> Response:
        """List the categories rewards come in."""
        return self.answer({"categories": list_categories(viewer=request.user)})


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
