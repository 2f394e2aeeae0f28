"""Emptying the database after a test that committed.

Django truncates every table and then sets permissions and groups up again, which takes longer than
most tests. Here the rows a test left are deleted, and what stood before the tests is left alone.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import ProgrammingError, connection, transaction
from django.test import TransactionTestCase

Digests = dict[str, str]


class Emptying:
    """Takes the place of Django's own emptying between `start` and `stop`."""

    def __init__(self) -> None:
        self.standing: Digests = {}
        self.flush: Callable[[TransactionTestCase], None] | None = None

    def start(self) -> None:
        """Remember what stands in the database, and empty it down to that from now on."""
        self.standing = read_digests(list_tables())
        self.flush = vars(TransactionTestCase)["_fixture_teardown"]

        def teardown(case: TransactionTestCase) -> None:
            self.empty(case)

        self.replace(teardown)

    def stop(self) -> None:
        """Let Django empty the database again."""
        self.replace(self.flush)

    def replace(self, teardown: Any) -> None:
        """Let test cases end with `teardown`."""
        setattr(TransactionTestCase, "_fixture_teardown", teardown)  # noqa: B010 -- Django's own

    def empty(self, case: TransactionTestCase) -> None:
        """Delete what a test left; where it changed what stood before, do as Django does."""
        filled = list_filled_tables()
        stands = read_digests(self.standing) == self.standing
        if stands and delete_rows(filled - self.standing.keys()):
            return
        assert self.flush is not None
        self.flush(case)
        self.standing = read_digests(list_tables())


def list_tables() -> list[str]:
    """Return the tables of all models."""
    return connection.introspection.django_table_names(only_existing=True, include_views=False)


def list_filled_tables() -> set[str]:
    """Return the tables that have rows."""
    each = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")"  # noqa: S608 -- our own names
        for table in list_tables()
    )
    with connection.cursor() as cursor:
        cursor.execute(each)
        return {table for [table] in cursor.fetchall()}


def read_digests(tables: Iterable[str]) -> Digests:
    """Return a digest of all rows for each of the tables that has any."""
    each = " UNION ALL ".join(
        f"SELECT '{table}', md5(string_agg(r::text, ' ' ORDER BY r::text)) FROM \"{table}\" r"  # noqa: S608
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(each)
        return {table: digest for table, digest in cursor.fetchall() if digest}


def delete_rows(tables: Iterable[str]) -> bool:
    """Delete all rows of the tables past every trigger; return whether this role may."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in tables:
                cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 -- our own names
    except ProgrammingError:
        return False
    return True
