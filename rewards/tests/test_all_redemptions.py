"""Staff's list of everything that was redeemed, from the catalogue and by type."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rewards.enums import RedemptionStatus
from rewards.services.options import redeem_option
from rewards.services.redemptions import decide_redemption, redeem_reward

pytestmark = pytest.mark.django_db

LIST = "/rewards/admin/redemptions"
NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=2_000)


@pytest.fixture
def console(sign_in, make_staff):
    return sign_in(make_staff("aud", "auditor"))


@pytest.fixture
def buy(make_option):
    """Return a function that redeems 100 points by type, noon of 20 May plus some hours."""
    options = {name: make_option(name) for name in ("voucher", "cashback")}

    def redeem(member, reward_type="voucher", *, hours=0, points=100):
        now = NOON + timedelta(hours=hours)
        assert reward_type in options
        return redeem_option(
            member=member, reward_type=reward_type, points=points, actor=member, now=now
        ).redemption

    return redeem


def rows(response):
    assert response.status_code == 200, response.content
    return response.json()["data"]["redemptions"]


def names(response):
    return [(row["userId"], row["type"], row["status"]) for row in rows(response)]


def test_both_kinds_stand_in_one_list_the_newest_first(console, mia, buy, reward):
    voucher = buy(mia, hours=1)
    tea = redeem_reward(member=mia, reward_id=reward.pk, now=NOON)

    response = console.get(LIST)

    person = {"userId": "mia", "name": "Mia", "email": "mia@example.com"}
    assert rows(response) == [
        {
            "id": str(voucher.pk),
            **person,
            "type": "voucher",
            "title": "Voucher",
            "points": 100,
            "value": 1.0,
            "currency": "USD",
            "status": "COMPLETED",
            "createdAt": "2026-05-20T13:00:00Z",
        },
        {
            "id": str(tea.pk),
            **person,
            "type": "catalogue",
            "title": "Tea",
            "points": 50,
            "value": None,
            "currency": None,
            "status": "PENDING",
            "createdAt": "2026-05-20T12:00:00Z",
        },
    ]
    assert response.json()["pagination"]["total"] == 2


@pytest.fixture
def many(make_member, make_staff, mia, buy, reward):
    """Four redemptions of two members, an hour apart."""
    noa = make_member("noa", points=500, name="Noa_100%", email="n@shop.example")
    tea = redeem_reward(member=mia, reward_id=reward.pk, now=NOON)
    decide_redemption(
        redemption_id=tea.pk,
        status=RedemptionStatus.REJECTED,
        actor=make_staff("ann"),
        now=NOON,
    )
    redeem_reward(member=noa, reward_id=reward.pk, now=NOON + timedelta(hours=1))
    buy(mia, "voucher", hours=2)
    buy(noa, "cashback", hours=3, points=200)


MIA_TEA, NOA_TEA = ("mia", "catalogue", "REJECTED"), ("noa", "catalogue", "PENDING")
MIA_VOUCHER, NOA_CASH = ("mia", "voucher", "COMPLETED"), ("noa", "cashback", "COMPLETED")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [NOA_CASH, MIA_VOUCHER, NOA_TEA, MIA_TEA]),
        ("sortOrder=asc", [MIA_TEA, NOA_TEA, MIA_VOUCHER, NOA_CASH]),
        ("sortBy=points", [NOA_CASH, MIA_VOUCHER]),
        ("type=catalogue", [NOA_TEA, MIA_TEA]),
        ("type=voucher", [MIA_VOUCHER]),
        ("type=voucher&status=PENDING", []),
        ("type=voucher&status=COMPLETED", [MIA_VOUCHER]),
        ("status=COMPLETED", [NOA_CASH, MIA_VOUCHER]),
        ("status=REJECTED", [MIA_TEA]),
        ("search=NOA", [NOA_CASH, NOA_TEA]),
        ("search=shop.ex", [NOA_CASH, NOA_TEA]),
        ("search=_100%25", [NOA_CASH, NOA_TEA]),
        ("search=m%25a", []),
        ("search=mia&type=catalogue", [MIA_TEA]),
        ("startDate=2026-05-20T14:00:00Z", [NOA_CASH, MIA_VOUCHER]),
        ("endDate=2026-05-20T14:00:00Z", [NOA_TEA, MIA_TEA]),
        ("endDate=2026-05-20", [NOA_CASH, MIA_VOUCHER, NOA_TEA, MIA_TEA]),
        ("startDate=2026-05-21", []),
        ("limit=2&page=2", [NOA_TEA, MIA_TEA]),
        ("limit=3&page=3", []),
    ],
)
def test_the_list_is_narrowed_sorted_and_paged(console, many, query, expected):
    assert names(console.get(f"{LIST}?{query}"))[: len(expected) or None] == expected


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("type=yacht", "type", "Must be one of: catalogue, voucher, cashback."),
        (
            "status=LOST",
            "status",
            "Must be one of: PENDING, APPROVED, REJECTED, COMPLETED, CANCELLED.",
        ),
        ("sortBy=name", "sortBy", "Must be one of: createdAt, points."),
        ("startDate=yesterday", "startDate", "Use a date like"),
        ("page=0", "page", "at least 1"),
        ("limit=0", "limit", "at least 1"),
    ],
)
def test_a_filter_that_makes_no_sense_is_named(console, buy, query, field, sentence):
    response = console.get(f"{LIST}?{query}")

    assert response.status_code == 400
    [detail] = response.json()["details"]
    assert detail["field"] == field
    assert sentence in detail["message"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_however_long(
    console, make_member, buy, reward, django_assert_num_queries, count
):
    for number in range(count):
        member = make_member(f"m{number}", points=500)
        buy(member)
        redeem_reward(member=member, reward_id=reward.pk, now=NOON)

    # Who asks, two for their permissions, how many there are of each kind, which stand on the
    # page, the page.
    with django_assert_num_queries(7):
        assert len(rows(console.get(LIST))) == 2 * count


def test_a_page_reads_no_further_than_its_end(console, make_member, buy, reward):
    for number in range(4):
        member = make_member(f"m{number}", points=500)
        buy(member, hours=number)
        redeem_reward(member=member, reward_id=reward.pk, now=NOON)

    with CaptureQueriesContext(connection) as queries:
        assert len(rows(console.get(LIST, {"limit": 1, "page": 2}))) == 1

    [keys] = [
        query["sql"]
        for query in queries
        if "UNION ALL" in query["sql"] and "OFFSET" in query["sql"]
    ]
    assert keys.count("LIMIT 2)") == 2
    assert "accounts_user" not in keys


def test_the_list_comes_as_csv_that_a_spreadsheet_does_not_run(console, make_member, buy):
    eve = make_member("eve", points=500, name='=HYPERLINK("http://evil.example")')
    for hours in range(3):
        buy(eve, hours=hours)

    response = console.get(f"{LIST}?format=csv")

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="redemptions.csv"'
    header, *lines = csv.reader(io.StringIO(response.getvalue().decode()))
    assert header == [
        *("id", "userId", "name", "email", "type", "title", "points"),
        *("value", "currency", "status", "createdAt"),
    ]
    assert len(lines) == 3
    assert {line[2] for line in lines} == {'\'=HYPERLINK("http://evil.example")'}
    assert {tuple(line[4:10]) for line in lines} == {
        ("voucher", "Voucher", "100", "1.0", "USD", "COMPLETED")
    }


def test_a_file_is_not_cut_at_a_page(console, make_member, buy):
    eve = make_member("eve", points=500_000)
    for _ in range(105):
        buy(eve)

    assert len(console.get(f"{LIST}?format=csv").getvalue().splitlines()) == 106
    assert len(rows(console.get(f"{LIST}?limit=200"))) == 100


@pytest.mark.parametrize("group", ["approver", "support", "auditor", "catalogue manager"])
def test_every_staff_group_may_read_it(sign_in, make_staff, group):
    assert rows(sign_in(make_staff("sue", group)).get(LIST)) == []


def test_members_may_not_and_are_not_told_more(sign_in, mia):
    response = sign_in(mia).get(f"{LIST}?type=yacht")

    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert sign_in().get(LIST).status_code == 401


def test_who_has_no_name_goes_by_their_id(console, make_member, buy):
    buy(make_member("c-15953", points=100, name="", email=None))

    [row] = rows(console.get(LIST))

    assert (row["name"], row["email"]) == ("c-15953", None)
