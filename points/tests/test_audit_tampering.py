"""Whatever is changed, deleted or inserted past the guards of the ledger, the audit names it.

The cases are made from the models: a column that is added later is tampered with too.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, models, transaction

from points.models import (
    AccountOpening,
    Activity,
    LotUse,
    PointAccount,
    PointLot,
    PointTransaction,
    ReachedLevel,
    digests,
)
from points.services.accounts import open_account
from points.tests.audits import audit, run_sql, tampering
from points.tests.books import NOW
from points.tests.histories import make_everything

TABLES = {
    model._meta.db_table: model
    for model in (
        AccountOpening,
        Activity,
        LotUse,
        PointAccount,
        PointLot,
        PointTransaction,
        ReachedLevel,
    )
}

# What to write into a column, by its kind: each is tried on each row.
FORGERIES: dict[type[models.Field], list[str]] = {
    models.BigIntegerField: ["{0} + 1", "{0} - 1", "coalesce({0}, 1)", "NULL"],
    models.DateTimeField: [
        "{0} + interval '1 microsecond'",
        "{0} - interval '1 day'",
        "coalesce({0}, '2026-03-10 12:00Z')",
        "NULL",
    ],
    models.DateField: ["{0} + 1"],
    models.CharField: ["{0} || ' '", "upper({0})", "''"],
    models.JSONField: ["{0} || '{{\"n\": 7}}'", "'{{}}'"],
    models.BinaryField: ["set_byte({0}, 31, (get_byte({0}, 31) + 1) % 256)", "''"],
}
WORDS = {
    "type": ["'earn'", "'admin_grant'", "'spend'", "'admin_deduct'", "'penalty'", "'expire'"],
    "status": ["'posted'", "'capped'", "'cooldown'"],
}


def fields_of(table: str) -> dict[str, Any]:
    """Return a table's fields by their columns."""
    return {str(field.column): field for field in TABLES[table]._meta.local_concrete_fields}


def key_of(table: str) -> str:
    """Return the column of a table's primary key."""
    return str(TABLES[table]._meta.pk.column)


COLUMNS = [(table, column) for table in sorted(TABLES) for column in fields_of(table)]


@pytest.fixture(scope="module")
def books(django_db_setup: Any, django_db_blocker: Any) -> Iterator[None]:
    """Write one history for all cases of the module, and take it back at the end."""

    def make_member(public_id: str) -> Any:
        member = get_user_model().objects.create_user(public_id=public_id, name=public_id)
        open_account(member=member, now=NOW)
        return member

    with django_db_blocker.unblock(), transaction.atomic():
        make_everything(make_member)
        assert audit() == []
        yield
        assert audit() == []
        transaction.set_rollback(True)


def list_forgeries(table: str, column: str) -> list[str]:
    """Return the expressions to put in a column's place."""
    if column in WORDS:
        return WORDS[column]
    field = fields_of(table)[column]
    while field.is_relation:
        field = field.target_field
    kind = models.BigIntegerField if isinstance(field, models.BigAutoField) else type(field)
    return [forgery.format(column) for forgery in FORGERIES[kind]]


def list_rows(table: str) -> list[int]:
    """Return the keys of a table's rows."""
    key = key_of(table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key} FROM {table} ORDER BY {key}")
        return [pk for (pk,) in cursor.fetchall()]


def forge(table: str, column: str, row: int, forgery: str) -> bool:
    """Change one cell, see that the audit names it, and return whether there was a change.

    Unique indexes and checks hold even for whoever switches triggers off.
    """
    key = key_of(table)
    change = (
        f"UPDATE {table} SET {column} = {forgery} "
        f"WHERE {key} = {row} AND {column} IS DISTINCT FROM {forgery}"
    )
    with tampering():
        try:
            with transaction.atomic():
                changed = run_sql(change)
        except IntegrityError:
            return False
        assert not changed or audit(), change
        return bool(changed)


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_changed_cell_is_named(books, table, column):
    """Each forgery on the first row that takes it, and then on the last."""
    forgeries = list_forgeries(table, column)
    rows = list_rows(table)

    changes = sum(
        any(forge(table, column, row, forgery) for row in order)
        for forgery in forgeries
        for order in (rows, rows[::-1])
    )

    assert changes


@pytest.mark.long
@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_changed_cell_of_any_row_is_named(books, table, column):
    changes = [
        forge(table, column, row, forgery)
        for row in list_rows(table)
        for forgery in list_forgeries(table, column)
    ]

    assert any(changes)


@pytest.mark.parametrize("table", TABLES)
def test_a_deleted_row_is_named(books, table):
    key = key_of(table)
    rows = list_rows(table)
    assert len(rows) >= 3

    for row in rows:
        with tampering():
            run_sql(f"DELETE FROM {table} WHERE {key} = {row}")

            assert audit(), f"{table} {row}"


# Copies of rows with what has to differ by unique indexes; their digests are put right afterwards.
INSERTIONS = {
    "points_accountopening": ("", {"account_id": "account_id + 1000000"}),
    "points_activity": ("", {"id": "id + 1000000", "event_id": "event_id || 'x'"}),
    "points_lotuse": ("", {"id": "id + 1000000", "lot_id": "lot_id + 1000000"}),
    "points_pointaccount": (
        "",
        {"id": "id + 1000000", "member_id": "member_id + 1000000"},
    ),
    "points_pointlot": ("", {"transaction_id": "transaction_id + 1000000"}),
    "points_pointtransaction": (
        "WHERE type <> 'reversal'",
        {
            "id": "id + 1000000",
            "version": "version + 1000000",
            "source_id": "source_id || 'x'",
        },
    ),
    "points_reachedlevel": ("", {"id": "id + 1000000", "level_id": "level_id + 1000000"}),
}
DIGESTS = {
    "points_activity": digests.ACTIVITY,
    "points_lotuse": digests.LOT_USE,
    "points_pointaccount": digests.ACCOUNT,
    "points_reachedlevel": digests.REACHED_LEVEL,
}


@pytest.mark.parametrize("table", TABLES)
def test_an_inserted_row_is_named_even_with_its_digest(books, table):
    condition, changes = INSERTIONS[table]
    columns = list(fields_of(table))
    values = ", ".join(changes.get(column, column) for column in columns)
    key = key_of(table)

    for row in list_rows(table):
        with tampering():
            where = f"{condition} AND" if condition else "WHERE"
            run_sql(
                f"INSERT INTO {table} ({', '.join(columns)}) "
                f"SELECT {values} FROM {table} {where} {key} = {row}"
            )
            if table in DIGESTS:
                digest = digests.digest_sql(table, DIGESTS[table])
                run_sql(f"UPDATE {table} SET digest = {digest}")

            assert audit() or condition, f"{table} {row}"


def test_an_appended_transaction_with_its_digest_is_named(books):
    """The most careful forgery of one row: it continues an account's chain in every column."""
    columns = list(fields_of("points_pointtransaction"))
    changes = {
        "id": "id + 1000000",
        "version": "version + 1",
        "amount": "1",
        "type": "'earn'",
        "shortfall": "0",
        "balance_after": "balance_after + 1",
        "lifetime_after": "lifetime_after + 1",
        "source_type": "'forged'",
        "reversal_of_id": "NULL",
    }
    values = ", ".join(changes.get(column, column) for column in columns)
    digest = digests.digest_sql("entry", digests.TRANSACTION, previous="previous.digest")
    last = "(SELECT max(version) FROM points_pointtransaction same WHERE same.account_id = {0})"

    with tampering():
        added = run_sql(
            f"INSERT INTO points_pointtransaction ({', '.join(columns)}) SELECT {values} "
            f"FROM points_pointtransaction entry WHERE version = {last.format('entry.account_id')}"
        )
        run_sql(
            f"UPDATE points_pointtransaction entry SET digest = {digest} "
            "FROM points_pointtransaction previous WHERE previous.account_id = entry.account_id "
            "AND previous.version = entry.version - 1 AND entry.source_type = 'forged'"
        )
        findings = audit()

    named = [finding.partition(":")[0] for finding in findings]
    assert added == 3
    assert named == ["points.balances"] * 3 + ["points.lots"] * 3


def test_the_cases_cover_every_column():
    assert len(COLUMNS) == sum(len(fields_of(table)) for table in TABLES)
    assert {table for table, _ in COLUMNS} == set(INSERTIONS)
    assert len(COLUMNS) > 55
