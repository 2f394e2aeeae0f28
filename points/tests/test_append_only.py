"""What is written in the ledger's logs stays: no UPDATE, no DELETE, no TRUNCATE."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from points.models import ExpiryReminder
from points.services.activities import record_activities
from points.services.reminders import remind_of_expiring_points
from points.tests.books import NOW, earn, make_action, make_levels, report, spend

# Each table by the trigger that guards it against TRUNCATE, and those whose rows never change.
TRUNCATE_GUARDS = {
    "points_account_refuse_truncate": "points_pointaccount",
    "points_account_opening_refuse_truncate": "points_accountopening",
    "points_transaction_refuse_truncate": "points_pointtransaction",
    "points_lot_refuse_truncate": "points_pointlot",
    "points_lot_use_refuse_truncate": "points_lotuse",
    "points_reached_level_refuse_truncate": "points_reachedlevel",
    "points_activity_refuse_truncate": "points_activity",
    "points_reminder_refuse_truncate": "points_expiryreminder",
}
CHANGE_GUARDS = {
    "points_account_opening_refuse_change": "points_accountopening",
    "points_transaction_refuse_change": "points_pointtransaction",
    "points_lot_use_refuse_change": "points_lotuse",
    "points_reached_level_refuse_change": "points_reachedlevel",
    "points_activity_refuse_change": "points_activity",
    "points_reminder_refuse_change": "points_expiryreminder",
}
GUARDS = TRUNCATE_GUARDS | CHANGE_GUARDS


@pytest.fixture
def history(make_member) -> None:
    """Put at least one row into every table of the ledger."""
    make_levels(bronze=0, silver=10)
    mia = make_member("mia")
    make_action("WAVE", 10)
    record_activities(reports=[report("e1", mia)], now=NOW)
    earn(mia, 20, days=1)
    spend(mia, 15)
    list(remind_of_expiring_points(now=NOW))
    # From then on it is history; until then its e-mail's fate may be written down.
    ExpiryReminder.objects.update(mailed_at=NOW)


def run(statement: str) -> str:
    """Run a statement in a savepoint and return what the database said against it."""
    with (
        pytest.raises(DatabaseError) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    return str(refusal.value)


def columns_of(table: str) -> list[str]:
    with connection.cursor() as cursor:
        return [
            column.name for column in connection.introspection.get_table_description(cursor, table)
        ]


@pytest.mark.parametrize("table", CHANGE_GUARDS.values())
def test_no_column_of_a_row_can_be_changed(history, table):
    for column in columns_of(table):
        said = run(f"UPDATE {table} SET {column} = {column}")

        assert said.startswith(f"{table} is append-only: UPDATE refused")


@pytest.mark.parametrize("table", CHANGE_GUARDS.values())
def test_no_row_can_be_deleted(history, table):
    assert run(f"DELETE FROM {table}").startswith(f"{table} is append-only: DELETE refused")


def pull_the_switch(table: str) -> None:
    """Ask every trigger of a table to look away, the way its library understands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [table],
        )
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute(
            "SELECT set_config('pgtrigger.ignore', %s, true)", ["{" + ",".join(names) + "}"]
        )


@pytest.mark.parametrize("table", CHANGE_GUARDS.values())
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_the_switch_of_the_trigger_library_does_not_open_the_tables(history, table, verb):
    column = columns_of(table)[0]
    statement = {
        "UPDATE": f"UPDATE {table} SET {column} = {column}",
        "DELETE": f"DELETE FROM {table}",
    }[verb]
    pull_the_switch(table)

    assert f"{verb} refused" in run(statement)


def test_the_switch_stays_out_of_reach_after_another_migrate(history):
    call_command("migrate", verbosity=0)
    pull_the_switch("points_pointtransaction")

    assert "UPDATE refused" in run("UPDATE points_pointtransaction SET amount = 1")


@contextmanager
def scratch_database() -> Iterator[psycopg.Connection[Any]]:
    """Make a database whose name no test run gives, connect to it and drop it afterwards."""
    name = f"scratch_of_{connection.settings_dict['NAME']}"
    parameters = {
        key: value
        for key, value in connection.get_connection_params().items()
        if key in {"host", "port", "user", "password", "dbname"}
    }
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    with psycopg.connect(**parameters, autocommit=True) as here:
        here.execute(drop)
        here.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            with psycopg.connect(**(parameters | {"dbname": name}), autocommit=True) as there:
                yield there
        finally:
            here.execute(drop)


def test_no_table_can_be_truncated_in_a_database_that_is_not_a_tests(db):
    """Carry each guard as it stands here into a database with another name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('_pgtrigger_should_ignore'::regproc)")
        [helper] = cursor.fetchone()
        cursor.execute(
            "SELECT tgrelid::regclass::text, pg_get_functiondef(tgfoid), pg_get_triggerdef(oid) "
            "FROM pg_trigger WHERE tgname LIKE 'pgtrigger\\_points\\_%%\\_refuse\\_truncate\\_%%'"
        )
        guards = cursor.fetchall()
    assert {table for table, _, _ in guards} == set(TRUNCATE_GUARDS.values())

    with scratch_database() as there:
        there.execute(helper)
        for table, function, trigger in guards:
            there.execute(f"CREATE TABLE {table} (id bigint)")
            there.execute(f"INSERT INTO {table} VALUES (1)")
            there.execute(function)
            there.execute(trigger)

            with pytest.raises(psycopg.errors.RestrictViolation, match="may not be truncated"):
                there.execute(f"TRUNCATE {table}")
            assert there.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)


def test_a_test_database_may_be_truncated(db):
    """Or Django could not empty it between tests that commit."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TRUNCATE_GUARDS.values())} CASCADE")
        cursor.execute("SELECT count(*) FROM points_pointtransaction")

        assert cursor.fetchone() == (0,)
