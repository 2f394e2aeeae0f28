"""A connection keeps a cursor of the driver for each statement that it ran lately."""

import asyncio
from contextlib import closing

import pytest
from django.core.exceptions import SynchronousOnlyOperation
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.backends.utils import CursorDebugWrapper

from loyalty_site.postgres import cursors

pytestmark = pytest.mark.django_db

ADD = "SELECT %s::int + 1"


def run(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.cursor, cursor.fetchall()


def test_a_statement_runs_on_the_cursor_that_ran_it_before():
    first, rows = run(ADD, 1)
    second, more_rows = run(ADD, 2)

    assert second is first
    assert (rows, more_rows) == ([(2,)], [(3,)])
    assert run("SELECT %s::text", "a")[0] is not first


def test_two_at_a_time_have_one_each():
    with connection.cursor() as outer, connection.cursor() as inner:
        outer.execute(ADD, [1])
        inner.execute(ADD, [5])
        assert (outer.fetchone(), inner.fetchone()) == ((2,), (6,))


def test_whoever_closed_a_cursor_cannot_reach_it_any_more():
    before = connection.cursor()
    before.execute(ADD, [1])
    before.close()
    with connection.cursor() as cursor:
        cursor.execute(ADD, [2])
        before.close()
        with pytest.raises(DatabaseError):
            before.fetchall()
        assert cursor.fetchall() == [(3,)]


def test_one_cursor_runs_statement_after_statement():
    with connection.cursor() as cursor:
        cursor.execute(ADD, [1])
        cursor.execute("SELECT %s::text", ["a"])
        assert cursor.fetchall() == [("a",)]
        cursor.execute("SELECT '%'")
        assert cursor.fetchone() == ("%",)


@pytest.mark.parametrize(
    "use",
    [
        list,
        lambda cursor: cursor.fetchmany(1),
        lambda cursor: cursor.adapters,
    ],
    ids=["iterated", "read in parts", "adapted"],
)
def test_a_cursor_used_in_other_ways_is_not_kept(use):
    with connection.cursor() as cursor:
        cursor.execute(ADD, [1])
        first = cursor.cursor
        use(cursor)

    assert first.closed
    assert run(ADD, 1)[0] is not first


def test_a_large_result_is_not_kept():
    many, _ = run("SELECT * FROM generate_series(1, %s::int)", cursors.ROWS_KEPT + 1)
    few, _ = run("SELECT * FROM generate_series(1, %s::int)", cursors.ROWS_KEPT)

    assert (many.closed, few.closed) == (True, False)


def test_only_the_statements_of_late_are_kept(monkeypatch):
    monkeypatch.setattr(cursors, "STATEMENTS_KEPT", 2)
    first, _ = run("SELECT 1, %s::int", 1)
    for number in range(2, 5):
        run(f"SELECT {number}, %s::int", 1)

    assert run("SELECT 1, %s::int", 1)[0] is not first


def test_errors_are_djangos_and_leave_the_cursor_usable():
    statement = "SELECT 1 / %s::int"
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        run(statement, 0)
    assert refusal.value.__cause__.sqlstate == "22012"
    with pytest.raises(IntegrityError), transaction.atomic():
        run("INSERT INTO points_pointlot (account_id) SELECT %s::bigint", 1)
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            run(ADD, 1)
    assert run(ADD, 1)[1] == [(2,)]


def test_queries_are_seen_by_whoever_watches(django_assert_num_queries):
    seen = []

    def note(execute, sql, params, many, context):
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        run(ADD, 1)
    with django_assert_num_queries(1), connection.cursor() as cursor:
        assert isinstance(cursor, CursorDebugWrapper)
        cursor.execute(ADD, [1])
    assert seen == [ADD]


def test_nobody_may_ask_in_an_event_loop():
    async def ask():
        connection.cursor()

    with pytest.raises(SynchronousOnlyOperation):
        asyncio.run(ask())


def test_a_new_connection_has_cursors_of_its_own():
    other = connection.copy()
    with closing(other):
        with other.cursor() as cursor:
            cursor.execute(ADD, [1])
            first = cursor.cursor
        other.close()
        with other.cursor() as cursor:
            cursor.execute(ADD, [1])
            assert cursor.cursor is not first
            assert cursor.fetchall() == [(2,)]
