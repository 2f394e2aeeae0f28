"""The shapes of badges, measures and leaderboards."""

from .badges import BadgeListSerializer, BadgeSerializer
from .boards import (
    BoardPreferenceSerializer,
    BoardQuerySerializer,
    LeaderboardListSerializer,
    LeaderboardPageSerializer,
    LeaderboardSerializer,
    PlaceSerializer,
    SetBoardPreferenceSerializer,
)
from .stats import MemberStatsSerializer, ReportStatsSerializer

__all__ = [
    "BadgeListSerializer",
    "BadgeSerializer",
    "BoardPreferenceSerializer",
    "BoardQuerySerializer",
    "LeaderboardListSerializer",
    "LeaderboardPageSerializer",
    "LeaderboardSerializer",
    "MemberStatsSerializer",
    "PlaceSerializer",
    "ReportStatsSerializer",
    "SetBoardPreferenceSerializer",
]
