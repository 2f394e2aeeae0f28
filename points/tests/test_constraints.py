"""The database says no first: every constraint and trigger of the ledger, past Python.

What follows is raw SQL on purpose. A constraint that is added to the models without a case here
fails the last tests.
"""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from points.enums import TransactionType
from points.models import AMOUNT_MAX, BALANCE_MAX, PointLot
from points.services.activities import record_activities
from points.tests.books import (
    NOW,
    account_of,
    earn,
    make_action,
    make_levels,
    report,
    reverse,
    spend,
)
from points.tests.raw_rows import (
    Statement,
    add,
    add_account,
    add_action,
    add_activity,
    add_audit_run,
    add_entry,
    add_level,
    add_lot,
    add_reminder,
    change,
    change_lot,
)
from points.tests.test_append_only import GUARDS

# Triggers that refuse nothing: they write down what the audit reads.
NOTERS = {
    "points_account_digest",
    "points_account_opening_noted",
    "points_activity_digest",
    "points_lot_use_digest",
    "points_reached_level_digest",
}

# What is `there`: account (balance 30, version 5), empty_account (version 0), newcomer (a person
# without an account), earned, spent and returned (transactions), used_lot, level, action.
CASES: dict[str, list[Any]] = {
    "points_level_min_points_not_negative": [lambda there: add_level(min_points=-1)],
    "points_level_rises_with_tier": [
        lambda there: add_level(min_points=39),
        lambda there: change("levelconfig", there.level, tier=0),
    ],
    "points_levelconfig_tier_check": [lambda there: add_level(tier=-1)],
    "points_levelconfig_min_points_key": [lambda there: add_level(min_points=0)],
    "points_levelconfig_name_key": [lambda there: add_level(name="bronze")],
    "points_levelconfig_tier_key": [lambda there: add_level(tier=1)],
    "points_account_balance_not_negative": [
        lambda there: change("pointaccount", there.account, balance=-1)
    ],
    "points_account_balance_bounded": [
        lambda there: change("pointaccount", there.account, balance=BALANCE_MAX + 1)
    ],
    "points_account_lifetime_not_negative": [
        lambda there: change("pointaccount", there.account, lifetime_points=-1)
    ],
    "points_pointaccount_member_id_key": [lambda there: add_account(member_id=there.member)],
    "points_account_follows_ledger": [
        lambda there: change("pointaccount", there.account, balance=31),
        lambda there: change("pointaccount", there.account, lifetime_points=41),
        lambda there: change("pointaccount", there.account, version=4),
        lambda there: change(
            "pointaccount", there.account, balance=0, lifetime_points=0, version=9
        ),
        lambda there: add_account(member_id=there.newcomer, balance=5),
        lambda there: add_account(member_id=there.newcomer, version=1),
    ],
    "points_action_points_bounded": [
        lambda there: add_action(points=AMOUNT_MAX + 1),
        lambda there: add_action(points=-AMOUNT_MAX - 1),
    ],
    "points_action_unit_size_positive": [
        lambda there: add_action(unit_size=0),
        lambda there: add_action(unit_size=-1),
    ],
    "points_pointaction_cooldown_seconds_check": [lambda there: add_action(cooldown_seconds=-1)],
    "points_pointaction_expires_after_days_check": [
        lambda there: add_action(expires_after_days=-1)
    ],
    "points_pointaction_times_per_day_max_check": [lambda there: add_action(times_per_day_max=-1)],
    "points_pointaction_times_per_week_max_check": [
        lambda there: add_action(times_per_week_max=-1)
    ],
    "points_pointaction_code_key": [lambda there: add_action(code="WAVE")],
    "points_transaction_sign_fits_type": [
        lambda there, type_=type_, amount=amount: add_entry(
            account_id=there.account,
            version=6,
            type=type_,
            amount=amount,
            balance_after=30 + amount,
            lifetime_after=40 + (amount if type_ in {"earn", "admin_grant"} else 0),
            reversal_of_id=there.earned if type_ == "reversal" else None,
        )
        for type_, amount in [
            ("earn", -1),
            ("earn", 0),
            ("admin_grant", -1),
            ("admin_grant", 0),
            ("spend", 1),
            ("spend", 0),
            ("expire", 1),
            ("expire", 0),
            ("admin_deduct", 1),
            ("admin_deduct", 0),
            ("penalty", 1),
            ("penalty", 0),
            ("reversal", -1),
            ("reversal", 0),
            ("gift", 1),
        ]
    ],
    "points_transaction_amount_bounded": [
        lambda there: add_entry(
            account_id=there.empty_account,
            amount=AMOUNT_MAX + 1,
            balance_after=AMOUNT_MAX + 1,
            lifetime_after=AMOUNT_MAX + 1,
        ),
        lambda there: add_entry(
            account_id=there.empty_account,
            type="spend",
            amount=-AMOUNT_MAX - 1,
            balance_after=-AMOUNT_MAX - 1,
            lifetime_after=0,
        ),
    ],
    "points_transaction_balance_not_negative": [
        lambda there: add_entry(
            account_id=there.empty_account,
            type="spend",
            amount=-1,
            balance_after=-1,
            lifetime_after=0,
        )
    ],
    "points_transaction_shortfall_of_penalty": [
        lambda there: add_entry(account_id=there.empty_account, shortfall=1),
        lambda there: add_entry(
            account_id=there.account,
            version=6,
            type="penalty",
            amount=-1,
            balance_after=29,
            lifetime_after=40,
            shortfall=-1,
        ),
    ],
    "points_transaction_reversal_names_original": [
        lambda there: add_entry(account_id=there.empty_account, type="reversal", lifetime_after=0),
        lambda there: add_entry(account_id=there.empty_account, reversal_of_id=there.earned),
    ],
    "points_pointtransaction_reversal_of_id_key": [
        lambda there: add_entry(
            account_id=there.account,
            version=6,
            type="reversal",
            balance_after=31,
            lifetime_after=40,
            reversal_of_id=there.spent,
        )
    ],
    "points_transaction_source_unique": [
        lambda there: add_entry(
            account_id=there.empty_account, source_type="test", source_id="start", rule="test"
        )
    ],
    "points_transaction_version_unique": [lambda there: add_entry(account_id=there.account)],
    "points_transaction_continues_chain": [
        lambda there: add_entry(account_id=there.empty_account, balance_after=2),
        lambda there: add_entry(account_id=there.empty_account, lifetime_after=2),
        lambda there: add_entry(account_id=there.empty_account, version=2),
        lambda there: add_entry(account_id=there.empty_account, version=0),
        lambda there: add_entry(
            account_id=there.account, version=7, balance_after=31, lifetime_after=41
        ),
        lambda there: add_entry(
            account_id=there.account, version=6, balance_after=30, lifetime_after=41
        ),
        lambda there: add_entry(
            account_id=there.account,
            version=6,
            type="reversal",
            balance_after=31,
            lifetime_after=41,
            reversal_of_id=there.earned,
        ),
    ],
    "points_lot_amount_positive": [
        lambda there: add_lot(
            account_id=there.account, transaction_id=there.spent, amount=0, remaining=0
        )
    ],
    "points_lot_remaining_within_amount": [
        lambda there: change_lot(there.used_lot, remaining=-1),
        lambda there: change_lot(there.used_lot, remaining=41),
    ],
    "points_lot_refuse_delete": [
        lambda there: (
            "DELETE FROM points_pointlot WHERE transaction_id = %s",
            [there.used_lot],
        )
    ],
    "points_lot_origin_fixed": [
        lambda there: change_lot(there.used_lot, amount=41),
        lambda there: change_lot(there.used_lot, account_id=there.empty_account),
        lambda there: change_lot(there.used_lot, transaction_id=there.spent),
    ],
    "points_lot_use_not_zero": [
        lambda there: add("lotuse", transaction_id=there.earned, lot_id=there.used_lot, amount=0)
    ],
    "points_lot_use_once_per_transaction": [
        lambda there: add("lotuse", transaction_id=there.spent, lot_id=there.used_lot, amount=1)
    ],
    "points_level_reached_once": [
        lambda there: add(
            "reachedlevel",
            account_id=there.account,
            level_id=there.level,
            transaction_id=there.spent,
            min_points=40,
            reached_at=NOW,
        )
    ],
    "points_reminder_once": [
        lambda there: add_reminder(there, lapse_date=NOW.date(), days_before=7),
        lambda there: add_reminder(there, points=9, mailed_at=NOW),
    ],
    "points_reminder_of_points": [
        lambda there: add_reminder(there, days_before=1, points=0),
        lambda there: add_reminder(there, days_before=1, points=-1),
    ],
    "points_expiryreminder_days_before_check": [lambda there: add_reminder(there, days_before=-1)],
    "points_reminder_mailed_or_refused": [
        lambda there: add_reminder(there, days_before=1, mailed_at=NOW, mail_refused_at=NOW)
    ],
    "points_activity_event_unique": [lambda there: add_activity(there, event_id="e1")],
    "points_activity_status_known": [
        lambda there, status=status: add_activity(there, status=status)
        for status in ("duplicate", "invalid", "unknown_action", "unknown_member", "", "done")
    ],
    "points_activity_earns_only_when_posted": [
        lambda there, status=status, points=points: add_activity(
            there, status=status, points=points
        )
        for status in ("capped", "cooldown")
        for points in (5, -5)
    ],
    "points_audit_run_verdict_fits_findings": [
        lambda there, verdict=verdict, findings=findings: add_audit_run(
            verdict=verdict, findings=findings
        )
        for verdict, findings in (("OK", 1), ("DRIFT", 0), ("INCOMPLETE", -1), ("FINE", 0))
    ],
    "points_audit_run_ends_after_start": [
        lambda there: add_audit_run(started_at=NOW, ended_at=NOW - timedelta(seconds=1))
    ],
}


@pytest.fixture
def there(make_member) -> SimpleNamespace:
    levels = make_levels(bronze=0, silver=40)
    mia, noa, newcomer = make_member("mia"), make_member("noa"), make_member("newcomer")
    account_of(newcomer).delete()
    action = make_action("WAVE", 10)
    earned = earn(mia, 30, source_id="start")
    record_activities(reports=[report("e1", mia)], now=NOW)
    spent = spend(mia, 10)
    returned = reverse(spent)
    spend(mia, 10)
    run(add_reminder(SimpleNamespace(account=account_of(mia).pk)))
    return SimpleNamespace(
        member=mia.pk,
        newcomer=newcomer.pk,
        account=account_of(mia).pk,
        empty_account=account_of(noa).pk,
        earned=earned.transaction_id,
        spent=spent.transaction_id,
        returned=returned.transaction_id,
        used_lot=PointLot.objects.get(transaction_id=earned.transaction_id).pk,
        level=levels["silver"].pk,
        action=action.pk,
    )


@pytest.mark.parametrize(
    ("name", "violate"),
    [
        pytest.param(name, violate, id=f"{name}-{number}")
        for name, violations in CASES.items()
        for number, violate in enumerate(violations, 1)
    ],
)
def test_the_database_refuses(there, name, violate):
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        run(violate(there))

    said = refusal.value.__cause__.diag
    # A trigger that names no constraint is known by the function that raised.
    assert name == said.constraint_name or f"function pgtrigger_{name}_" in (said.context or "")


def run(*statements: Statement) -> None:
    """Run statements one after the other, and what is deferred to the commit."""
    with connection.cursor() as cursor:
        for sql, parameters in statements:
            cursor.execute(sql, parameters)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_rows_that_break_nothing_are_accepted(there):
    """The cases above differ from these rows only in what they violate."""
    with transaction.atomic():
        run(
            add_level(),
            add_action(),
            add_account(member_id=there.newcomer),
            add_activity(there),
            add_reminder(there, days_before=1),
            add_audit_run(),
            change_lot(there.used_lot, remaining=0),
            change("pointaccount", there.account, level_id=None),
        )
        transaction.set_rollback(True)


def test_a_chain_that_is_continued_with_its_account_is_accepted(there):
    with transaction.atomic():
        run(
            add_entry(account_id=there.empty_account),
            change("pointaccount", there.empty_account, balance=1, lifetime_points=1, version=1),
        )
        transaction.set_rollback(True)


def test_every_constraint_of_the_ledger_has_a_case(db):
    with connection.cursor() as cursor:
        # A unique index that includes further columns is no constraint to PostgreSQL.
        cursor.execute(
            "SELECT conname FROM pg_constraint "
            "WHERE conrelid::regclass::text LIKE 'points\\_%%' AND contype IN ('c', 'u', 'x') "
            "UNION SELECT indexrelid::regclass::text FROM pg_index "
            "WHERE indrelid::regclass::text LIKE 'points\\_%%' "
            "AND indisunique AND NOT indisprimary"
        )
        constraints = {name for (name,) in cursor.fetchall()}

    triggers = find_triggers()
    assert constraints | triggers == set(CASES) | set(GUARDS) | NOTERS
    assert set(CASES) & triggers | set(GUARDS) | NOTERS == triggers


def find_triggers() -> set[str]:
    """Return the names of the ledger's own triggers, without what pgtrigger adds to them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger "
            "WHERE tgrelid::regclass::text LIKE 'points\\_%%' AND NOT tgisinternal"
        )
        names = [name for (name,) in cursor.fetchall()]
    names = [name.removeprefix("pgtrigger_") for name in names]
    return {name.rpartition("_")[0] for name in names if name.startswith("points_")}


def test_signs_shortfalls_and_reversals_admit_what_the_ledger_knows_and_nothing_else(db):
    """What each type may be, tried with every combination, by the words the database keeps."""
    names = [
        "points_transaction_sign_fits_type",
        "points_transaction_shortfall_of_penalty",
        "points_transaction_reversal_names_original",
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg('(' || pg_get_expr(conbin, conrelid) || ')', ' AND ') "
            "FROM pg_constraint WHERE conname = ANY (%s)",
            [names],
        )
        [condition] = cursor.fetchone()
        cursor.execute(
            f"""
            SELECT type, amount, shortfall, reversal_of_id
            FROM unnest(%s::text[]) type, unnest('{{-1,0,1}}'::bigint[]) amount,
                unnest('{{-1,0,1}}'::bigint[]) shortfall,
                unnest('{{1,NULL}}'::bigint[]) reversal_of_id
            WHERE {condition}
            """,
            [[*TransactionType.values, "gift"]],
        )
        admitted = set(cursor.fetchall())
    assert admitted == {
        ("earn", 1, 0, None),
        ("admin_grant", 1, 0, None),
        ("spend", -1, 0, None),
        ("expire", -1, 0, None),
        ("admin_deduct", -1, 0, None),
        ("penalty", -1, 0, None),
        ("penalty", -1, 1, None),
        ("penalty", 0, 1, None),
        ("reversal", 1, 0, 1),
    }
