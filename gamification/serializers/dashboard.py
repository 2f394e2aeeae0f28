"""The shapes of dashboards."""

from rest_framework import serializers

from points.serializers import LeanSerializer
from points.serializers.transactions import HistoryLineSerializer
from rewards.serializers.redemptions import RedemptionSerializer

from .awards import BadgeProgressSerializer, HeldBadgeSerializer

RANK_HELP = "1 + the number of members with more; null without a score."


class DashboardPointsSerializer(LeanSerializer):
    """What the member can spend, the rank by points earned, and what was earned last."""

    total = serializers.IntegerField(source="points")
    rank = serializers.IntegerField(source="ranks.points", allow_null=True, help_text=RANK_HELP)
    recentEarnings = HistoryLineSerializer(source="earnings", many=True)


class DashboardBadgesSerializer(LeanSerializer):
    """How many badges the member holds, those earned last, and the nearest of the others."""

    total = serializers.IntegerField(source="badge_count")
    earned = HeldBadgeSerializer(source="earned_badges", many=True)
    progress = BadgeProgressSerializer(source="next_badges", many=True)


class DashboardRewardsSerializer(LeanSerializer):
    """What is on offer, how much of it the member could redeem now, and the last redemptions."""

    availableCount = serializers.IntegerField(source="available_count")
    canAffordCount = serializers.IntegerField(source="affordable_count")
    recentRedemptions = RedemptionSerializer(source="redemptions", many=True)


class DashboardRanksSerializer(LeanSerializer):
    """The member's ranks of all time."""

    pointsRank = serializers.IntegerField(
        source="ranks.points", allow_null=True, help_text=RANK_HELP
    )
    trustScoreRank = serializers.IntegerField(
        source="ranks.trust", allow_null=True, help_text=RANK_HELP
    )
    badgesRank = serializers.IntegerField(
        source="ranks.badges", allow_null=True, help_text=RANK_HELP
    )


class DashboardStatsSerializer(LeanSerializer):
    """The member's measures of all time; 0 where there is nothing yet."""

    eventsAttended = serializers.IntegerField(source="stats.events_attended")
    connectionsCount = serializers.IntegerField(source="stats.connections_made")
    trustScore = serializers.FloatField(source="stats.trust_score")
    profileCompletion = serializers.IntegerField(source="stats.profile_completion")


class DashboardSerializer(LeanSerializer):
    """Where a member stands."""

    points = DashboardPointsSerializer(source="*")
    badges = DashboardBadgesSerializer(source="*")
    rewards = DashboardRewardsSerializer(source="*")
    leaderboard = DashboardRanksSerializer(source="*")
    stats = DashboardStatsSerializer(source="*")
