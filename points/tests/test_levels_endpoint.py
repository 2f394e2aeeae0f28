"""GET /api/points/levels."""

import pytest

from points.models import LevelConfig
from points.tests.books import make_levels

PATH = "/api/points/levels"


def test_levels_are_for_those_who_signed_in(sign_in, db):
    response = sign_in().get(PATH)

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_a_fresh_installation_has_the_four_levels(programme, sign_in, member):
    response = sign_in(member).get(PATH)

    assert response.status_code == 200
    levels = response.json()["data"]["levels"]
    assert [(level["name"], level["tier"], level["minPoints"]) for level in levels] == [
        ("bronze", 1, 0),
        ("silver", 2, 1_000),
        ("gold", 3, 2_500),
        ("platinum", 4, 5_000),
    ]
    assert all(level["perks"] for level in levels)


def test_a_level_looks_as_documented_and_the_lowest_comes_first(sign_in, member):
    LevelConfig.objects.create(name="tall", tier=2, min_points=50, perks=["A seat", "A song"])
    LevelConfig.objects.create(name="small", tier=1, min_points=0)

    data = sign_in(member).get(PATH).json()["data"]

    assert data == {
        "levels": [
            {"name": "small", "tier": 1, "minPoints": 0, "perks": []},
            {"name": "tall", "tier": 2, "minPoints": 50, "perks": ["A seat", "A song"]},
        ],
        "total": 2,
    }


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    sign_in, member, count, django_assert_num_queries
):
    make_levels(**{f"level{n}": n for n in range(count)})
    client = sign_in(member)

    with django_assert_num_queries(2):
        assert client.get(PATH).json()["data"]["total"] == count
