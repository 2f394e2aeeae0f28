"""The shapes of badges that members hold or are on the way to."""

from rest_framework import serializers

from points.serializers import LeanSerializer
from points.serializers.fields import StrictCharField, StrictSerializer

from ..models import BadgeAward
from ..selectors import BadgeProgress
from .badges import BadgeSerializer

REASON_LENGTH_MAX = 255


class HeldBadgeSerializer(LeanSerializer):
    """A badge with when its holder earned it. `userBadgeId` names the award."""

    id = serializers.CharField(source="badge.pk")
    type = serializers.CharField(source="badge.type")
    name = serializers.CharField(source="badge.name")
    description = serializers.CharField(source="badge.description")
    criteria = serializers.CharField(source="badge.criteria")
    category = serializers.CharField(source="badge.category")
    points = serializers.IntegerField(source="badge.points")
    imageUrl = serializers.SerializerMethodField()
    earnedAt = serializers.DateTimeField(source="earned_at")
    userBadgeId = serializers.CharField(source="pk")

    def get_imageUrl(self, award: BadgeAward) -> str | None:
        """Return the image's address, or None."""
        return award.badge.image_url or None


class HeldBadgeListSerializer(LeanSerializer):
    """The badges a member holds."""

    badges = HeldBadgeSerializer(many=True)
    total = serializers.IntegerField()


class BadgeProgressSerializer(LeanSerializer):
    """How far a member is from a badge; `nextMilestone` is null once it is earned."""

    badge = BadgeSerializer()
    isEarned = serializers.BooleanField(source="is_earned")
    currentProgress = serializers.SerializerMethodField()
    requiredProgress = serializers.IntegerField(source="required")
    percentage = serializers.IntegerField()
    nextMilestone = serializers.CharField(source="next_milestone", allow_null=True)

    def get_currentProgress(self, progress: BadgeProgress) -> float:
        """Return what counts so far, at most what is required."""
        return progress.current


class BadgeProgressListSerializer(LeanSerializer):
    """How far a member is from all badges."""

    progress = BadgeProgressSerializer(many=True)
    total = serializers.IntegerField()


class AwardBadgeSerializer(StrictSerializer):
    """Whom to award which badge, and why."""

    userId = StrictCharField(source="user_id")
    badgeType = StrictCharField(source="badge_type", max_length=64)
    reason = StrictCharField(max_length=REASON_LENGTH_MAX)


class RevokeBadgeSerializer(StrictSerializer):
    """Why a badge is taken away."""

    reason = StrictCharField(max_length=REASON_LENGTH_MAX, required=False)


class UserBadgeSerializer(LeanSerializer):
    """A member's badge."""

    id = serializers.CharField()
    userId = serializers.CharField(source="member.public_id")
    badgeId = serializers.CharField(source="badge_id")
    badge = BadgeSerializer()
    earnedAt = serializers.DateTimeField(source="earned_at")
    reason = serializers.CharField()


class RevokedBadgeSerializer(UserBadgeSerializer):
    """A badge that was taken away."""

    reason = serializers.CharField(source="revoke_reason")
    revokedAt = serializers.DateTimeField(source="revoked_at")
