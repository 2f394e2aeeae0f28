"""Reading what was measured, the badges on it and the boards of it."""

from .badges import get_badge, list_badges
from .boards import (
    OwnPlace,
    Period,
    Place,
    find_own_place,
    find_preference,
    get_leaderboard,
    get_period,
    list_leaderboards,
    list_neighbours,
    list_places,
    map_ranks,
)
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
    "OwnPlace",
    "Period",
    "Place",
    "find_current_streaks",
    "find_own_place",
    "find_preference",
    "get_badge",
    "get_leaderboard",
    "get_period",
    "list_badges",
    "list_leaderboards",
    "list_leaders",
    "list_neighbours",
    "list_places",
    "map_gauges",
    "map_ranks",
    "map_scores",
]
