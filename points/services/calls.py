"""How services call the ledger's PL/pgSQL functions and read what they refuse."""

from typing import Any, NewType

from django.db import DatabaseError, connection

from ..errors import (
    AccountClosed,
    InsufficientPoints,
    MemberNotFound,
    NotReversible,
    SourceConflict,
)

Row = tuple[Any, ...]
# A list as PostgreSQL prints it. What one statement found goes into the next as it came: to read
# and write thousands of values takes Python 12 µs for each award.
ListText = NewType("ListText", str)
SOURCE_CONSTRAINT = "points_transaction_source_unique"


def call_ledger(sql: str, params: list[Any], *, required: int = 0) -> list[Row]:
    """Run one ledger function in one round trip and return its rows.

    `required` is the amount the caller wants to take, for the error's details.
    Raises the LoyaltyError that the function's SQLSTATE stands for.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows: list[Row] = cursor.fetchall()
            return rows
    except DatabaseError as error:
        cause = error.__cause__
        match getattr(cause, "sqlstate", None):
            case "LP400":
                raise NotReversible from error
            case "LP404":
                raise MemberNotFound from error
            case "LP409":
                available = int(cause.diag.message_detail)  # type: ignore[union-attr]
                raise InsufficientPoints(required=required, available=available) from error
            case "LP410":
                raise AccountClosed from error
            # Two accounts were posted to from one source at the same time: each looked under its
            # own account's lock and found nothing yet.
            case "23505" if cause.diag.constraint_name == SOURCE_CONSTRAINT:  # type: ignore[union-attr]
                raise SourceConflict from error
        raise
