"""Statements that write the ledger's rows past Python, complete but for what a test is about."""

from typing import Any

from psycopg.types.json import Jsonb

from points.tests.books import NOW

Statement = tuple[str, list[Any]]


def add(table: str, **columns: Any) -> Statement:
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    return f"INSERT INTO points_{table} ({names}) VALUES ({marks})", list(columns.values())


def change(table: str, pk: int, **columns: Any) -> Statement:
    assignments = ", ".join(f"{name} = %s" for name in columns)
    return f"UPDATE points_{table} SET {assignments} WHERE id = %s", [*columns.values(), pk]


def add_level(**columns: Any) -> Statement:
    return add(
        "levelconfig", **{"name": "tin", "tier": 9, "min_points": 99, "perks": Jsonb([])} | columns
    )


def add_account(**columns: Any) -> Statement:
    return add("pointaccount", **{"balance": 0, "lifetime_points": 0, "version": 0} | columns)


def add_action(**columns: Any) -> Statement:
    columns = {
        "code": "NOD",
        "category": "",
        "description": "",
        "points": 1,
        "unit_field": "",
        "unit_size": 1,
        "is_active": True,
        "once_per_member": False,
        "cooldown_seconds": 0,
    } | columns
    return add("pointaction", **columns)


def add_entry(**columns: Any) -> Statement:
    """Add a transaction, by default one that continues the noble account's empty chain."""
    columns = {
        "version": 1,
        "type": "earn",
        "amount": 1,
        "shortfall": 0,
        "balance_after": 1,
        "lifetime_after": 1,
        "category": "",
        "description": "",
        "source_type": "raw",
        "source_id": "1",
        "rule": "raw",
        "metadata": Jsonb({}),
        "occurred_at": NOW,
        "created_at": NOW,
    } | columns
    return add("pointtransaction", **columns)


def change_lot(pk: int, **columns: Any) -> Statement:
    sql, parameters = change("pointlot", pk, **columns)
    return sql.replace("WHERE id", "WHERE transaction_id"), parameters


def add_lot(**columns: Any) -> Statement:
    return add("pointlot", **{"amount": 1, "remaining": 1} | columns)


def add_activity(there: Any, **columns: Any) -> Statement:
    columns = {
        "event_id": "e2",
        "account_id": there.account,
        "action_id": there.action,
        "subject_id": "",
        "metadata": Jsonb({}),
        "status": "posted",
        "reason": "",
        "points": 0,
        "local_date": NOW.date(),
        "occurred_at": NOW,
        "created_at": NOW,
    } | columns
    return add("activity", **columns)


def add_reminder(there: Any, **columns: Any) -> Statement:
    columns = {
        "account_id": there.account,
        "lapse_date": NOW.date(),
        "days_before": 7,
        "points": 5,
        "expires_at": NOW,
        "created_at": NOW,
    } | columns
    return add("expiryreminder", **columns)


def add_audit_run(**columns: Any) -> Statement:
    columns = {
        "verdict": "OK",
        "findings": 0,
        "rows": 1,
        "passes": Jsonb([]),
        "examples": Jsonb([]),
        "started_at": NOW,
        "ended_at": NOW,
    } | columns
    return add("auditrun", **columns)
