"""POST /rewards/add-points/<userId>: points for something bought."""

import pytest

from points.models import PointTransaction
from points.tests.books import account_of, entries_of

PATH = "/rewards/add-points/mia"


@pytest.fixture
def host(make_staff, sign_in):
    return sign_in(make_staff("shop", "host"))


def add(api, path=PATH, **body):
    return api.post(path, {"points": 500, "category": "shopping", "amount": 100} | body)


def refused(response):
    return response.status_code, response.json()["code"]


def test_points_are_earned_in_a_category_for_an_amount(host, member):
    response = add(host)

    data = response.json()["data"]
    assert response.status_code == 201
    assert (data["points"], data["lifetimePoints"]) == (500, 500)
    row = data["transaction"]
    assert (row["type"], row["points"], row["category"]) == ("earn", 500, "shopping")
    assert row["metadata"] == {"amount": 100}
    entry = PointTransaction.objects.get()
    assert (entry.actor.public_id, row["userId"], row["id"]) == ("shop", "mia", str(entry.pk))


def test_support_may_add_points_within_the_daily_limit(make_staff, sign_in, member, settings):
    settings.LOYALTY_POINTS_GRANTED_PER_DAY_MAX = 600
    support = sign_in(make_staff("sue", "support"))

    assert add(support).status_code == 201
    assert refused(add(support)) == (409, "grant_limit_reached")


@pytest.mark.parametrize("missing", ["points", "category", "amount"])
def test_a_missing_field_is_named(host, member, missing):
    body = {"points": 500, "category": "shopping", "amount": 100}
    del body[missing]

    response = host.post(PATH, body)

    assert refused(response) == (400, "validation_failed")
    assert response.json()["details"] == [{"field": missing, "message": "This field is required."}]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"points": 0}, "points"),
        ({"points": -5}, "points"),
        ({"points": "500"}, "points"),
        ({"category": ""}, "category"),
        ({"category": "x" * 65}, "category"),
        ({"amount": -1}, "amount"),
        ({"amount": "100"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amont": 1}, "amont"),
    ],
)
def test_what_is_not_understood_is_named(host, member, body, field):
    response = add(host, **body)

    assert refused(response) == (400, "validation_failed")
    assert [detail["field"] for detail in response.json()["details"]] == [field]
    assert account_of(member).balance == 0


def test_who_may_not_is_refused_before_anybody_is_looked_up(sign_in, member):
    for path in (PATH, "/rewards/add-points/nobody"):
        assert refused(add(sign_in(member), path)) == (403, "permission_denied")
        assert refused(add(sign_in(), path)) == (401, "not_authenticated")


def test_nobody_unknown_and_not_oneself(host):
    assert refused(add(host, "/rewards/add-points/nobody")) == (404, "member_not_found")
    assert refused(add(host, "/rewards/add-points/shop")) == (403, "own_points")


def test_an_event_id_makes_it_repeatable(host, member):
    assert add(host, eventId="order-7").status_code == 201

    assert add(host, eventId="order-7").status_code == 200
    assert refused(add(host, eventId="order-7", points=501)) == (409, "source_conflict")
    assert entries_of(member) == [("earn", 500, 500)]
