"""GET /analytics/rewards-distribution: how points are distributed."""

from datetime import timedelta

import pytest
import time_machine

from points.services.postings import award_points
from points.tests.books import NOW, account_of, earn, make_cause, make_levels, spend

PATH = "/analytics/rewards-distribution"


@pytest.fixture
def ask(make_staff, sign_in):
    """Return a function that asks as an auditor on the 20th of March 2026."""
    ann = make_staff("ann", "auditor")

    def ask(**query):
        with time_machine.travel("2026-03-20T12:00:00Z", tick=False):
            return sign_in(ann).get(PATH, query)

    return ask


def award(member, amount, category, now=NOW):
    cause = make_cause(category=category, at=now)
    award_points(account_id=account_of(member).pk, amount=amount, cause=cause, now=now)


def test_an_empty_programme_has_an_empty_distribution(ask):
    data = ask().json()["data"]

    days = data.pop("byDay")
    assert data == {
        "from": "2026-02-19T00:00:00Z",
        "to": "2026-03-21T00:00:00Z",
        "earliest": None,
        "latest": None,
        "totals": {"transactions": 0, "pointsIn": 0, "pointsOut": 0},
        "byCategory": [],
        "byType": [],
        "byLevel": [{"level": None, "tier": None, "members": 1, "points": 0, "lifetimePoints": 0}],
    }
    assert [day["date"] for day in (days[0], days[-1])] == ["2026-02-19", "2026-03-20"]
    assert len(days) == 30


def test_points_are_added_up_by_category_type_level_and_day(ask, member, make_member):
    make_levels(bronze=0, silver=100, gold=500)
    noa = make_member("noa")
    award(member, 90, "shopping")
    award(member, 10, "shopping", now=NOW + timedelta(hours=1))
    award(noa, 30, "travel", now=NOW + timedelta(days=1))
    spend(member, 40, now=NOW + timedelta(days=1))

    data = ask(startDate="2026-03-09", endDate="2026-03-11").json()["data"]

    assert (data["earliest"], data["latest"]) == ("2026-03-10T12:00:00Z", "2026-03-11T12:00:00Z")
    assert data["totals"] == {"transactions": 4, "pointsIn": 130, "pointsOut": 40}
    assert data["byCategory"] == [
        {"category": "shopping", "transactions": 2, "pointsIn": 100, "pointsOut": 0},
        {"category": "travel", "transactions": 1, "pointsIn": 30, "pointsOut": 0},
        {"category": None, "transactions": 1, "pointsIn": 0, "pointsOut": 40},
    ]
    assert data["byType"] == [
        {"type": "earn", "transactions": 3, "pointsIn": 130, "pointsOut": 0},
        {"type": "spend", "transactions": 1, "pointsIn": 0, "pointsOut": 40},
    ]
    assert data["byDay"] == [
        {"date": "2026-03-09", "transactions": 0, "pointsIn": 0, "pointsOut": 0},
        {"date": "2026-03-10", "transactions": 2, "pointsIn": 100, "pointsOut": 0},
        {"date": "2026-03-11", "transactions": 2, "pointsIn": 30, "pointsOut": 40},
    ]
    members = {
        row["level"]: (row["tier"], row["members"], row["points"]) for row in data["byLevel"]
    }
    assert members["silver"] == (2, 1, 60)
    assert members["gold"] == (3, 0, 0)
    assert sum(row["members"] for row in data["byLevel"]) == 3


def test_a_day_is_the_programmes(ask, member, settings):
    settings.LOYALTY_TIME_ZONE = "Asia/Singapore"
    award(member, 1, "", now=NOW.replace(hour=15, minute=59))
    award(member, 2, "", now=NOW.replace(hour=16, minute=0))

    days = ask(startDate="2026-03-10", endDate="2026-03-11").json()["data"]["byDay"]

    assert [day["pointsIn"] for day in days] == [1, 2]


def test_what_lies_outside_is_left_out(ask, member):
    award(member, 1, "")

    for query in (
        {"startDate": "2026-03-11"},
        {"startDate": "2026-03-09", "endDate": "2026-03-09"},
    ):
        assert ask(**query).json()["data"]["totals"]["transactions"] == 0
    until_then = {"startDate": "2026-03-10", "endDate": "2026-03-10T12:00:00Z"}
    assert ask(**until_then).json()["data"]["totals"]["transactions"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"startDate": "soon"}, "startDate"),
        ({"endDate": "2026-02-30"}, "endDate"),
        ({"startDate": "2026-03-12", "endDate": "2026-03-11"}, "startDate"),
        ({"startDate": "2025-03-01", "endDate": "2026-03-11"}, "startDate"),
    ],
)
def test_a_stretch_that_is_not_understood_is_named(ask, query, field):
    response = ask(**query)

    assert response.status_code == 400
    assert [detail["field"] for detail in response.json()["details"]] == [field]


def test_a_year_is_allowed(ask):
    assert ask(startDate="2025-03-11", endDate="2026-03-11").status_code == 200


def test_the_csv_has_a_line_for_each_day_type_and_category(ask, member):
    award(member, 90, "shopping")
    award(member, 10, "=shopping")
    spend(member, 40)

    response = ask(format="csv")

    assert response["Content-Type"].startswith("text/csv")
    assert response.content.decode().splitlines() == [
        "date,type,category,transactions,points",
        "2026-03-10,earn,'=shopping,1,10",
        "2026-03-10,earn,shopping,1,90",
        "2026-03-10,spend,,1,-40",
    ]


def test_it_is_for_staff(member, sign_in, make_staff):
    for person, status in ((member, 403), (make_staff("shop", "host"), 403), (None, 401)):
        assert sign_in(person).get(PATH).status_code == status


@pytest.mark.parametrize("rows", [1, 3])
def test_it_takes_three_queries_however_much_there_is(
    member, make_staff, sign_in, django_assert_num_queries, rows
):
    for n in range(rows):
        earn(member, 10, days=n)
    api = sign_in(make_staff("ann", "auditor"))

    # The token, the permissions of the person and the groups; cells, accounts, levels.
    with django_assert_num_queries(6):
        assert api.get(PATH).status_code == 200
