"""Levels and actions."""

from rest_framework import serializers

from ..models import PointAction
from .bases import LeanModelSerializer, LeanSerializer


class LevelSerializer(LeanSerializer):
    """A level and what it takes."""

    name = serializers.CharField()
    tier = serializers.IntegerField()
    minPoints = serializers.IntegerField(source="min_points")
    perks = serializers.ListField(child=serializers.CharField())


class ActionSerializer(LeanModelSerializer):
    """An action and what it earns; `perUnitOf` names the number it earns by, null when flat."""

    action = serializers.CharField(source="code")
    perUnitOf = serializers.SerializerMethodField()
    isActive = serializers.BooleanField(source="is_active")

    class Meta:
        model = PointAction
        fields = ["action", "points", "description", "category", "perUnitOf", "isActive"]

    def get_perUnitOf(self, action: PointAction) -> str | None:
        """Return the metadata key, or None."""
        return action.unit_field or None


class LevelListSerializer(LeanSerializer):
    """All levels."""

    levels = LevelSerializer(many=True)
    total = serializers.IntegerField()


class ActionListSerializer(LeanSerializer):
    """All actions."""

    actions = ActionSerializer(many=True)
    total = serializers.IntegerField()
