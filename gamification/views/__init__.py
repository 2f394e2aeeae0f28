"""Badges, measures and leaderboards over HTTP."""

from .badges import BadgeListView, BadgeView
from .boards import BoardPreferenceView, LeaderboardListView, LeaderboardView
from .stats import MemberStatsView

__all__ = [
    "BadgeListView",
    "BadgeView",
    "BoardPreferenceView",
    "LeaderboardListView",
    "LeaderboardView",
    "MemberStatsView",
]
