"""The check every test of the ledger ends with: it must see what is wrong."""

import pytest
from django.db import connection, transaction

from points.tests.books import account_of, earn, find_faults, reverse, spend

# Nothing but the replica role of a superuser gets past the guards; the ledger's words are real.
TAMPERINGS = [
    ("UPDATE points_pointaccount SET balance = balance + 1", "account"),
    ("UPDATE points_pointaccount SET lifetime_points = lifetime_points + 1", "account"),
    ("UPDATE points_pointaccount SET version = version + 1", "account"),
    ("UPDATE points_pointtransaction SET amount = amount + 1 WHERE version = 1", "account"),
    ("UPDATE points_pointtransaction SET version = 9 WHERE version = 2", "account"),
    ("DELETE FROM points_pointtransaction WHERE version = 3", "account"),
    ("UPDATE points_pointlot SET remaining = remaining - 1", "lot"),
    ("UPDATE points_pointlot SET remaining = remaining - 1", "account"),
    ("UPDATE points_lotuse SET amount = amount + 1", "transaction"),
    ("DELETE FROM points_lotuse", "lot"),
]


@pytest.fixture
def history(member):
    earn(member, 50)
    reverse(spend(member, 20))
    spend(member, 5)
    assert find_faults() == []


def test_books_that_add_up_have_no_fault(history, member):
    assert account_of(member).balance == 45
    assert find_faults() == []


@pytest.mark.parametrize(("tampering", "victim"), TAMPERINGS)
def test_books_that_were_tampered_with_have_one(history, tampering, victim):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(tampering)
        faults = find_faults()
        transaction.set_rollback(True)

    assert any(fault.startswith(f"{victim} ") for fault in faults)
