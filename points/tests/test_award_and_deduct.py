"""POST /v2/gamification/points/award and /deduct."""

import pytest

from points.models import PointTransaction
from points.tests.books import account_of, earn, entries_of, make_action

AWARD = "/v2/gamification/points/award"
DEDUCT = "/v2/gamification/points/deduct"


@pytest.fixture
def support(make_staff, sign_in):
    return sign_in(make_staff("sue", "support"))


@pytest.fixture
def actions(db):
    make_action("ATTEND_EVENT", 10, category="Events", description="Attend an event")
    make_action("SPECIAL_EVENT", 1, unit_field="points", category="Achievements")
    make_action("SPAM", -50)
    make_action("RETIRED", 5, is_active=False)


def award(api, **body):
    return api.post(AWARD, {"userId": "mia", "action": "ATTEND_EVENT"} | body)


def deduct(api, **body):
    return api.post(DEDUCT, {"userId": "mia", "points": 20, "reason": "Awarded twice"} | body)


def refused(response):
    return response.status_code, response.json()["code"]


def test_a_special_event_gives_the_points_that_are_sent(support, member, actions):
    response = award(support, action="SPECIAL_EVENT", points=50, description="Outstanding help")

    assert response.status_code == 201
    data = response.json()["data"]
    assert data["totalPoints"] == 50
    row = data["transaction"]
    assert {
        name: row[name]
        for name in ("userId", "action", "points", "amount", "type", "description", "category")
    } == {
        "userId": "mia",
        "action": "SPECIAL_EVENT",
        "points": 50,
        "amount": 50,
        "type": "admin_grant",
        "description": "Outstanding help",
        "category": "Achievements",
    }
    entry = PointTransaction.objects.get()
    assert (row["id"], entry.actor.public_id) == (str(entry.pk), "sue")


@pytest.mark.parametrize("points", [{}, {"points": 10}])
def test_any_other_action_gives_its_own_points(support, member, actions, points):
    response = award(support, **points)

    row = response.json()["data"]["transaction"]
    assert (row["points"], row["description"]) == (10, "Attend an event")


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        ({"points": 11}, "points", "ATTEND_EVENT gives 10 points."),
        ({"action": "SPECIAL_EVENT"}, "points", "SPECIAL_EVENT needs the points."),
        ({"action": "SPECIAL_EVENT", "points": 0}, "points", None),
        ({"action": "SPECIAL_EVENT", "points": "5"}, "points", None),
        ({"action": "NOWHERE"}, "action", "No active action has this code."),
        ({"action": "RETIRED"}, "action", "No active action has this code."),
        ({"action": "SPAM"}, "action", "This action gives no points."),
        ({"description": ""}, "description", None),
        ({"reason": "x"}, "reason", None),
    ],
)
def test_an_award_that_is_not_understood_names_the_field(
    support, member, actions, body, field, sentence
):
    response = award(support, **body)

    assert refused(response) == (400, "validation_failed")
    [detail] = response.json()["details"]
    assert detail["field"] == field
    assert sentence in (None, detail["message"])
    assert not PointTransaction.objects.exists()


def test_a_deduction_takes_points_and_says_what_is_left(support, member):
    earn(member, 100)

    response = deduct(support)

    assert (response.status_code, response.json()["message"]) == (201, "20 points deducted")
    data = response.json()["data"]
    assert data["totalPoints"] == 80
    assert (data["transaction"]["points"], data["transaction"]["type"]) == (-20, "admin_deduct")
    assert data["transaction"]["description"] == "Awarded twice"
    assert account_of(member).lifetime_points == 100


def test_more_than_there_is_conflicts_and_takes_nothing(support, member):
    earn(member, 5)

    response = deduct(support)

    assert refused(response) == (409, "insufficient_points")
    assert response.json()["error"] == "Insufficient points balance"
    assert response.json()["details"] == {"required": 20, "available": 5, "current": 5}
    assert entries_of(member) == [("earn", 5, 5)]


@pytest.mark.parametrize("body", [{"points": 0}, {"points": -5}, {"reason": ""}, {"points": 1.0}])
def test_a_deduction_that_is_not_understood_is_refused(support, member, body):
    assert refused(deduct(support, **body)) == (400, "validation_failed")


@pytest.mark.parametrize("act", [award, deduct])
def test_who_may_not_is_refused_before_anybody_is_looked_up(
    sign_in, make_staff, member, actions, act
):
    for api in (sign_in(member), sign_in(make_staff("ann", "auditor"))):
        assert refused(act(api)) == (403, "permission_denied")
        assert refused(act(api, userId="nobody")) == (403, "permission_denied")
    assert refused(act(sign_in())) == (401, "not_authenticated")


@pytest.mark.parametrize("act", [award, deduct])
def test_nobody_names_themselves_and_nobody_unknown(support, actions, act):
    assert refused(act(support, userId="sue")) == (403, "own_points")
    assert refused(act(support, userId="nobody")) == (404, "member_not_found")


@pytest.mark.parametrize("act", [award, deduct])
def test_an_event_id_makes_each_repeatable_by_itself(support, member, actions, act):
    earn(member, 100)
    first = act(support, eventId="case-1")

    again = act(support, eventId="case-1")

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["data"] == first.json()["data"]
    assert len(entries_of(member)) == 2


def test_the_host_awards_too(member, make_staff, sign_in, actions):
    shop = make_staff("shop", "host")

    assert award(sign_in(shop)).status_code == 201
