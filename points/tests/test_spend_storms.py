"""Many processes at one balance: it allows exactly what it holds.

Each storm is a function, so that the last tests can show that it fails when the lock is gone.
"""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from loyalty_site.testing.storms import run_together, winners
from points.enums import TransactionType
from points.errors import InsufficientPoints
from points.models import PointTransaction
from points.services.expiry import expire_due_lots
from points.tests.books import (
    account_of,
    earn,
    ends_of,
    entries_of,
    find_faults,
    penalise,
    remaining_of,
    reverse,
    run_all,
    spend,
)

pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]


def empty_a_balance(member, *, spenders, rounds, price):
    """Let everybody spend until the balance is gone; assert that it paid for all it could."""
    balance = account_of(member).balance

    def spend_often(_):
        bought = 0
        for _round in range(rounds):
            try:
                spend(member, price)
            except InsufficientPoints:
                continue
            bought += 1
        return bought

    results = run_all(spenders, spend_often)

    assert sum(results) == balance // price
    assert account_of(member).balance == balance % price
    assert find_faults() == []


def test_thirty_two_spenders_get_exactly_what_one_balance_allows(member):
    for _ in range(10):
        earn(member, 50)
    earn(member, 7)

    empty_a_balance(member, spenders=32, rounds=5, price=10)

    assert entries_of(member)[-1] == ("spend", -10, 7)


def test_one_point_short_of_two_spends_pays_for_one(member):
    earn(member, 19)

    empty_a_balance(member, spenders=12, rounds=1, price=10)


def post_one_source(post):
    """Post one source from everywhere; assert that it has one effect and one answer."""
    results = run_all(12, lambda _: post())

    assert len({posting.transaction_id for posting in results}) == 1
    assert sum(not posting.replayed for posting in results) == 1
    assert find_faults() == []


def test_one_source_of_a_spend_posted_by_twelve_has_one_effect(member):
    earn(member, 500)

    post_one_source(lambda: spend(member, 10, source_id="basket"))

    assert account_of(member).balance == 490


def test_one_source_of_an_award_posted_by_twelve_has_one_effect(member):
    post_one_source(lambda: earn(member, 10, source_id="order"))

    assert account_of(member).balance == 10


def test_one_source_of_a_penalty_posted_by_twelve_has_one_effect(member):
    earn(member, 500)

    post_one_source(lambda: penalise(member, 10, source_id="complaint"))

    assert account_of(member).balance == 490


def test_one_transaction_reversed_by_twelve_is_given_back_once(member):
    earn(member, 500)
    taken = spend(member, 100)

    # Each caller has a cause of its own: what makes them one is what they reverse.
    results = run_all(12, lambda i: reverse(taken, source_id=f"refusal-{i}"))

    assert sum(not posting.replayed for posting in results) == 1
    assert account_of(member).balance == 500


def test_a_spend_and_the_expiry_at_one_instant_share_a_lot_without_overlap(make_member):
    people = [make_member() for _ in range(15)]
    for person in people:
        earn(person, 10, days=1)
    end = ends_of(people[0])[0]
    # The spends are judged an instant before the lots lapse, the sweep at it.
    before = end - timedelta(microseconds=1)

    def act(i):
        if i == 0:
            list(expire_due_lots(now=end, batch_size=2))
            return None
        spent = []
        for person in people if i % 2 else reversed(people):
            try:
                spend(person, 6, now=before)
            except InsufficientPoints:
                continue
            spent.append(person.pk)
        return spent

    results = run_all(5, act)

    spent = [pk for bought in results[1:] for pk in bought]
    assert len(spent) == len(set(spent))
    for person in people:
        rest = 4 if person.pk in spent else 10
        moved = [amount for _, amount, _ in entries_of(person)]
        assert moved == [10, *([-6] if person.pk in spent else []), -rest]
        assert remaining_of(person) == [0]


def test_awards_and_deductions_against_each_other_lose_nothing(make_member):
    mia, noa = make_member("mia"), make_member("noa")
    for person in (mia, noa):
        earn(person, 30)

    def exchange(i):
        giver, taker = (mia, noa) if i % 2 else (noa, mia)
        moved = 0
        for _ in range(8):
            try:
                spend(giver, 9, type=TransactionType.ADMIN_DEDUCT)
            except InsufficientPoints:
                continue
            earn(taker, 9, type=TransactionType.ADMIN_GRANT)
            moved += 1
        return moved

    results = run_all(8, exchange)

    assert account_of(mia).balance + account_of(noa).balance == 60
    assert PointTransaction.objects.count() == 2 + 2 * sum(winners(results))


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone() if cursor.description else None


# Whoever comes here goes on when twelve have come: each has looked before any has written.
MEETING = """
    CREATE SEQUENCE storm_arrivals;
    CREATE FUNCTION storm_meet() RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM nextval('storm_arrivals');
        FOR attempt IN 1..2000 LOOP
            EXIT WHEN (SELECT last_value FROM storm_arrivals) >= 12;
            PERFORM pg_sleep(0.005);
        END LOOP;
    END
    $$
"""


@contextmanager
def meeting():
    for statement in MEETING.split(";", 1):
        execute(statement)
    try:
        yield
    finally:
        execute("DROP FUNCTION storm_meet()")
        execute("DROP SEQUENCE storm_arrivals")


@contextmanager
def altered(function, old, new):
    """Replace a piece of one of the ledger's functions for the length of the block."""
    [definition] = execute(f"SELECT pg_get_functiondef('{function}'::regproc)")
    assert definition.count(old) == 1
    execute(definition.replace(old, new))
    try:
        yield
    finally:
        execute(definition)


@contextmanager
def ledger_without_its_lock():
    """Take the lock away; a spend and an award meet the others after they have looked."""
    with (
        meeting(),
        altered("points_lock_account", "FOR NO KEY UPDATE", ""),
        altered(
            "points_spend",
            "IF account.balance < p_amount",
            "PERFORM storm_meet(); IF account.balance < p_amount",
        ),
        altered(
            "points_award",
            "RETURN NEXT points_append",
            "PERFORM storm_meet(); RETURN NEXT points_append",
        ),
    ):
        yield


def test_without_the_lock_the_storm_of_spenders_fails(member):
    earn(member, 19)

    with ledger_without_its_lock(), pytest.raises(AssertionError):
        empty_a_balance(member, spenders=12, rounds=1, price=10)


def test_without_the_lock_the_storm_of_one_source_fails(member):
    with ledger_without_its_lock(), pytest.raises(AssertionError):
        post_one_source(lambda: earn(member, 10, source_id="order"))


def test_a_naive_spender_is_caught_by_the_storm(transactional_db):
    """Read, compare and write in the application, as it is often done: everybody wins."""

    def buy(_):
        [points] = execute("SELECT points FROM storm_balance")
        if points < 10:
            raise InsufficientPoints(required=10, available=points)
        execute("SELECT storm_meet()")
        execute(f"UPDATE storm_balance SET points = {points - 10}")

    with meeting():
        execute("CREATE TABLE storm_balance AS SELECT 10 AS points")
        try:
            results = run_together(12, buy)
        finally:
            execute("DROP TABLE storm_balance")

    assert len(winners(results)) == 12
