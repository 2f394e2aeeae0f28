"""Badges over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from points.views import LoyaltyView

from ..selectors import get_badge, list_badges
from ..serializers import BadgeListSerializer, BadgeSerializer


class BadgeListView(LoyaltyView):
    """The badges members can earn."""

    serializer_class = BadgeListSerializer
    pagination_class = None

    @extend_schema(summary="All badges", responses=BadgeListSerializer)
    def get(self, request: Request) -> Response:
        """List every badge with what it takes, in the programme's order."""
        badges = BadgeSerializer(list_badges(), many=True).data
        return self.answer({"badges": badges, "total": len(badges)})


class BadgeView(LoyaltyView):
    """One badge."""

    serializer_class = BadgeSerializer
    pagination_class = None

    @extend_schema(summary="A badge, by its id or its type", responses=BadgeSerializer)
    def get(self, request: Request, badge: str) -> Response:
        """Show one badge."""
        return self.answer(BadgeSerializer(get_badge(badge)).data)
