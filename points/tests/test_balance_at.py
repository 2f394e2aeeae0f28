"""A balance at a past instant: by the ledger's clock, as a replay of the history would have it."""

import random
from datetime import UTC, datetime, timedelta, timezone

import pytest
import time_machine
from django.db import connection

from points.models import PointTransaction
from points.selectors import balance_at
from points.services.expiry import expire_due_lots
from points.tests.books import NOW, account_of, earn, penalise, reverse, spend

PATH = "/api/points/balance"
INSTANT = timedelta(microseconds=1)


def at(member, moment):
    return balance_at(account_id=account_of(member).pk, moment=moment)


def replay(member, moment):
    """Return the balance by adding up, in the ledger's order, all that comes before a moment."""
    entries = PointTransaction.objects.filter(account__member=member).order_by("version")
    versions = [entry.version for entry in entries if entry.created_at <= moment]
    return sum(entry.amount for entry in entries if entry.version <= max(versions, default=0))


def test_a_posting_counts_from_its_very_instant_on(member):
    earn(member, 10)
    spend(member, 4, now=NOW + timedelta(days=1))

    assert at(member, NOW - INSTANT) == 0
    assert at(member, NOW) == 10
    assert at(member, NOW + timedelta(days=1) - INSTANT) == 10
    assert at(member, NOW + timedelta(days=1)) == 6


def test_the_ledgers_clock_counts_and_not_the_worlds(member):
    posting = earn(member, 10)

    entry = PointTransaction.objects.get(pk=posting.transaction_id)
    assert entry.created_at == entry.occurred_at == NOW
    assert at(member, NOW + timedelta(days=9)) == 10


def test_of_postings_at_one_instant_the_last_counts(member):
    earn(member, 10)
    spend(member, 3)
    earn(member, 2)

    assert at(member, NOW) == 9


def test_postings_whose_instants_were_taken_in_another_order(member):
    """A request that waited for the account's lock posts later, with an earlier instant."""
    earn(member, 10, now=NOW)
    earn(member, 100, now=NOW + timedelta(milliseconds=20))
    spend(member, 105, now=NOW + timedelta(milliseconds=10))

    moments = [NOW + timedelta(milliseconds=n) for n in (0, 9, 10, 15, 20, 30)]
    assert [at(member, moment) for moment in moments] == [10, 10, 5, 5, 5, 5]


def test_it_is_what_a_replay_comes_to(member):
    dice = random.Random(7)
    moment, taken = NOW, []
    for _ in range(60):
        moment += timedelta(seconds=dice.randrange(0, 90_000))
        match dice.randrange(6):
            case 0 if account_of(member).balance > 20:
                taken.append(spend(member, dice.randrange(1, 10), now=moment))
            case 1:
                penalise(member, dice.randrange(1, 9), now=moment)
            case 2 if taken:
                reverse(taken.pop(), now=moment)
            case 3:
                list(expire_due_lots(now=moment))
            case _:
                earn(member, dice.randrange(1, 50), now=moment, days=dice.choice([0, 2, 9]))
    instants = PointTransaction.objects.values_list("created_at", flat=True)
    looks = {instant + step for instant in instants for step in (-INSTANT, timedelta(0), INSTANT)}

    assert len(looks) > 100
    assert [at(member, look) for look in looks] == [replay(member, look) for look in looks]
    assert at(member, moment) == account_of(member).balance


def test_it_takes_one_query_that_reads_an_index_alone(member, django_assert_num_queries):
    for n in range(5):
        earn(member, 10, now=NOW + timedelta(days=n))
    account_id = account_of(member).pk

    with django_assert_num_queries(1):
        balance_at(account_id=account_id, moment=NOW)

    entries = PointTransaction.objects.filter(account_id=account_id, created_at__lte=NOW)
    with connection.cursor() as cursor:
        # Of a few rows, any way is the cheapest.
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    plan = entries.order_by("-version").values_list("version", "balance_after")[:1].explain()
    assert "Index Only Scan Backward using points_transaction_version_unique" in plan
    assert "Sort" not in plan


def ask(api, **query):
    response = api.get(PATH, query)
    assert response.status_code == 200, response.json()
    return response.json()["data"]


def test_a_member_asks_for_a_past_balance(member, sign_in):
    earn(member, 10)
    spend(member, 4, now=NOW + timedelta(days=1))

    assert ask(sign_in(member), at="2026-03-10T20:00:00+08:00") == {
        "balance": 10,
        "at": "2026-03-10T12:00:00Z",
    }


def test_without_an_instant_it_is_the_balance_now(member, sign_in):
    earn(member, 10)

    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        assert ask(sign_in(member)) == {"balance": 10, "at": "2026-03-10T12:05:00Z"}


def test_naming_oneself_is_the_same(member, sign_in):
    earn(member, 10)

    assert ask(sign_in(member), userId="mia", at="2026-03-11T00:00:00Z")["balance"] == 10


@pytest.mark.parametrize("group", ["approver", "catalogue manager", "support", "auditor"])
def test_every_group_of_staff_may_ask_for_any_member(member, make_staff, sign_in, group):
    earn(member, 10)

    assert ask(sign_in(make_staff("ann", group)), userId="mia")["balance"] == 10


@pytest.mark.parametrize("user_id", ["noa", "nobody"])
def test_a_member_does_not_learn_who_else_there_is(member, make_member, sign_in, user_id):
    make_member("noa", points=5)

    response = sign_in(member).get(PATH, {"userId": user_id})

    assert (response.status_code, response.json()["code"]) == (404, "member_not_found")


@pytest.mark.parametrize("user_id", ["noa", "nobody"])
def test_staff_without_the_permission_are_refused_before_anybody_is_looked_up(
    make_member, sign_in, user_id
):
    make_member("noa", points=5)
    clerk = make_member("clerk", is_staff=True)

    response = sign_in(clerk).get(PATH, {"userId": user_id})

    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


def test_staff_hear_that_there_is_no_such_member(make_staff, sign_in):
    response = sign_in(make_staff("ann", "support")).get(PATH, {"userId": "nobody"})

    assert (response.status_code, response.json()["code"]) == (404, "member_not_found")


@pytest.mark.parametrize(
    "query",
    [
        {"at": "2026-03-10"},
        {"at": "2026-03-10T12:00:00"},
        {"at": "2026-02-30T12:00:00Z"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": ""},
        {"at": "now"},
        {"userId": ""},
        {"userId": "m" * 65},
    ],
)
def test_what_makes_no_sense_is_refused(member, sign_in, query):
    response = sign_in(member).get(PATH, query)

    assert (response.status_code, response.json()["code"]) == (400, "validation_failed")
    assert [fault["field"] for fault in response.json()["details"]] == list(query)


def test_the_future_is_refused(member, sign_in):
    tomorrow = datetime.now(timezone(timedelta(hours=8))) + timedelta(days=1)

    response = sign_in(member).get(PATH, {"at": tomorrow.isoformat()})

    assert response.status_code == 400
    assert "future" in response.json()["details"][0]["message"]


def test_the_first_instant_of_all_is_before_everything(member, sign_in):
    earn(member, 10)

    assert ask(sign_in(member), at="0001-01-01T00:00:00Z")["balance"] == 0


def test_three_queries_for_a_member_with_authentication(member, sign_in, django_assert_num_queries):
    earn(member, 10)
    api = sign_in(member)

    with django_assert_num_queries(3):
        ask(api, at=datetime(2026, 3, 11, tzinfo=UTC).isoformat())


def test_a_member_has_to_sign_in(sign_in):
    response = sign_in().get(PATH)

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
