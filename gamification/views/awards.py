"""Badges that members hold, are on the way to, are given and lose."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from points.views import LoyaltyView
from points.views.whose import find_member_to_serve

from ..models import BadgeAward
from ..selectors import list_held, list_progress
from ..serializers import (
    AwardBadgeSerializer,
    BadgeProgressListSerializer,
    BadgeProgressSerializer,
    HeldBadgeListSerializer,
    HeldBadgeSerializer,
    RevokeBadgeSerializer,
    RevokedBadgeSerializer,
    UserBadgeSerializer,
)
from ..services.awards import award_badge, revoke_badge

AWARD_PERMISSION = "gamification.award_badge"
VIEW_PERMISSION = "gamification.view_badgeaward"


class HeldBadgesView(LoyaltyView):
    """What both lists of badges share."""

    serializer_class = HeldBadgeListSerializer
    pagination_class = None

    def answer_held(self, member: Any) -> Response:
        """Return the badges a member holds."""
        badges = HeldBadgeSerializer(list_held(member_id=member.pk), many=True).data
        return self.answer({"badges": badges, "total": len(badges)})


class MyBadgesView(HeldBadgesView):
    """The caller's badges."""

    @extend_schema(summary="My badges", responses=HeldBadgeListSerializer)
    def get(self, request: Request) -> Response:
        """List the badges the caller holds, the latest earned first."""
        return self.answer_held(request.user)


class MemberBadgesView(HeldBadgesView):
    """A member's badges, for the member and for staff."""

    @extend_schema(
        summary="A member's badges",
        description="Own badges, or for staff anybody's; to other members there is no such page.",
        responses=HeldBadgeListSerializer,
    )
    def get(self, request: Request, user_id: str) -> Response:
        """List the badges a member holds, the latest earned first."""
        member = find_member_to_serve(
            viewer=request.user, user_id=user_id, permission=VIEW_PERMISSION
        )
        return self.answer_held(member)


class BadgeProgressView(LoyaltyView):
    """How far the caller is."""

    serializer_class = BadgeProgressListSerializer
    pagination_class = None

    @extend_schema(
        summary="My progress towards all badges",
        description="One row per badge. A streak counts as it stands today: once it breaks, its "
        "progress begins anew. `nextMilestone` is null once the badge is earned.",
        responses=BadgeProgressListSerializer,
    )
    def get(self, request: Request) -> Response:
        """Show how far the caller is from every badge."""
        progress = list_progress(member=request.user, now=self.now)
        rows = BadgeProgressSerializer(progress, many=True).data
        return self.answer({"progress": rows, "total": len(rows)})


class AwardBadgeView(LoyaltyView):
    """Awarding by hand."""

    serializer_class = AwardBadgeSerializer
    pagination_class = None
    required_permissions = {"POST": AWARD_PERMISSION}

    @extend_schema(
        summary="Award a badge to a member",
        description="The badge's points come with it, once for ever: a badge that was revoked and "
        "is awarded again brings none. Nobody may award themselves. One that is held is 409 "
        "`badge_already_earned` with `details {badgeType, earnedAt}`.",
        request=AwardBadgeSerializer,
        responses={201: UserBadgeSerializer},
        examples=[
            OpenApiExample(
                "A badge",
                request_only=True,
                value={
                    "userId": "john123",
                    "badgeType": "FIRST_FACE",
                    "reason": "Came before we kept lists",
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Give a member a badge."""
        wanted = self.validated(AwardBadgeSerializer, request.data)
        award = award_badge(actor=request.user, now=self.now, **wanted)
        return self.answer(
            UserBadgeSerializer(award).data,
            message="Badge awarded",
            status_code=status.HTTP_201_CREATED,
        )


class RevokeBadgeView(LoyaltyView):
    """Taking a badge away."""

    serializer_class = RevokeBadgeSerializer
    pagination_class = None
    required_permissions = {"DELETE": AWARD_PERMISSION}

    @extend_schema(
        summary="Revoke a badge from a member",
        description="`badge` is its id or its type. The points that came with it stay, and no rule "
        "gives it again. A badge the member does not hold is 404 `badge_not_held`. The reason may "
        "also come in a JSON body; without one the record says that none was given.",
        parameters=[OpenApiParameter("reason", description="Why; staff read it on the award.")],
        # Plain, a DELETE would be documented without a body.
        responses={200: RevokedBadgeSerializer},
    )
    def delete(self, request: Request, badge: str, user_id: str) -> Response:
        """Take a badge away."""
        sent = request.data or request.query_params.dict()
        reason = self.validated(RevokeBadgeSerializer, sent).get("reason", "")
        award: BadgeAward = revoke_badge(
            id_or_type=badge, user_id=user_id, actor=request.user, reason=reason, now=self.now
        )
        return self.answer(RevokedBadgeSerializer(award).data, message="Badge revoked")
