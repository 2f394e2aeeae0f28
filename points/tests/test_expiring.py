"""GET /api/points/expiring: what lapses and when."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from points.tests.books import NOW, earn, spend

PATH = "/api/points/expiring"
# What is earned at NOW and lives for one day lapses at this instant.
END = datetime(2026, 3, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon(db):
    with time_machine.travel(NOW, tick=False):
        yield


def ask(api, **query):
    response = api.get(PATH, query)
    assert response.status_code == 200, response.json()
    return response.json()["data"]


def test_what_lapses_stands_together_by_its_instant_soonest_first(member, sign_in):
    earn(member, 40, days=9)
    earn(member, 10, days=1)
    earn(member, 5, days=1)
    earn(member, 1_000, days=0)

    assert ask(sign_in(member)) == {
        "total": 55,
        "expiring": [
            {"expiresAt": "2026-03-12T00:00:00Z", "points": 15},
            {"expiresAt": "2026-03-20T00:00:00Z", "points": 40},
        ],
        "nextExpiry": {"expiresAt": "2026-03-12T00:00:00Z", "points": 15},
    }


def test_what_is_spent_does_not_lapse(member, sign_in):
    earn(member, 10, days=1)
    earn(member, 20, days=2)
    spend(member, 12)

    assert ask(sign_in(member))["expiring"] == [{"expiresAt": "2026-03-13T00:00:00Z", "points": 18}]


def test_only_the_days_asked_for_count_and_the_next_one_is_named_all_the_same(member, sign_in):
    earn(member, 10, days=60)
    earn(member, 5, days=60)

    assert ask(sign_in(member)) == {
        "total": 0,
        "expiring": [],
        "nextExpiry": {"expiresAt": "2026-05-10T00:00:00Z", "points": 15},
    }
    assert ask(sign_in(member), days=61)["total"] == 15


def test_the_last_instant_of_the_days_counts(member, sign_in):
    earn(member, 10, days=1)

    with time_machine.travel(END - timedelta(days=1), tick=False):
        assert ask(sign_in(member), days=1)["total"] == 10
    with time_machine.travel(END - timedelta(days=1, microseconds=1), tick=False):
        assert ask(sign_in(member), days=1)["total"] == 0


def test_what_is_due_already_lapses_no_more(member, sign_in):
    earn(member, 10, days=1)

    with time_machine.travel(END, tick=False):
        assert ask(sign_in(member)) == {"total": 0, "expiring": [], "nextExpiry": None}


def test_nothing_lapses_for_somebody_without_points(member, sign_in):
    assert ask(sign_in(member)) == {"total": 0, "expiring": [], "nextExpiry": None}


def test_nobody_sees_what_others_lose(member, make_member, sign_in):
    earn(member, 10, days=1)

    assert ask(sign_in(make_member("noa")))["nextExpiry"] is None


@pytest.mark.parametrize("days", [[1], [1, 2, 3]])
def test_one_query_besides_authentication(member, sign_in, days, django_assert_num_queries):
    for number in days:
        earn(member, 10, days=number)
    api = sign_in(member)

    with django_assert_num_queries(2):
        assert len(ask(api)["expiring"]) == len(days)


def test_two_queries_when_nothing_lapses_soon(member, sign_in, django_assert_num_queries):
    earn(member, 10, days=200)
    api = sign_in(member)

    with django_assert_num_queries(3):
        ask(api)


@pytest.mark.parametrize("days", ["1", "3650", "0030"])
def test_days_that_are_accepted(member, sign_in, days):
    ask(sign_in(member), days=days)


@pytest.mark.parametrize(
    "days", ["0", "3651", "-1", "+5", "1.5", "1e2", "ten", "", " 7", "٣", "7\n"]
)
def test_days_that_are_no_number_from_1_to_3650_are_refused(member, sign_in, days):
    response = sign_in(member).get(PATH, {"days": days})

    assert response.status_code == 400
    assert response.json()["code"] == "validation_failed"
    assert [fault["field"] for fault in response.json()["details"]] == ["days"]


def test_a_member_has_to_sign_in(sign_in):
    response = sign_in().get(PATH)

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
