"""Levels and actions."""

from django.db.models import QuerySet

from ..models import LevelConfig, PointAction


def list_levels() -> QuerySet[LevelConfig]:
    """Return every level, the lowest first."""
    return LevelConfig.objects.order_by("tier")


def find_active_action(code: str) -> PointAction | None:
    """Return the action with this code, None when there is none or it earns no more."""
    return PointAction.objects.filter(code=code, is_active=True).first()


def list_actions() -> QuerySet[PointAction]:
    """Return every action, by category and then as they were added."""
    return PointAction.objects.order_by("category", "id")
