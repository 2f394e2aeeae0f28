"""Reading what was measured, and the badges on it."""

from .badges import get_badge, list_badges
from .measures import (
    GAUGES,
    PROFILE_COMPLETION,
    TRUST_SCORE,
    find_current_streaks,
    list_leaders,
    map_gauges,
    map_scores,
)

__all__ = [
    "GAUGES",
    "PROFILE_COMPLETION",
    "TRUST_SCORE",
    "find_current_streaks",
    "get_badge",
    "list_badges",
    "list_leaders",
    "map_gauges",
    "map_scores",
]
