"""The catalogue over HTTP."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rewards.selectors import get_points_to_spend, get_reward, list_categories, list_rewards
from rewards.serializers.catalogue import (
    CategoriesSerializer,
    DeletedRewardSerializer,
    RewardBodySerializer,
    RewardChangeSerializer,
    RewardFilterSerializer,
    RewardPageSerializer,
    RewardSerializer,
)
from rewards.services.catalogue import create_reward, delete_reward, update_reward

from .base import CatalogueView


class RewardListView(CatalogueView):
    """All rewards."""

    serializer_class = RewardSerializer
    list_name = "rewards"
    required_permissions = {"POST": "rewards.add_reward"}
    sort_fields: ClassVar[dict[str, str]] = {
        "pointsRequired": "points_required",
        "title": "title",
        "createdAt": "created_at",
    }
    sort_field_default = "pointsRequired"
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
        examples=[
            OpenApiExample(
                "Another price and stock",
                request_only=True,
                value={"pointsRequired": 60, "quantity": 40},
            )
        ],
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
