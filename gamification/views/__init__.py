"""Badges and measures over HTTP."""

from .badges import BadgeListView, BadgeView
from .stats import MemberStatsView

__all__ = ["BadgeListView", "BadgeView", "MemberStatsView"]
