"""The shapes of codes and of the member's summary."""

from typing import Any

from rest_framework import serializers

from points.serializers import (
    LeanSerializer,
    LevelSerializer,
    StrictBooleanField,
    StrictSerializer,
)

from ..selectors import PointsSummary


class NextLevelSerializer(LeanSerializer):
    """The level above the caller's; `pointsToGo` are the lifetime points that are missing."""

    name = serializers.CharField()
    tier = serializers.IntegerField()
    minPoints = serializers.IntegerField()
    pointsToGo = serializers.IntegerField()


class PointsSummarySerializer(LeanSerializer):
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


class GenerateCodeSerializer(StrictSerializer):
    """Whether to replace a code that is there."""

    force = StrictBooleanField(default=False)


class GeneratedCodeSerializer(LeanSerializer):
    """The caller's code and the short link to hand on."""

    referralCode = serializers.CharField()
    link = serializers.URLField()


class ReferralLinkSerializer(LeanSerializer):
    """The caller's code and the link to the front end's login page that carries it."""

    code = serializers.CharField()
    link = serializers.URLField()
