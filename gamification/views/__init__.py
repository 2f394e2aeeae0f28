"""Badges, measures and leaderboards over HTTP."""

from .awards import (
    AwardBadgeView,
    BadgeProgressView,
    MemberBadgesView,
    MyBadgesView,
    RevokeBadgeView,
)
from .badges import BadgeListView, BadgeView
from .boards import BoardPreferenceView, LeaderboardListView, LeaderboardView
from .stats import MemberStatsView

__all__ = [
    "AwardBadgeView",
    "BadgeListView",
    "BadgeProgressView",
    "BadgeView",
    "BoardPreferenceView",
    "LeaderboardListView",
    "LeaderboardView",
    "MemberBadgesView",
    "MemberStatsView",
    "MyBadgesView",
    "RevokeBadgeView",
]
