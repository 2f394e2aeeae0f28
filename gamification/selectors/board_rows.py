"""Boards as lists of rows, and what those who look may call who stands there."""

from typing import Any

from ..models import Metric
from .boards import Period, Place, list_places

# What others are called who are not named.
HIDDEN_NAME = "Hidden member"
FORMER_NAME = "Former member"


class BoardRows:
    """A board as what pages are cut from: it counts and slices without ever being read whole."""

    def __init__(self, *, metric: Metric, period: Period, viewer_id: int, total: int) -> None:
        self.facts: Any = {"metric": metric, "period": period, "viewer_id": viewer_id}
        self.total = total

    def count(self) -> int:
        """Return how many rows there are."""
        return self.total

    def __getitem__(self, rows: slice) -> list[Place]:
        return list_places(**self.facts, offset=rows.start, limit=rows.stop - rows.start)


def show_name(place: Place, *, sees_names: bool = False) -> str:
    """Return what the viewer may call who stands at a place; staff may see everybody's name."""
    if place.is_viewer or sees_names:
        return place.name or FORMER_NAME
    if not place.is_active:
        return FORMER_NAME
    return HIDDEN_NAME if place.is_hidden else place.alias or place.name
