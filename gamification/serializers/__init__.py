"""The shapes of badges, measures and leaderboards."""

from .awards import (
    AwardBadgeSerializer,
    BadgeProgressListSerializer,
    BadgeProgressSerializer,
    HeldBadgeListSerializer,
    HeldBadgeSerializer,
    RevokeBadgeSerializer,
    RevokedBadgeSerializer,
    UserBadgeSerializer,
)
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
    "AwardBadgeSerializer",
    "BadgeListSerializer",
    "BadgeProgressListSerializer",
    "BadgeProgressSerializer",
    "BadgeSerializer",
    "BoardPreferenceSerializer",
    "BoardQuerySerializer",
    "HeldBadgeListSerializer",
    "HeldBadgeSerializer",
    "LeaderboardListSerializer",
    "LeaderboardPageSerializer",
    "LeaderboardSerializer",
    "MemberStatsSerializer",
    "PlaceSerializer",
    "ReportStatsSerializer",
    "RevokeBadgeSerializer",
    "RevokedBadgeSerializer",
    "SetBoardPreferenceSerializer",
    "UserBadgeSerializer",
]
