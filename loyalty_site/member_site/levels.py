"""Where a member stands among the levels."""

from collections.abc import Sequence
from dataclasses import dataclass

from points.models import LevelConfig


@dataclass(frozen=True, kw_only=True)
class LevelStep:
    """A level as one member sees it; `points_to_go` is 0 once it is reached."""

    level: LevelConfig
    is_reached: bool
    is_current: bool
    points_to_go: int


@dataclass(frozen=True, kw_only=True)
class LevelStanding:
    """A member's level and the way to the next, in lifetime points.

    `percentage` is of the way from this level to the next, 100 at the top.
    """

    steps: list[LevelStep]
    lifetime_points: int
    level: LevelConfig | None
    next_level: LevelConfig | None
    points_to_go: int
    percentage: int


def measure_levels(levels: Sequence[LevelConfig], *, lifetime_points: int) -> LevelStanding:
    """Return where so many lifetime points stand among the levels, the lowest of which is first."""
    reached = [level for level in levels if level.min_points <= lifetime_points]
    above = [level for level in levels if level.min_points > lifetime_points]
    level = reached[-1] if reached else None
    next_level = above[0] if above else None
    steps = [
        LevelStep(
            level=each,
            is_reached=each.min_points <= lifetime_points,
            is_current=each == level,
            points_to_go=max(each.min_points - lifetime_points, 0),
        )
        for each in levels
    ]
    start = level.min_points if level else 0
    if next_level:
        way = next_level.min_points - start
        percentage = 100 * (lifetime_points - start) // way
    else:
        percentage = 100
    return LevelStanding(
        steps=steps,
        lifetime_points=lifetime_points,
        level=level,
        next_level=next_level,
        points_to_go=next_level.min_points - lifetime_points if next_level else 0,
        percentage=percentage,
    )
