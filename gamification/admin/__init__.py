"""The programme's measuring, its badges and its leaderboards on the console."""

from .awards import BadgeAwardAdmin
from .badges import BadgeAdmin
from .boards import BoardPreferenceAdmin, LeaderboardAdmin
from .metrics import MetricAdmin, OutageDayAdmin
from .publishings import BadgeBackfillAdmin

__all__ = [
    "BadgeAdmin",
    "BadgeAwardAdmin",
    "BadgeBackfillAdmin",
    "BoardPreferenceAdmin",
    "LeaderboardAdmin",
    "MetricAdmin",
    "OutageDayAdmin",
]
