"""What an audit consists of: passes, each with a promise and a way to find where it is broken."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from django.db import connection

ROWS_PER_FETCH = 2_000


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose rows are looked at: one member's, by the keys of account and person, or everybody's."""

    account_id: int | None = None
    member_id: int | None = None

    def as_params(self) -> dict[str, int | None]:
        """Return what `%(account)s` and `%(member)s` stand for in a pass's SQL."""
        return {"account": self.account_id, "member": self.member_id}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One place where a promise is broken: `account 7`, and what is wrong with it."""

    subject: str
    problem: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.problem}"


# Tells how many more rows have been looked at.
Saw = Callable[[int], None]
Check = Callable[[Scope, Saw], Iterator[Finding]]


@dataclass(frozen=True, kw_only=True)
class AuditPass:
    """One thing that is checked. `name` begins with the app's; `promise` is a sentence.

    `check` yields what it finds and reads only. `count_sql` is one SELECT of how many rows there
    are to look at, within the scope.
    """

    name: str
    promise: str
    count_sql: str
    check: Check

    def count_rows(self, scope: Scope) -> int:
        """Return how many rows the pass looks at."""
        with connection.cursor() as cursor:
            cursor.execute(self.count_sql, scope.as_params())
            [count] = cursor.fetchone()
        return int(count)


_passes: dict[str, AuditPass] = {}


def register_passes(*passes: AuditPass) -> None:
    """Add passes to every later audit; called when an app is ready. Names are unique."""
    for audit_pass in passes:
        assert _passes.get(audit_pass.name, audit_pass) is audit_pass, audit_pass.name  # noqa: S101
        _passes[audit_pass.name] = audit_pass


def list_passes() -> list[AuditPass]:
    """Return all passes in the order they were registered."""
    return list(_passes.values())


def check_sql(*queries: str) -> Check:
    """Return a check that runs SELECTs of (subject, problem), each row a finding.

    `%(account)s` and `%(member)s` are the scope's keys, NULL for everybody.
    """

    def check(scope: Scope, saw: Saw) -> Iterator[Finding]:
        for query in queries:
            for subject, problem in stream(query, scope):
                yield Finding(subject=subject, problem=problem)

    return check


def stream(query: str, scope: Scope) -> Iterator[tuple[Any, ...]]:
    """Yield a query's rows from a cursor on the server, so that millions need no memory here."""
    with closing(connection.chunked_cursor()) as cursor:
        cursor.execute(query, scope.as_params())
        while rows := cursor.fetchmany(ROWS_PER_FETCH):
            yield from rows
