"""Where lifetime points stand among the levels."""

import pytest

from points.models import LevelConfig, PointAccount
from points.selectors import measure_levels

BRONZE, SILVER, GOLD = (
    LevelConfig(pk=tier, name=name, tier=tier, min_points=least)
    for tier, (name, least) in enumerate((("bronze", 0), ("silver", 500), ("gold", 2_000)))
)
LEVELS = [BRONZE, SILVER, GOLD]


@pytest.mark.parametrize(
    ("points", "held", "expected"),
    [
        (0, None, ("bronze", "silver", 500, 0)),
        (499, BRONZE, ("bronze", "silver", 1, 99)),
        (500, SILVER, ("silver", "gold", 1_500, 0)),
        (2_000, GOLD, ("gold", None, 0, 100)),
        # Reached when it took less: it stays, and the way is none yet.
        (300, SILVER, ("silver", "gold", 1_700, 0)),
        # The threshold fell: the next posting reaches silver, so that gold is what to work for.
        (700, BRONZE, ("bronze", "gold", 1_300, 35)),
    ],
)
def test_the_way_leads_from_the_held_level_to_the_next_above_the_points(points, held, expected):
    standing = measure_levels(LEVELS, account=PointAccount(lifetime_points=points, level=held))

    named = [level.name if level else None for level in (standing.level, standing.next_level)]
    assert (*named, standing.points_to_go, standing.percentage) == expected


def test_a_level_that_was_reached_stays_reached():
    steps = measure_levels(LEVELS, account=PointAccount(lifetime_points=300, level=SILVER)).steps

    assert [(step.is_reached, step.is_current) for step in steps] == [
        (True, False),
        (True, True),
        (False, False),
    ]


def test_without_an_account_all_of_the_way_is_ahead():
    standing = measure_levels(LEVELS, account=None)

    assert (standing.level, standing.points_to_go) == (BRONZE, 500)


def test_without_levels_there_is_no_way():
    standing = measure_levels([], account=PointAccount(lifetime_points=10))

    assert (standing.level, standing.next_level, standing.percentage) == (None, None, 100)
