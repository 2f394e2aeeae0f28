"""The shapes of the measures that hosts compute and report."""

from typing import Any

from rest_framework import serializers

from points.serializers import LeanSerializer
from points.serializers.fields import StrictNumberField, StrictSerializer

GAUGE_MAX = 100


class ReportStatsSerializer(StrictSerializer):
    """What the host computed; at least one of them, each from 0 to 100.

    A trust score has two decimals, the completion of a profile is a whole percentage.
    """

    trustScore = StrictNumberField(
        source="trust_score", required=False, min_value=0, max_value=GAUGE_MAX
    )
    profileCompletion = StrictNumberField(
        source="profile_completion", required=False, min_value=0, max_value=GAUGE_MAX
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require one of them."""
        if not attrs:
            raise serializers.ValidationError("Send trustScore, profileCompletion or both.")
        return attrs


class MemberStatsSerializer(LeanSerializer):
    """A member's reported measures; null where none was ever reported."""

    userId = serializers.CharField()
    trustScore = serializers.FloatField(allow_null=True)
    profileCompletion = serializers.IntegerField(allow_null=True)
