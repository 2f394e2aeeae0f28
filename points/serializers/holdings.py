"""What a member has."""

from rest_framework import serializers

from .bases import LeanSerializer
from .transactions import HistoryLineSerializer


class HoldingsSerializer(LeanSerializer):
    """What a member can spend, and has earned in a lifetime."""

    userId = serializers.CharField()
    points = serializers.IntegerField(source="holdings.points")
    lifetimePoints = serializers.IntegerField(source="holdings.lifetime_points")


class PointsOverviewSerializer(LeanSerializer):
    """What a member has, and the newest lines of the history."""

    userId = serializers.CharField()
    totalPoints = serializers.IntegerField(source="holdings.points")
    lifetimePoints = serializers.IntegerField(source="holdings.lifetime_points")
    pointHistories = HistoryLineSerializer(many=True, source="transactions")


class HistoryPageSerializer(LeanSerializer):
    """A page of a member's history, and what the member can spend."""

    history = HistoryLineSerializer(many=True)
    total = serializers.IntegerField()
    totalPoints = serializers.IntegerField()
