"""The tables of measuring and their words.

metric        a number every member has: how often, how much, how many different, how many in a row.
source        an action (with what its metadata must hold) whose rows a metric reads.
badge         a mark for a metric that has reached a threshold; `awards` says who holds it.
outage day    a day that breaks nobody's streak.
score         what a metric is for a member in a period. Boards, badges and dashboards read these.
seen value    a value that a distinct metric has met, and when first.
streak day    a day or week that counts for a streak, and when it began to.
reading       what a gauge was reported to be.
backlog       rows of the logs that no score knows of yet.
rebuild       a metric whose scores are being folded again from its log.
leaderboard   members ordered by a metric; `boards` says how places in it are found.

Scores, seen values and streak days are derived: the logs can make all of them again, and it does
not matter in which order rows come in. Only the functions in `gamification/sql` write them.
Why metrics have this shape: docs/decisions/0002-metrics.md; how they are folded:
docs/gamification.md.
"""

from .awards import AWARD_RULE, AWARD_SOURCE_TYPE, BadgeAward, BadgeBackfill
from .boards import (
    ALIAS_LENGTH_MAX,
    BoardChange,
    BoardMark,
    BoardPreference,
    Leaderboard,
    NameStamp,
)
from .programme import Badge, Metric, MetricSource, OutageDay
from .projecting import Backlog, MeasuredMember, MetricRebuild
from .scores import ALL_TIME, GaugeReading, MetricScore, SeenValue, StreakDay

__all__ = [
    "ALIAS_LENGTH_MAX",
    "ALL_TIME",
    "AWARD_RULE",
    "AWARD_SOURCE_TYPE",
    "Backlog",
    "Badge",
    "BadgeAward",
    "BadgeBackfill",
    "BoardChange",
    "BoardMark",
    "BoardPreference",
    "GaugeReading",
    "Leaderboard",
    "MeasuredMember",
    "Metric",
    "MetricRebuild",
    "MetricScore",
    "MetricSource",
    "NameStamp",
    "OutageDay",
    "SeenValue",
    "StreakDay",
]
