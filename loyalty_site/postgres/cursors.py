"""Cursors that keep, for each statement, what the driver worked out to run it.

How to write each parameter and read each column is found anew by every new cursor of the driver,
which took a fifth of a posting's Python. A cursor that runs its last statement once more knows it
already, so a connection keeps one for each statement that it ran lately.
"""

from typing import Any, NoReturn

from django.db.backends.utils import CursorWrapper
from psycopg import Cursor, Error

STATEMENTS_KEPT = 64
# A cursor holds its last result until it runs again: larger ones are not kept waiting.
ROWS_KEPT = 100


class IdleCursors:
    """A connection's cursors that nobody uses, each by the statement it ran last.

    One thread at a time uses a connection, and so this.
    """

    def __init__(self) -> None:
        self._by_statement: dict[str, tuple[str, Cursor[Any]]] = {}

    def take(self, statement: str) -> tuple[str, Cursor[Any]] | None:
        """Hand over the cursor that ran this statement and the very text it ran, if there is one.

        An equal text that is another object would be another statement to the driver.
        """
        return self._by_statement.pop(statement, None)

    def give_back(self, statement: str, cursor: Cursor[Any]) -> None:
        """Keep a cursor for whoever runs its statement next."""
        self._by_statement[statement] = statement, cursor
        while len(self._by_statement) > STATEMENTS_KEPT:
            # The one that waits longest stands first.
            del self._by_statement[next(iter(self._by_statement))]


class KeepingCursor(CursorWrapper):
    """Django's cursor, which takes a kept cursor of the driver as soon as it knows the statement.

    Running a statement and fetching one row or all of them is what the hot paths do. A cursor of
    which anything else is asked is not kept, so whatever was done to it ends with it.
    """

    def __init__(self, db: Any) -> None:
        # `cursor` is missing until there is a statement, or something else that takes a cursor.
        self.db = db
        self._statement: str | None = None

    def __getattr__(self, name: str) -> Any:
        self._statement = None
        if name == "cursor":
            self.cursor = self._create()
            return self.cursor
        return super().__getattr__(name)

    def __iter__(self) -> Any:
        self._statement = None
        return super().__iter__()

    def execute(self, sql: Any, params: Any = None) -> Any:
        """Run a statement, by a cursor that ran it before if there is one."""
        self.close()
        db = self.db
        if type(sql) is str:
            sql, self.cursor = db.idle_cursors.take(sql) or (sql, self._create())
            self._statement = sql
        if db.execute_wrappers or params is None:
            return super().execute(sql, params)
        db.validate_no_broken_transaction()
        try:
            return self.cursor.execute(sql, params)
        except Error as error:
            self._translate(error)

    def fetchone(self) -> Any:
        """Return the next row, None after the last."""
        try:
            return self.cursor.fetchone()
        except Error as error:
            self._translate(error)

    def fetchall(self) -> Any:
        """Return the rows that are left."""
        try:
            return self.cursor.fetchall()
        except Error as error:
            self._translate(error)

    def __exit__(self, *_: object) -> None:
        # What Django suppresses here, errors of closing, cannot be.
        self.close()

    def close(self) -> None:
        """Let go of the driver's cursor: kept when it may be, closed otherwise."""
        cursor: Cursor[Any] | None = self.__dict__.pop("cursor", None)
        if cursor is None:
            return
        statement, self._statement = self._statement, None
        # A pooled connection may be with somebody else by now, and its cursors with it.
        own = cursor.connection is self.db.connection
        if own and statement is not None and cursor.rowcount <= ROWS_KEPT:
            self.db.idle_cursors.give_back(statement, cursor)
        else:
            cursor.close()

    def _create(self) -> Any:
        with self.db.wrap_database_errors:
            return self.db.create_cursor()

    def _translate(self, error: Error) -> NoReturn:
        """Raise the driver's error as Django's."""
        with self.db.wrap_database_errors:
            raise error
