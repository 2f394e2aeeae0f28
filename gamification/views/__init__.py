"""Dashboards, badges, measures and leaderboards over HTTP."""

from .awards import (
    AwardBadgeView,
    BadgeProgressView,
    MemberBadgesView,
    MyBadgesView,
    RevokeBadgeView,
)
from .badges import BadgeListView, BadgeView
from .boards import BoardPreferenceView, LeaderboardListView, LeaderboardView
from .dashboard import DashboardView, MemberDashboardView, PlatformStatsView
from .stats import MemberStatsView

__all__ = [
    "AwardBadgeView",
    "BadgeListView",
    "BadgeProgressView",
    "BadgeView",
    "BoardPreferenceView",
    "DashboardView",
    "LeaderboardListView",
    "LeaderboardView",
    "MemberBadgesView",
    "MemberDashboardView",
    "MemberStatsView",
    "MyBadgesView",
    "PlatformStatsView",
    "RevokeBadgeView",
]
