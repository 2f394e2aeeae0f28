"""Levels and actions."""

from django.db.models import QuerySet

from ..models import LevelConfig, PointAction


def list_levels() -> QuerySet[LevelConfig]:
    """Return every level, the lowest first."""
    return LevelConfig.objects.order_by("tier")


def list_actions() -> QuerySet[PointAction]:
    """Return every action, by category and then as they were added."""
    return PointAction.objects.order_by("category", "id")
