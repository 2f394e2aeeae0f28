"""Where a member stands among the levels."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..models import LevelConfig, PointAccount


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

    `percentage` is of the way from this level to the next, 0 to 100; 100 at the top.
    """

    steps: list[LevelStep]
    lifetime_points: int
    level: LevelConfig | None
    next_level: LevelConfig | None
    points_to_go: int
    percentage: int


def measure_levels(levels: Sequence[LevelConfig], *, account: PointAccount | None) -> LevelStanding:
    """Return where a member stands among the levels, the lowest of which is first.

    A level that was reached stays the account's whatever becomes of its threshold; without one, the
    lifetime points say which it is. A member without an account has none.
    """
    lifetime_points = account.lifetime_points if account else 0
    held = account.level if account else None
    reached = [level for level in levels if level.min_points <= lifetime_points]
    level = held or (reached[-1] if reached else None)
    tier = level.tier if level else -1
    above = [each for each in levels if each.tier > tier and each.min_points > lifetime_points]
    next_level = above[0] if above else None
    start = level.min_points if level else 0
    percentage = 100
    if next_level:
        gone, way = lifetime_points - start, next_level.min_points - start
        percentage = max(100 * gone // way, 0)
    return LevelStanding(
        steps=[
            LevelStep(
                level=each,
                is_reached=each.tier <= tier or each.min_points <= lifetime_points,
                is_current=each == level,
                points_to_go=max(each.min_points - lifetime_points, 0),
            )
            for each in levels
        ],
        lifetime_points=lifetime_points,
        level=level,
        next_level=next_level,
        points_to_go=next_level.min_points - lifetime_points if next_level else 0,
        percentage=percentage,
    )
