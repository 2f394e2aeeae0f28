"""The shapes of badges and measures."""

from .badges import BadgeListSerializer, BadgeSerializer
from .stats import MemberStatsSerializer, ReportStatsSerializer

__all__ = [
    "BadgeListSerializer",
    "BadgeSerializer",
    "MemberStatsSerializer",
    "ReportStatsSerializer",
]
