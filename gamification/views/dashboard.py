"""Dashboards of members, and the figures of the platform, over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from points.views import LoyaltyView

from ..selectors.dashboard import get_dashboard
from ..serializers.dashboard import DashboardSerializer
from ..serializers.figures import PlatformStatsSerializer
from ..services.figures import get_platform_figures

VIEW_MEMBERS = "points.view_pointaccount"
CONTENTS = (
    "`recentEarnings` are the newest 10, `recentRedemptions` the newest 5, `earned` the latest 10 "
    "badges of `badges.total`, `progress` the 10 nearest of the badges not held. `canAffordCount` "
    "counts what the member could redeem now by points and level. Ranks and stats are of all time "
    "and follow within a second."
)


class DashboardPage(LoyaltyView):
    """A dashboard, whosever it is."""

    serializer_class = DashboardSerializer
    pagination_class = None

    def answer_dashboard(self, user_id: str) -> Response:
        """Return a member's dashboard."""
        dashboard = get_dashboard(user_id=user_id, now=self.now)
        context = self.get_serializer_context()
        return self.answer(DashboardSerializer(dashboard, context=context).data)


class DashboardView(DashboardPage):
    """The caller's dashboard."""

    @extend_schema(summary="My dashboard", description=CONTENTS, responses=DashboardSerializer)
    def get(self, request: Request) -> Response:
        """Show points, badges, rewards, ranks and stats of the caller."""
        return self.answer_dashboard(request.user.public_id)  # type: ignore[union-attr]


class MemberDashboardView(DashboardPage):
    """A member's dashboard, for staff."""

    @extend_schema(
        summary="A member's dashboard",
        description=f"For staff who may view members, and for the member. {CONTENTS}",
        responses=DashboardSerializer,
    )
    def get(self, request: Request, user_id: str) -> Response:
        """Show points, badges, rewards, ranks and stats of a member."""
        viewer = request.user
        is_own = user_id == viewer.public_id  # type: ignore[union-attr]
        if not is_own and not viewer.has_perm(VIEW_MEMBERS):
            self.permission_denied(request)
        return self.answer_dashboard(user_id)


class PlatformStatsView(LoyaltyView):
    """The figures of the platform, for staff."""

    serializer_class = PlatformStatsSerializer
    pagination_class = None
    required_permissions = {"GET": VIEW_MEMBERS}

    @extend_schema(
        summary="Figures of the platform",
        description="Kept for a minute; `asOf` says when they were read. `topEarner` and "
        "`topPointsUser` are who has earned most, with what they hold and what they earned.",
        responses=PlatformStatsSerializer,
    )
    def get(self, request: Request) -> Response:
        """Show what all members together earned, spent, hold and redeemed, and who leads."""
        figures = get_platform_figures(now=self.now)
        return self.answer(PlatformStatsSerializer(figures).data)
