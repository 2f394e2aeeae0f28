"""The shapes of codes, referrals and the member's summary."""

from typing import Any

from rest_framework import serializers

from points.serializers import LevelSerializer, StrictBooleanField, StrictSerializer

from .enums import ReferralStatus
from .models import Referral
from .selectors import PointsSummary


class NextLevelSerializer(serializers.Serializer):
    """The level above the caller's; `pointsToGo` are the lifetime points that are missing."""

    name = serializers.CharField()
    tier = serializers.IntegerField()
    minPoints = serializers.IntegerField()
    pointsToGo = serializers.IntegerField()


class PointsSummarySerializer(serializers.Serializer):
    """Points, level and code of the caller; `balance` is what can be spent now."""

    balance = serializers.IntegerField()
    lifetimePoints = serializers.IntegerField(source="lifetime_points")
    level = LevelSerializer(allow_null=True)
    nextLevel = serializers.SerializerMethodField()
    referralCode = serializers.CharField(source="referral_code")
    referralsCount = serializers.IntegerField(source="referrals_count")

    def get_nextLevel(self, summary: PointsSummary) -> dict[str, Any] | None:
        """Return the next level, None at the top."""
        level = summary.next_level
        if level is None:
            return None
        return {
            "name": level.name,
            "tier": level.tier,
            "minPoints": level.min_points,
            "pointsToGo": summary.points_to_go,
        }


class ReferralSerializer(serializers.ModelSerializer):
    """A member the caller brought, by first name and initial only."""

    userId = serializers.CharField(source="referred.public_id")
    name = serializers.SerializerMethodField()
    joinedAt = serializers.DateTimeField(source="referred.joined_at")
    pointsEarned = serializers.IntegerField(source="points_earned")
    status = serializers.ChoiceField(choices=ReferralStatus.choices)

    class Meta:
        model = Referral
        fields = ["userId", "name", "joinedAt", "pointsEarned", "status"]

    def get_name(self, referral: Referral) -> str:
        """Return `Mia L.` for Mia Lopez."""
        return shorten_name(referral.referred.display_name if referral.referred else "")


class GenerateCodeSerializer(StrictSerializer):
    """Whether to replace a code that is there."""

    force = StrictBooleanField(default=False)


class GeneratedCodeSerializer(serializers.Serializer):
    """The caller's code and the short link to hand on."""

    referralCode = serializers.CharField()
    link = serializers.URLField()


def shorten_name(name: str) -> str:
    """Return the first name and the initial of the last: `Mia L.`; a single name as it is."""
    words = name.split()
    return f"{words[0]} {words[-1][0]}." if len(words) > 1 else name
