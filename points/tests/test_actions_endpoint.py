"""GET /v2/gamification/points/actions."""

import pytest

from points.models import PointAction
from points.tests.books import make_action

PATH = "/v2/gamification/points/actions"


def test_actions_are_for_those_who_signed_in(sign_in, db):
    response = sign_in().get(PATH)

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_a_fresh_installation_has_the_43_actions(programme, sign_in, member):
    response = sign_in(member).get(PATH)

    assert response.status_code == 200
    data = response.json()["data"]
    assert data["total"] == len(data["actions"]) == 43
    points = {action["action"]: action["points"] for action in data["actions"]}
    assert points["ATTEND_EVENT"] == 10
    assert points["COMPLETE_PROFILE_FULL"] == 100
    assert points["EARN_BADGE"] == 25
    assert points["REFERRAL_CONVERSION"] == 5
    assert points["SPAM_DETECTED"] == -50


def test_the_actions_that_earn_by_a_number_name_it(programme, sign_in, member):
    actions = sign_in(member).get(PATH).json()["data"]["actions"]

    units = {action["action"]: action["perUnitOf"] for action in actions if action["perUnitOf"]}
    assert units == {"PURCHASE": "amount", "SPECIAL_EVENT": "points"}


def test_an_action_looks_as_documented(sign_in, member):
    make_action("WAVE", 10, category="Social", description="Wave at somebody")

    data = sign_in(member).get(PATH).json()["data"]

    assert data == {
        "actions": [
            {
                "action": "WAVE",
                "points": 10,
                "description": "Wave at somebody",
                "category": "Social",
                "perUnitOf": None,
                "isActive": True,
            }
        ],
        "total": 1,
    }


def test_actions_stand_by_category_and_then_as_they_were_added(sign_in, member):
    for code, category in [("WAVE", "Social"), ("JOIN", "Events"), ("NOD", "Social")]:
        make_action(code, 1, category=category)

    actions = sign_in(member).get(PATH).json()["data"]["actions"]

    assert [action["action"] for action in actions] == ["JOIN", "WAVE", "NOD"]


def test_what_staff_change_shows_at_once(programme, sign_in, member):
    PointAction.objects.filter(code="ATTEND_EVENT").update(points=99, is_active=False)

    actions = sign_in(member).get(PATH).json()["data"]["actions"]

    [changed] = [action for action in actions if action["action"] == "ATTEND_EVENT"]
    assert (changed["points"], changed["isActive"]) == (99, False)


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    sign_in, member, count, django_assert_num_queries
):
    for n in range(count):
        make_action(f"ACTION_{n}", 1)
    client = sign_in(member)

    with django_assert_num_queries(2):
        assert client.get(PATH).json()["data"]["total"] == count
