"""The shapes of the platform's figures."""

from rest_framework import serializers

from points.serializers import LeanSerializer


class NamedMemberSerializer(LeanSerializer):
    """A member."""

    id = serializers.CharField(source="public_id")
    displayName = serializers.CharField(source="name")


class TopEarnerSerializer(LeanSerializer):
    """Who has earned most, and what they hold now."""

    user = NamedMemberSerializer(source="person")
    balance = serializers.IntegerField()


class PointFiguresSerializer(LeanSerializer):
    """Points of all members."""

    totalAwarded = serializers.IntegerField(
        source="points_awarded", help_text="What members have earned for ever."
    )
    totalSpent = serializers.IntegerField(
        source="points_spent", help_text="Redeemed and not returned."
    )
    averageBalance = serializers.FloatField(
        source="average_balance", help_text="Over open accounts, to two decimals."
    )
    topEarner = TopEarnerSerializer(source="points_leader", allow_null=True)


class FavouriteBadgeSerializer(LeanSerializer):
    """A badge by its type."""

    type = serializers.CharField(source="id")
    name = serializers.CharField()


class MostEarnedSerializer(LeanSerializer):
    """The badge that most members hold."""

    badge = FavouriteBadgeSerializer(source="*")
    count = serializers.IntegerField()


class BadgeFiguresSerializer(LeanSerializer):
    """Badges held, and by how many members."""

    totalAwarded = serializers.IntegerField(source="badges_held", help_text="Without the revoked.")
    uniqueUsers = serializers.IntegerField(source="badge_holders")
    mostEarned = MostEarnedSerializer(source="favourite_badge", allow_null=True)


class FavouriteRewardSerializer(LeanSerializer):
    """A reward by its id."""

    id = serializers.CharField()
    title = serializers.CharField(source="name")


class PopularRewardSerializer(LeanSerializer):
    """The reward that is redeemed most."""

    reward = FavouriteRewardSerializer(source="*")
    redemptionCount = serializers.IntegerField(source="count")


class RewardFiguresSerializer(LeanSerializer):
    """Redemptions from the catalogue."""

    totalRedeemed = serializers.IntegerField(
        source="redeemed", help_text="Without the rejected and cancelled."
    )
    totalPending = serializers.IntegerField(source="pending")
    popularReward = PopularRewardSerializer(source="favourite_reward", allow_null=True)


class TopPointsSerializer(LeanSerializer):
    """Who leads the board of points earned."""

    user = NamedMemberSerializer(source="person")
    points = serializers.IntegerField(source="value")


class TopTrustSerializer(LeanSerializer):
    """Who leads the board of trust."""

    user = NamedMemberSerializer(source="person")
    trustScore = serializers.FloatField(source="value")


class LeaderFiguresSerializer(LeanSerializer):
    """Who is first; null on a board without anybody."""

    topPointsUser = TopPointsSerializer(source="points_leader", allow_null=True)
    topTrustUser = TopTrustSerializer(source="trust_leader", allow_null=True)


class PlatformStatsSerializer(LeanSerializer):
    """The figures of the platform, as they were at `asOf`."""

    points = PointFiguresSerializer(source="*")
    badges = BadgeFiguresSerializer(source="*")
    rewards = RewardFiguresSerializer(source="*")
    leaderboards = LeaderFiguresSerializer(source="*")
    asOf = serializers.DateTimeField(source="as_of", help_text="Up to a minute ago.")
