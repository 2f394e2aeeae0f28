"""Where the host platform reports the measures it computes."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from points.services.accounts import get_member
from points.views import LoyaltyView

from ..selectors import PROFILE_COMPLETION, TRUST_SCORE
from ..serializers import MemberStatsSerializer, ReportStatsSerializer
from ..services.gauges import report_gauges


class MemberStatsView(LoyaltyView):
    """Where the host platform reports the measures it computes for a member."""

    serializer_class = ReportStatsSerializer
    pagination_class = None
    required_permissions = {"PUT": "gamification.report_stats"}

    @extend_schema(
        summary="Report a member's trust score and completion of the profile",
        description="Either number may be left out and then stays as it is. Reporting the same "
        "again changes nothing. The leaderboard of trust and badges on it follow within a second.",
        request=ReportStatsSerializer,
        responses=MemberStatsSerializer,
        examples=[
            OpenApiExample(
                "Both", request_only=True, value={"trustScore": 95.8, "profileCompletion": 80}
            )
        ],
    )
    def put(self, request: Request, user_id: str) -> Response:
        """Keep what the host computed."""
        numbers = self.validated(ReportStatsSerializer, request.data)
        member = get_member(user_id)
        gauges = report_gauges(member=member, numbers=numbers, now=self.now)
        return self.answer(
            {
                "userId": member.public_id,
                "trustScore": gauges[TRUST_SCORE],
                "profileCompletion": gauges[PROFILE_COMPLETION],
            }
        )
