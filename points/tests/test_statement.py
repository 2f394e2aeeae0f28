"""GET /api/points/statement: a month of a member's ledger."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine

from points.enums import TransactionType
from points.services.expiry import expire_due_lots
from points.tests.books import earn, make_action, penalise, reverse, spend

PATH = "/api/points/statement"
ZERO = dict.fromkeys(TransactionType.values, 0)


def on(month, day, hour=12):
    return datetime(2026, month, day, hour, tzinfo=UTC)


def ask(api, month="2026-03", **query):
    response = api.get(PATH, {"month": month, **query})
    assert response.status_code == 200, response.json()
    return response.json()["data"]


@pytest.fixture
def quarter(member):
    """Three months of a member's life: every kind of posting, and a month without any."""
    earn(member, 100, now=on(1, 5), days=70)
    taken = spend(member, 30, now=on(1, 31, 23))
    earn(member, 50, now=on(3, 1, 0), days=0, type=TransactionType.ADMIN_GRANT)
    reverse(taken, now=on(3, 2))
    penalise(member, 7, now=on(3, 3))
    spend(member, 3, now=on(3, 4), type=TransactionType.ADMIN_DEDUCT)
    list(expire_due_lots(now=on(3, 20)))
    return member


def test_the_documented_fields(quarter, sign_in):
    shown = ask(sign_in(quarter))

    lines = shown.pop("lines")
    assert shown == {
        "userId": "mia",
        "month": "2026-03",
        "timeZone": "UTC",
        "from": "2026-03-01T00:00:00Z",
        "to": "2026-04-01T00:00:00Z",
        "openingBalance": 70,
        "closingBalance": 50,
        "totals": ZERO
        | {"admin_grant": 50, "reversal": 30, "penalty": -7, "admin_deduct": -3, "expire": -90},
    }
    assert [(line["type"], line["amount"], line["balanceAfter"]) for line in lines] == [
        ("admin_grant", 50, 120),
        ("reversal", 30, 150),
        ("penalty", -7, 143),
        ("admin_deduct", -3, 140),
        ("expire", -90, 50),
    ]


def test_a_line_is_a_transaction_as_elsewhere(member, sign_in):
    make_action("LASTS_0", category="Social", expires_after_days=0)
    posting = earn(member, 10, days=0)

    assert ask(sign_in(member))["lines"] == [
        {
            "id": str(posting.transaction_id),
            "type": "earn",
            "amount": 10,
            "shortfall": 0,
            "balanceAfter": 10,
            "action": "LASTS_0",
            "category": "Social",
            "description": "",
            "createdAt": "2026-03-10T12:00:00Z",
            "occurredAt": "2026-03-10T12:00:00Z",
            "expiresAt": None,
        }
    ]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kuala_Lumpur", "America/Los_Angeles"])
def test_months_join_and_lines_come_to_the_difference(quarter, sign_in, settings, zone):
    settings.LOYALTY_TIME_ZONE = zone
    api = sign_in(quarter)

    shown = [ask(api, f"2026-{month:02}") for month in range(1, 8)]

    for month in shown:
        moved = sum(line["amount"] for line in month["lines"])
        assert month["openingBalance"] + moved == month["closingBalance"]
        assert sum(month["totals"].values()) == moved
    for earlier, later in pairwise(shown):
        assert earlier["closingBalance"] == later["openingBalance"]
        assert earlier["to"] == later["from"]
    assert sum(len(month["lines"]) for month in shown) == 7


def test_months_join_where_instants_were_taken_in_another_order(member, sign_in):
    """At midnight, a request that waited for the account's lock posts with an earlier instant."""
    midnight = on(3, 1, 0)
    earn(member, 100, now=midnight + timedelta(milliseconds=5))
    spend(member, 40, now=midnight - timedelta(milliseconds=5))
    earn(member, 7, now=on(3, 2))
    api = sign_in(member)

    february, march = ask(api, "2026-02"), ask(api, "2026-03")

    assert [line["amount"] for line in february["lines"]] == [100, -40]
    assert february["closingBalance"] == march["openingBalance"] == 60
    assert [line["amount"] for line in march["lines"]] == [7]


def test_a_month_begins_at_midnight_in_the_programmes_zone(member, sign_in, settings):
    settings.LOYALTY_TIME_ZONE = "Asia/Kuala_Lumpur"
    earn(member, 1, now=datetime(2026, 2, 28, 15, 59, 59, 999_999, tzinfo=UTC))
    earn(member, 2, now=datetime(2026, 2, 28, 16, tzinfo=UTC))
    earn(member, 4, now=datetime(2026, 3, 31, 15, 59, 59, 999_999, tzinfo=UTC))
    earn(member, 8, now=datetime(2026, 3, 31, 16, tzinfo=UTC))

    shown = ask(sign_in(member))

    assert [line["amount"] for line in shown["lines"]] == [2, 4]
    assert (shown["openingBalance"], shown["closingBalance"]) == (1, 7)
    assert (shown["from"], shown["to"]) == ("2026-02-28T16:00:00Z", "2026-03-31T16:00:00Z")


@pytest.mark.parametrize("month", ["2025-12", "1999-02", "1900-01"])
def test_a_month_before_there_was_anything_is_empty(quarter, sign_in, month):
    shown = ask(sign_in(quarter), month)

    assert (shown["openingBalance"], shown["closingBalance"]) == (0, 0)
    assert (shown["totals"], shown["lines"]) == (ZERO, [])


def test_a_month_without_lines_keeps_the_balance(quarter, sign_in):
    shown = ask(sign_in(quarter), "2026-02")

    assert (shown["openingBalance"], shown["closingBalance"], shown["lines"]) == (70, 70, [])


def test_the_month_that_runs_shows_what_there_is(member, sign_in):
    earn(member, 10, now=on(3, 10))
    with time_machine.travel(on(3, 11), tick=False):
        shown = ask(sign_in(member))

    assert (shown["closingBalance"], len(shown["lines"])) == (10, 1)


@pytest.mark.parametrize(
    ("zone", "status"), [("UTC", 400), ("America/Los_Angeles", 400), ("Asia/Kuala_Lumpur", 200)]
)
def test_a_month_that_has_not_begun_in_the_programmes_zone_is_refused(
    member, sign_in, settings, zone, status
):
    settings.LOYALTY_TIME_ZONE = zone
    with time_machine.travel(on(3, 31, 20), tick=False):
        response = sign_in(member).get(PATH, {"month": "2026-04"})

    assert response.status_code == status
    if status == 400:
        assert response.json()["details"] == [
            {"field": "month", "message": "This month lies in the future."}
        ]


@pytest.mark.parametrize(
    "month",
    ["", "2026", "2026-3", "2026-13", "2026-00", "2026-03-01", "26-03", "0000-01", " 2026-03", "x"],
)
def test_what_is_no_month_is_refused(member, sign_in, month):
    response = sign_in(member).get(PATH, {"month": month})

    assert (response.status_code, response.json()["code"]) == (400, "validation_failed")
    assert [fault["field"] for fault in response.json()["details"]] == ["month"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "month"),
        ({"month": "2026-03", "format": "pdf"}, "format"),
        ({"month": "2026-03", "userId": ""}, "userId"),
    ],
)
def test_what_is_missing_or_wrong_is_refused(member, sign_in, query, field):
    response = sign_in(member).get(PATH, query)

    assert response.status_code == 400
    assert [fault["field"] for fault in response.json()["details"]] == [field]


def test_staff_may_read_any_members(quarter, make_staff, sign_in):
    shown = ask(sign_in(make_staff("ann", "support")), userId="mia")

    assert (shown["userId"], shown["closingBalance"]) == ("mia", 50)


@pytest.mark.parametrize("user_id", ["mia", "nobody"])
@pytest.mark.parametrize(
    ("is_staff", "status", "code"), [(False, 404, "member_not_found"), (True, 403, "forbidden")]
)
def test_who_may_not_read_others_does_not_learn_who_there_is(
    member, make_member, sign_in, user_id, is_staff, status, code
):
    noa = make_member("noa", is_staff=is_staff)

    response = sign_in(noa).get(PATH, {"month": "2026-03", "userId": user_id})

    assert (response.status_code, response.json()["code"]) == (status, code)


def test_staff_hear_that_there_is_no_such_member(make_staff, sign_in):
    api = sign_in(make_staff("ann", "auditor"))

    response = api.get(PATH, {"month": "2026-03", "userId": "nobody"})

    assert (response.status_code, response.json()["code"]) == (404, "member_not_found")


@pytest.mark.parametrize("count", [1, 3])
def test_five_queries_with_authentication(member, sign_in, count, django_assert_num_queries):
    for _ in range(count):
        earn(member, 10, days=0)
    api = sign_in(member)

    with django_assert_num_queries(5):
        assert len(ask(api)["lines"]) == count


def test_a_member_has_to_sign_in(sign_in):
    response = sign_in().get(PATH, {"month": "2026-03"})

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
