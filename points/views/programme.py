"""What the programme offers: levels, and actions that earn."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ..selectors import list_actions, list_levels
from ..serializers import (
    ActionListSerializer,
    ActionSerializer,
    LevelListSerializer,
    LevelSerializer,
)
from .base import LoyaltyView


class LevelListView(LoyaltyView):
    """The levels of the programme."""

    serializer_class = LevelListSerializer
    pagination_class = None

    @extend_schema(summary="All levels", responses=LevelListSerializer)
    def get(self, request: Request) -> Response:
        """List every level, the lowest first."""
        levels = LevelSerializer(list_levels(), many=True).data
        return self.answer({"levels": levels, "total": len(levels)})


class ActionListView(LoyaltyView):
    """What members can do and what it earns."""

    serializer_class = ActionListSerializer
    pagination_class = None

    @extend_schema(summary="All actions", responses=ActionListSerializer)
    def get(self, request: Request) -> Response:
        """List every action with its points, description and category."""
        actions = ActionSerializer(list_actions(), many=True).data
        return self.answer({"actions": actions, "total": len(actions)})
