"""GET /v2/gamification/points, /points/user/<id> and /points/history."""

from datetime import timedelta

import pytest
import time_machine

from points.services.grants import grant_points
from points.tests.books import NOW, earn, make_action, spend

MINE = "/v2/gamification/points"
HISTORY = "/v2/gamification/points/history"


def get(api, path=MINE, **query):
    response = api.get(path, query)
    assert response.status_code == 200, response.json()
    return response.json()["data"]


def refused(response):
    return response.status_code, response.json()["code"]


def test_a_new_member_has_nothing(member, sign_in):
    assert get(sign_in(member)) == {
        "userId": "mia",
        "totalPoints": 0,
        "lifetimePoints": 0,
        "pointHistories": [],
    }
    assert get(sign_in(member), HISTORY) == {"history": [], "total": 0, "totalPoints": 0}


def test_points_come_with_the_newest_lines(member, sign_in):
    for n in range(22):
        earn(member, 10, now=NOW + timedelta(minutes=n))
    spend(member, 30, now=NOW + timedelta(hours=1))

    data = get(sign_in(member))

    assert (data["totalPoints"], data["lifetimePoints"]) == (190, 220)
    assert len(data["pointHistories"]) == 20
    newest = data["pointHistories"][0]
    assert (newest["points"], newest["userId"], newest["action"]) == (-30, "mia", "SPEND")
    assert newest["createdAt"] == "2026-03-10T13:00:00Z"
    assert isinstance(newest["id"], str)


def test_points_that_lapsed_are_not_shown_before_the_sweep_either(member, sign_in):
    earn(member, 10, days=1)
    earn(member, 5, days=0)

    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        api = sign_in(member)
        assert get(api)["totalPoints"] == 5
        assert get(api, HISTORY)["totalPoints"] == 5


def test_a_history_has_the_documented_fields(member, sign_in):
    make_action("ATTEND_EVENT", 10)
    earn(member, 10, days=0)

    data = get(sign_in(member), HISTORY)

    assert (data["total"], data["totalPoints"]) == (1, 10)
    [row] = data["history"]
    assert {"id", "points", "action", "description", "createdAt", "userId", "metadata"} <= set(row)
    assert (row["action"], row["points"], row["metadata"]) == ("LASTS_0", 10, {})


def test_a_history_is_narrowed_by_action_and_dates(member, sign_in):
    earn(member, 1, days=0, now=NOW)
    earn(member, 2, days=0, now=NOW + timedelta(days=1))
    earn(member, 4, days=5, now=NOW + timedelta(days=2))
    api = sign_in(member)

    def points(**query):
        return [row["points"] for row in get(api, HISTORY, **query)["history"]]

    assert points() == [4, 2, 1]
    assert points(action="LASTS_0") == [2, 1]
    assert points(startDate="2026-03-11") == [4, 2]
    assert points(endDate="2026-03-11") == [2, 1]
    assert points(startDate="2026-03-11T12:00:00Z", endDate="2026-03-12T12:00:00Z") == [2]
    assert points(page=2, limit=2) == [1]


def test_what_has_no_action_goes_by_its_type_in_a_history(member, make_staff, sign_in):
    earn(member, 40, days=0)
    spend(member, 10, now=NOW + timedelta(days=1))
    sue = make_staff("sue", "support")
    grant_points(user_id="mia", amount=5, actor=sue, reason="Sorry", now=NOW + timedelta(days=2))
    api = sign_in(member)

    def lines(**query):
        return [(row["action"], row["points"]) for row in get(api, HISTORY, **query)["history"]]

    assert lines() == [("ADMIN_GRANT", 5), ("SPEND", -10), ("LASTS_0", 40)]
    assert lines(action="SPEND") == [("SPEND", -10)]
    assert lines(action="EARN") == []
    assert refused(api.get(HISTORY, {"action": "spend"})) == (400, "validation_failed")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"action": "NOWHERE"}, "action"),
        ({"startDate": "soon"}, "startDate"),
        ({"endDate": "2026-02-30"}, "endDate"),
        ({"page": "0"}, "page"),
        ({"limit": "0"}, "limit"),
        ({"sortBy": "amount"}, "sortBy"),
    ],
)
def test_a_query_that_is_not_understood_names_the_field(member, sign_in, query, field):
    response = sign_in(member).get(HISTORY, query)

    assert refused(response) == (400, "validation_failed")
    assert [detail["field"] for detail in response.json()["details"]] == [field]


@pytest.mark.parametrize("group", ["approver", "support", "auditor"])
def test_staff_see_a_members_points(member, make_staff, sign_in, group):
    earn(member, 10)

    data = get(sign_in(make_staff("ann", group)), f"{MINE}/user/mia")

    assert (data["userId"], data["totalPoints"]) == ("mia", 10)
    assert len(data["pointHistories"]) == 1


def test_a_member_sees_themselves_by_id_and_nobody_else(member, make_member, make_staff, sign_in):
    make_member("noa")
    clerk = make_staff("clerk", "in no group")

    assert get(sign_in(member), f"{MINE}/user/mia")["userId"] == "mia"
    for user_id in ("noa", "nobody"):
        for viewer in (member, clerk):
            denied = sign_in(viewer).get(f"{MINE}/user/{user_id}")
            assert refused(denied) == (403, "permission_denied")
    assert refused(sign_in().get(MINE)) == (401, "not_authenticated")


def test_what_staff_noted_is_for_staff(member, make_staff, sign_in):
    sue = make_staff("sue", "support")
    grant_points(
        user_id="mia", amount=5, actor=sue, reason="Sorry", metadata={"ticket": 1}, now=NOW
    )

    [mine] = get(sign_in(member))["pointHistories"]
    [theirs] = get(sign_in(sue), f"{MINE}/user/mia")["pointHistories"]

    assert (mine["description"], mine["metadata"]) == ("Sorry", {})
    assert theirs["metadata"] == {"ticket": 1}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    member, sign_in, django_assert_num_queries, rows
):
    for _ in range(rows):
        earn(member, 10, days=0)
    api = sign_in(member)

    # The token, the points, the lines.
    with django_assert_num_queries(3):
        get(api)
    # The token, the count, the page, the points.
    with django_assert_num_queries(4):
        get(api, HISTORY)
