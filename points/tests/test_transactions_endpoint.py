"""GET /api/points/transactions: a member's own ledger."""

from datetime import timedelta

import pytest

from points.enums import TransactionType
from points.models import PointTransaction
from points.services.expiry import expire_due_lots
from points.tests.books import NOW, earn, make_action, penalise, reverse, spend

PATH = "/api/points/transactions"


@pytest.fixture
def client(sign_in, member):
    return sign_in(member)


def fetch(client, **query):
    response = client.get(PATH, query)
    assert response.status_code == 200, response.json()
    return response.json()["data"]


def amounts(client, **query):
    return [row["amount"] for row in fetch(client, **query)["transactions"]]


def refuse(client, **query):
    """Return the fields that a refused query names."""
    response = client.get(PATH, query)
    body = response.json()
    assert (response.status_code, body["code"]) == (400, "validation_failed")
    return [detail["field"] for detail in body["details"]]


def test_nobody_has_a_ledger_without_signing_in(sign_in, db):
    response = sign_in().get(PATH)

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_a_new_member_has_an_empty_ledger(client):
    assert fetch(client) == {
        "transactions": [],
        "total": 0,
        "pagination": {"page": 1, "limit": 20, "total": 0, "totalPages": 0, "hasMore": False},
    }


def test_a_transaction_looks_as_documented(client, member):
    make_action("WAVE", 10, category="Social")
    earn(member, 30, days=0)
    penalise(member, 50, now=NOW + timedelta(hours=1))

    penalty, earning = fetch(client)["transactions"]

    entry = PointTransaction.objects.get(version=1)
    assert earning == {
        "id": str(entry.pk),
        "type": "earn",
        "amount": 30,
        "shortfall": 0,
        "balanceAfter": 30,
        "action": "LASTS_0",
        "category": "",
        "description": "",
        "createdAt": "2026-03-10T12:00:00Z",
        "occurredAt": "2026-03-10T12:00:00Z",
        "expiresAt": None,
    }
    assert (penalty["type"], penalty["amount"], penalty["shortfall"]) == ("penalty", -30, 20)
    assert (penalty["balanceAfter"], penalty["action"]) == (0, None)


def test_points_that_lapse_say_when(client, member):
    earn(member, 30)

    [row] = fetch(client)["transactions"]

    assert row["expiresAt"] == "2027-03-11T00:00:00Z"


def test_the_newest_comes_first_even_within_one_instant(client, member):
    for amount in (1, 2, 3):
        earn(member, amount)

    assert amounts(client) == [3, 2, 1]


def test_members_see_their_own_rows_only(client, member, make_member, make_staff, sign_in):
    noa, ann = make_member("noa"), make_staff("ann")
    earn(member, 1)
    earn(noa, 2)

    assert amounts(client) == [1]
    assert amounts(sign_in(noa)) == [2]
    assert amounts(sign_in(ann)) == []


@pytest.fixture
def one_of_each(member):
    """A ledger with every type; returns the amounts by it."""
    earn(member, 5, days=1)
    [[_]] = expire_due_lots(now=NOW + timedelta(days=9))
    earn(member, 100)
    earn(member, 50, type=TransactionType.ADMIN_GRANT)
    reverse(spend(member, 7))
    spend(member, 11, type=TransactionType.ADMIN_DEDUCT)
    penalise(member, 13)
    return {
        "earn": [100, 5],
        "expire": [-5],
        "admin_grant": [50],
        "spend": [-7],
        "reversal": [7],
        "admin_deduct": [-11],
        "penalty": [-13],
    }


@pytest.mark.parametrize("type_", TransactionType.values)
def test_every_type_can_be_filtered_by(client, one_of_each, type_):
    assert amounts(client, type=type_) == one_of_each[type_]
    assert fetch(client, type=type_)["total"] == len(one_of_each[type_])


@pytest.mark.parametrize("type_", ["redeem", "referral", "purchase", "review", "EARN", "all"])
def test_another_type_is_refused_and_the_allowed_ones_are_told(client, one_of_each, type_):
    assert refuse(client, type=type_) == ["type"]


def test_the_refusal_of_a_type_lists_the_allowed_ones(client):
    [detail] = client.get(PATH, {"type": "refund"}).json()["details"]

    for type_ in TransactionType.values:
        assert type_ in detail["message"]


@pytest.mark.parametrize("name", ["type", "from", "to"])
def test_a_blank_filter_is_no_filter(client, member, name):
    earn(member, 5)

    assert amounts(client, **{name: ""}) == [5]


@pytest.fixture
def march(member):
    """A point a day: one on the first of March, two on the second, and so on, at noon."""
    for day in range(1, 6):
        earn(member, day, now=NOW.replace(day=day))


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({"from": "2026-03-04"}, [5, 4]),
        ({"to": "2026-03-02"}, [2, 1]),
        ({"from": "2026-03-02", "to": "2026-03-04"}, [4, 3, 2]),
        ({"from": "2026-03-03", "to": "2026-03-03"}, [3]),
        ({"from": "2026-03-04T12:00:00Z"}, [5, 4]),
        ({"from": "2026-03-04T12:00:00.000001Z"}, [5]),
        ({"to": "2026-03-04T12:00:00Z"}, [3, 2, 1]),
        ({"from": "2026-03-04T20:00:00+08:00"}, [5, 4]),
        ({"from": "2026-03-09"}, []),
        ({"from": "2026-03-04", "to": "2026-03-02"}, []),
        ({"from": "2026-03-02", "type": "earn", "limit": "1"}, [5]),
        ({"from": "2026-03-02", "type": "spend"}, []),
    ],
)
def test_a_ledger_can_be_narrowed_in_time(client, march, query, days):
    assert amounts(client, **query) == days


def test_a_date_is_a_day_of_the_programmes_zone(client, march, settings):
    settings.LOYALTY_TIME_ZONE = "Pacific/Kiritimati"

    # There, noon in Greenwich is two in the morning of the next day.
    assert amounts(client, **{"from": "2026-03-03", "to": "2026-03-03"}) == [2]


@pytest.mark.parametrize("name", ["from", "to"])
@pytest.mark.parametrize(
    "bound",
    [
        "yesterday",
        "2026-02-30",
        "2026-03-04T12:00:00",
        "2026-13-01",
        "2026-03-04T12:00:00+99:00",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+12:00",
        "1773144000",
    ],
)
def test_a_bound_that_is_no_date_or_instant_is_refused(client, march, name, bound):
    assert refuse(client, **{name: bound}) == [name]


@pytest.mark.parametrize("bound", ["0001-01-01", "9999-12-31", "9999-12-30"])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_the_edges_of_the_calendar_break_nothing(client, march, settings, bound, zone):
    settings.LOYALTY_TIME_ZONE = zone

    for name in ("from", "to"):
        assert client.get(PATH, {name: bound}).status_code in {200, 400}


def test_a_ledger_comes_in_pages(client, member):
    for amount in range(1, 6):
        earn(member, amount)

    first, last = fetch(client, limit=2), fetch(client, limit=2, page=3)

    assert [row["amount"] for row in first["transactions"]] == [5, 4]
    assert first["pagination"] == {
        "page": 1,
        "limit": 2,
        "total": 5,
        "totalPages": 3,
        "hasMore": True,
    }
    assert [row["amount"] for row in last["transactions"]] == [1]
    assert not last["pagination"]["hasMore"]
    assert amounts(client, limit=2, page=4) == []


def test_the_envelope_carries_the_page_as_well(client, march):
    body = client.get(PATH, {"limit": 2}).json()

    assert body["pagination"] == body["data"]["pagination"]


@pytest.mark.parametrize("name", ["page", "limit"])
@pytest.mark.parametrize("number", ["0", "-1", "two", "1.5", "", "9" * 30])
def test_a_page_or_limit_that_is_no_such_number_is_refused(client, name, number):
    assert refuse(client, **{name: number}) == [name]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"sortOrder": "asc"}, [3, 9, 1, 9]),
        ({"sortBy": "createdAt", "sortOrder": "desc"}, [9, 1, 9, 3]),
        ({"sortBy": "amount", "sortOrder": "asc"}, [1, 3, 9, 9]),
        ({"sortBy": "amount"}, [9, 9, 3, 1]),
    ],
)
def test_a_ledger_can_be_sorted(client, member, query, expected):
    for amount in (3, 9, 1, 9):
        earn(member, amount)

    assert amounts(client, **query) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"sortBy": "balance"}, "sortBy"),
        ({"sortBy": ""}, "sortBy"),
        ({"sortOrder": "up"}, "sortOrder"),
    ],
)
def test_another_order_is_refused(client, query, field):
    assert refuse(client, **query) == [field]


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    client, member, count, django_assert_num_queries
):
    for n in range(count):
        earn(member, 10, days=n + 1)

    with django_assert_num_queries(3):
        assert len(amounts(client)) == count


def test_a_ledger_is_only_read(client):
    response = client.post(PATH, {})

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
