"""POST /api/points/admin/add: staff grant and deduct points by hand."""

from datetime import timedelta

import pytest
import time_machine

from loyalty_site.testing.storms import losers, run_together, winners
from points.errors import GrantLimitReached
from points.models import PointTransaction
from points.services.grants import grant_points
from points.tests.books import NOW, account_of, earn, entries_of

PATH = "/api/points/admin/add"


@pytest.fixture
def support(make_staff, sign_in):
    return sign_in(make_staff("sue", "support"))


def add(api, **body):
    return api.post(PATH, {"userId": "mia", "amount": 50, "reason": "Lost parcel"} | body)


def refused(response):
    return response.status_code, response.json()["code"]


def test_a_grant_is_posted_with_who_gave_it_and_why(support, member):
    response = add(support, metadata={"ticket": 4711})

    body = response.json()
    assert (response.status_code, body["message"]) == (200, "50 points added")
    entry = PointTransaction.objects.get()
    assert body["data"]["newBalance"] == 50
    assert body["data"]["transaction"] == {
        "id": str(entry.pk),
        "type": "admin_grant",
        "amount": 50,
        "shortfall": 0,
        "balanceAfter": 50,
        "action": None,
        "category": "",
        "description": "Lost parcel",
        "createdAt": body["data"]["transaction"]["createdAt"],
        "occurredAt": body["data"]["transaction"]["occurredAt"],
        "expiresAt": body["data"]["transaction"]["expiresAt"],
    }
    assert (entry.actor.public_id, entry.metadata) == ("sue", {"ticket": 4711})
    assert account_of(member).lifetime_points == 50


def test_a_negative_amount_is_a_deduction(support, member):
    earn(member, 80)

    response = add(support, amount=-30)

    assert response.status_code == 200
    assert response.json()["data"]["newBalance"] == 50
    assert entries_of(member)[-1] == ("admin_deduct", -30, 50)


def test_a_deduction_below_zero_changes_nothing(support, member):
    earn(member, 20)

    response = add(support, amount=-30)

    assert refused(response) == (400, "insufficient_points")
    assert response.json()["details"] == {"required": 30, "available": 20, "current": 20}
    assert entries_of(member) == [("earn", 20, 20)]


def test_points_that_are_due_cannot_be_deducted_and_are_not_shown(make_staff, sign_in, member):
    sue = make_staff("sue", "support")
    earn(member, 20, days=1)
    earn(member, 5, days=0)

    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        assert add(sign_in(sue), amount=10).json()["data"]["newBalance"] == 35
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        assert add(sign_in(sue), amount=10).json()["data"]["newBalance"] == 25
        assert refused(add(sign_in(sue), amount=-26)) == (400, "insufficient_points")


def test_who_may_not_grant_learns_nothing_of_who_exists(sign_in, make_staff, member):
    for api in (sign_in(member), sign_in(make_staff("ann", "approver"))):
        for user_id in ("mia", "nobody"):
            assert refused(add(api, userId=user_id)) == (403, "permission_denied")
        assert refused(api.post(PATH, {})) == (403, "permission_denied")
    assert refused(add(sign_in())) == (401, "not_authenticated")


def test_an_unknown_member_is_404(support):
    assert refused(add(support, userId="nobody")) == (404, "member_not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": "50"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": 1_000_000_001}, "amount"),
        ({"amount": -1_000_000_001}, "amount"),
        ({"reason": ""}, "reason"),
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 256}, "reason"),
        ({"userId": 7}, "userId"),
        ({"metadata": []}, "metadata"),
        ({"metadata": {str(n): n for n in range(51)}}, "metadata"),
        ({"metadata": {"note": "x" * 4_001}}, "metadata"),
        ({"point": 5}, "point"),
    ],
)
def test_what_is_not_understood_is_named_and_changes_nothing(support, member, body, field):
    response = add(support, **body)

    assert refused(response) == (400, "validation_failed")
    assert [detail["field"] for detail in response.json()["details"]] == [field]
    assert not PointTransaction.objects.exists()


@pytest.mark.parametrize("missing", ["userId", "amount", "reason"])
def test_all_but_the_metadata_is_needed(support, member, missing):
    body = {"userId": "mia", "amount": 50, "reason": "Lost parcel"}
    del body[missing]

    response = support.post(PATH, body)

    assert refused(response) == (400, "validation_failed")
    assert response.json()["details"] == [{"field": missing, "message": "This field is required."}]


@pytest.mark.parametrize("amount", [50, -50])
@pytest.mark.parametrize("groups", [(), ("support",)])
def test_nobody_moves_their_own_points(make_staff, sign_in, groups, amount):
    sue = make_staff("sue", *groups)
    earn(sue, 100)

    assert refused(add(sign_in(sue), userId="sue", amount=amount)) == (403, "own_points")
    assert account_of(sue).balance == 100


def test_a_day_has_a_limit_over_all_members(support, member, make_member, settings):
    settings.LOYALTY_POINTS_GRANTED_PER_DAY_MAX = 100
    make_member("noa")

    assert add(support, amount=60).status_code == 200
    response = add(support, userId="noa", amount=41)

    assert refused(response) == (409, "grant_limit_reached")
    assert response.json()["details"] == {"limit": 100, "granted": 60, "requested": 41}
    assert add(support, userId="noa", amount=40).status_code == 200
    assert add(support, amount=-60).status_code == 200
    assert refused(add(support, amount=1)) == (409, "grant_limit_reached")


def test_the_limit_begins_anew_with_the_programmes_day(make_staff, sign_in, member, settings):
    settings.LOYALTY_POINTS_GRANTED_PER_DAY_MAX = 100
    settings.LOYALTY_TIME_ZONE = "Asia/Singapore"
    sue = make_staff("sue", "support")

    with time_machine.travel("2026-03-10T15:59:00Z", tick=False):
        assert add(sign_in(sue), amount=100).status_code == 200
        assert add(sign_in(sue), amount=1).status_code == 409
    with time_machine.travel("2026-03-10T16:00:00Z", tick=False):
        assert add(sign_in(sue), amount=100).status_code == 200


def test_another_persons_grants_do_not_count(support, member, make_staff, sign_in, settings):
    settings.LOYALTY_POINTS_GRANTED_PER_DAY_MAX = 100
    add(support, amount=100)

    assert add(sign_in(make_staff("tom", "support")), amount=100).status_code == 200


def test_superusers_and_hosts_have_no_limit(member, make_staff, sign_in, settings):
    settings.LOYALTY_POINTS_GRANTED_PER_DAY_MAX = 0

    assert add(sign_in(make_staff("ada")), amount=100).status_code == 200
    assert add(sign_in(make_staff("shop", "host")), amount=100).status_code == 200
    assert add(sign_in(make_staff("sue", "support")), amount=1).status_code == 409


def test_an_event_id_makes_it_repeatable(support, member):
    first = add(support, eventId="ticket-1")

    again = add(support, eventId="ticket-1")

    assert (again.status_code, again.json()["message"]) == (200, "This was posted before")
    assert again.json()["data"] == first.json()["data"]
    assert refused(add(support, eventId="ticket-1", amount=51)) == (409, "source_conflict")
    assert entries_of(member) == [("admin_grant", 50, 50)]


def test_repeating_a_grant_is_possible_when_the_day_is_used_up(support, member, settings):
    settings.LOYALTY_POINTS_GRANTED_PER_DAY_MAX = 50
    add(support, eventId="ticket-1")

    assert add(support, eventId="ticket-1").status_code == 200


def test_without_an_event_id_every_request_counts(support, member):
    add(support)
    add(support)

    assert account_of(member).balance == 100


def test_an_idempotency_key_makes_it_repeatable_too(support, member):
    body = {"userId": "mia", "amount": 50, "reason": "Lost parcel"}

    answers = [support.post(PATH, body, headers={"Idempotency-Key": "k1"}) for _ in range(2)]

    assert answers[0].content == answers[1].content
    assert account_of(member).balance == 50


def test_a_member_without_an_account_gets_one(support, django_user_model):
    kim = django_user_model.objects.create_user("kim@example.com", public_id="kim")

    assert add(support, userId="kim").status_code == 200
    assert account_of(kim).balance == 50


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_grants_at_the_same_time_stay_within_the_limit_together(make_staff, make_member, settings):
    settings.LOYALTY_POINTS_GRANTED_PER_DAY_MAX = 100
    sue = make_staff("sue")
    sue.is_superuser = False
    sue.save()
    members = [make_member() for _ in range(8)]

    def grant(i):
        return grant_points(
            user_id=members[i].public_id, amount=30, actor=sue, reason="Storm", now=NOW
        ).amount

    results = run_together(8, grant)

    assert winners(results) == [30, 30, 30]
    assert [type(error) for error in losers(results)] == [GrantLimitReached] * 5
