"""The ledger's own passes, each with what it promises."""

from collections.abc import Iterator

import pgtrigger
from django.contrib.auth import get_user_model
from django.db import connection

from . import checks
from .lot_order import LOT_ORDER, TRANSACTIONS
from .registry import AuditPass, Check, Finding, Saw, Scope, check_sql, stream

ACCOUNTS = (
    "SELECT count(*) FROM points_pointaccount WHERE %(account)s::bigint IS NULL OR id = %(account)s"
)
LOTS = (
    "SELECT count(*) FROM points_pointlot "
    "WHERE %(account)s::bigint IS NULL OR account_id = %(account)s"
)
LOT_USES = (
    "SELECT count(*) FROM points_lotuse used WHERE %(account)s::bigint IS NULL OR EXISTS ("
    "SELECT 1 FROM points_pointtransaction "
    "WHERE id = used.transaction_id AND account_id = %(account)s)"
)
REACHED_LEVELS = (
    "SELECT count(*) FROM points_reachedlevel "
    "WHERE %(account)s::bigint IS NULL OR account_id = %(account)s"
)
ACTIVITIES = (
    "SELECT count(*) FROM points_activity "
    "WHERE %(account)s::bigint IS NULL OR account_id = %(account)s"
)
DIGESTS = f"SELECT ({TRANSACTIONS}) + ({LOT_USES}) + ({REACHED_LEVELS}) + ({ACTIVITIES})"
REVERSALS = (
    "SELECT count(*) FROM points_pointtransaction WHERE reversal_of_id IS NOT NULL "
    "AND (%(account)s::bigint IS NULL OR account_id = %(account)s)"
)
TRIGGERS = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"


def check_accounts(scope: Scope, saw: Saw) -> Iterator[Finding]:
    """Yield accounts without an opening, a member or their digest, and rows without an account."""
    people = connection.ops.quote_name(get_user_model()._meta.db_table)  # noqa: SLF001
    members = checks.MEMBERS.replace("people person", f"{people} person")
    yield from check_sql(checks.OPENINGS, members, checks.ACCOUNT_DIGESTS, checks.STRAYS)(
        scope, saw
    )


def check_guards(scope: Scope, saw: Saw) -> Iterator[Finding]:
    """Yield the triggers of the models that are missing from the database or switched off."""
    query = "SELECT tgname, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"
    states = dict(stream(query, scope))
    for model, trigger in pgtrigger.registered():
        state = states.get(trigger.get_pgid(model))
        if state is None:
            yield Finding(subject=f"trigger {trigger.name}", problem="it is missing")
        elif state not in {"O", "A"}:
            yield Finding(subject=f"trigger {trigger.name}", problem="it is switched off")


def _pass(name: str, promise: str, count_sql: str, check: Check) -> AuditPass:
    return AuditPass(name=f"points.{name}", promise=promise, count_sql=count_sql, check=check)


PASSES = (
    _pass(
        "guards",
        "Every trigger that guards a table is in place and switched on.",
        TRIGGERS,
        check_guards,
    ),
    _pass(
        "accounts",
        "Every account that was opened is there, its member's, and as it was written.",
        ACCOUNTS,
        check_accounts,
    ),
    _pass(
        "balances",
        "Balances, lifetime points and counts are the sums and counts of the rows behind them.",
        ACCOUNTS,
        check_sql(checks.BALANCES),
    ),
    _pass(
        "chain",
        "Each transaction follows the one before it: number, balance and lifetime points.",
        TRANSACTIONS,
        check_sql(checks.CHAIN),
    ),
    _pass(
        "digests",
        "Transactions, lot uses, reached levels and activities are as they were written.",
        DIGESTS,
        check_sql(
            checks.TRANSACTION_DIGESTS,
            checks.LOT_USE_DIGESTS,
            checks.REACHED_LEVEL_DIGESTS,
            checks.ACTIVITY_DIGESTS,
        ),
    ),
    _pass(
        "lots",
        "Each earning has its lot, holding what was not taken from it, until when the rows say.",
        LOTS,
        check_sql(checks.LOTS),
    ),
    _pass(
        "lot_uses",
        "What a transaction moved it took from, or gave back to, lots of the same account.",
        LOT_USES,
        check_sql(checks.LOT_USE_SUMS, checks.LOT_USE_PLACES),
    ),
    LOT_ORDER,
    _pass(
        "reversals",
        "A reversal gives back all of an earlier spend, deduction or penalty of the same account.",
        REVERSALS,
        check_sql(checks.REVERSALS),
    ),
    _pass(
        "levels",
        "Each reached level was reached by earning enough; accounts stand on one they reached.",
        REACHED_LEVELS,
        check_sql(checks.REACHED_LEVELS, checks.ACCOUNT_LEVELS),
    ),
    _pass(
        "activities",
        "An activity and its transaction tell the same; without points there is none.",
        ACTIVITIES,
        check_sql(checks.ACTIVITIES),
    ),
    _pass(
        "sources",
        "Every cause had one effect.",
        TRANSACTIONS,
        check_sql(checks.SOURCES, checks.EXPIRIES),
    ),
)
