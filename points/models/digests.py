"""What a row's digest covers, written once: the triggers set it, the audit computes it again.

A digest is the SHA-256 of the row as PostgreSQL prints it, which tells NULL from empty and one
column from the next. Instants go in as seconds since 1970, because their text depends on the
session's time zone. A transaction's also covers the digest of the one before it, so that whoever
changes history has to change all that follows.
"""

from collections.abc import Sequence

import pgtrigger

# Columns by table, in the order that counts. Adding one changes every digest, so it has to be added
# with a rule for the rows that stand; `docs/decisions/0003-digests.md` says which.
ACCOUNT = ("id", "member_id", "level_id", "opened_at", "closed_at")
TRANSACTION = (
    "id",
    "account_id",
    "version",
    "type",
    "amount",
    "shortfall",
    "balance_after",
    "lifetime_after",
    "action_id",
    "category",
    "description",
    "source_type",
    "source_id",
    "rule",
    "reversal_of_id",
    "metadata",
    "actor_id",
    "expires_at",
    "occurred_at",
    "created_at",
)
LOT_USE = ("id", "transaction_id", "lot_id", "amount", "lot_extended_to")
REACHED_LEVEL = ("id", "account_id", "level_id", "transaction_id", "min_points", "reached_at")
ACTIVITY = (
    "id",
    "event_id",
    "account_id",
    "action_id",
    "subject_id",
    "metadata",
    "status",
    "reason",
    "points",
    "local_date",
    "occurred_at",
    "created_at",
)
INSTANT_ENDINGS = ("_at", "_date", "_to")


def digest_sql(row: str, columns: Sequence[str], *, previous: str = "") -> str:
    """Return the SQL expression of a row's digest (bytea, 32 bytes).

    `row` names the row, `previous` is an expression for the digest of the one before.
    """
    values = [f"encode({previous}, 'hex')"] if previous else []
    for column in columns:
        value = f"{row}.{column}"
        values.append(f"extract(epoch FROM {value})" if column.endswith(INSTANT_ENDINGS) else value)
    return f"sha256(convert_to(ROW({', '.join(values)})::text, 'UTF8'))"


def digested(
    name: str, columns: Sequence[str], *, operation: pgtrigger.Operation = pgtrigger.Insert
) -> pgtrigger.Trigger:
    """Return the trigger that gives a row its digest, whoever writes it."""
    return pgtrigger.Trigger(
        name=f"{name}_digest",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=operation,
        func=f"NEW.digest := {digest_sql('NEW', columns)}; RETURN NEW;",
    )
