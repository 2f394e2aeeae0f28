"""What the ledger's tests share: short ways to move points, and the books' own arithmetic."""

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import connection
from django.dispatch import Signal

from loyalty_site.testing.storms import losers, run_together, winners
from points.enums import TransactionType
from points.models import LevelConfig, PointAccount, PointAction, PointLot, PointTransaction
from points.services.activities import ActivityReport
from points.services.postings import (
    Cause,
    Posting,
    Source,
    award_points,
    penalise_member,
    reverse_transaction,
    spend_points,
)

T = TypeVar("T")

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)

numbers = itertools.count(1)


def make_fresh_id() -> str:
    """Return an id nothing had before, not in another process of a storm either."""
    return f"cause-{os.getpid()}-{next(numbers)}"


# Each row that comes back is a sentence about books that do not add up.
FAULTS = """
SELECT 'account ' || account.id || ': balance ' || account.balance || ', transactions '
       || totals.amount || ', lots ' || totals.lots || ', lifetime ' || account.lifetime_points
       || ' of ' || totals.earned || ', version ' || account.version || ' of ' || totals.entries
       || ', numbered from ' || totals.first || ' to ' || totals.last
FROM points_pointaccount account CROSS JOIN LATERAL (
    SELECT coalesce(sum(entry.amount), 0) AS amount,
           coalesce(sum(entry.amount) FILTER (WHERE entry.type IN ('earn', 'admin_grant')), 0)
               AS earned,
           count(*) AS entries,
           coalesce(min(entry.version), 1) AS first,
           coalesce(max(entry.version), 0) AS last,
           (SELECT coalesce(sum(remaining), 0) FROM points_pointlot WHERE account_id = account.id)
               AS lots
    FROM points_pointtransaction entry WHERE entry.account_id = account.id
) totals
WHERE (account.balance, account.balance, account.lifetime_points)
          IS DISTINCT FROM (totals.amount, totals.lots, totals.earned)
   OR (account.version, totals.first, totals.last)
          IS DISTINCT FROM (totals.entries, 1, totals.entries)
UNION ALL
SELECT 'lot ' || lot.transaction_id || ': ' || lot.remaining || ' of ' || lot.amount || ' remain, '
       || coalesce(sum(used.amount), 0) || ' used'
FROM points_pointlot lot LEFT JOIN points_lotuse used ON used.lot_id = lot.transaction_id
GROUP BY lot.transaction_id
HAVING lot.amount - coalesce(sum(used.amount), 0) <> lot.remaining
UNION ALL
SELECT 'transaction ' || entry.id || ' moved ' || entry.amount || ', its lots '
       || -coalesce(sum(used.amount), 0)
FROM points_pointtransaction entry LEFT JOIN points_lotuse used ON used.transaction_id = entry.id
WHERE entry.type NOT IN ('earn', 'admin_grant')
GROUP BY entry.id
HAVING entry.amount <> -coalesce(sum(used.amount), 0)
"""


def find_faults() -> list[str]:
    """Return what does not add up between balances, transactions, lots and lot uses."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(FAULTS)
        faults = [fault for (fault,) in cursor.fetchall()]
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return faults


def make_cause(
    source_id: str = "", *, at: datetime = NOW, rule: str = "test", **fields: Any
) -> Cause:
    """Return a cause; without an id, one that nothing had before."""
    source = Source(type="test", id=source_id or make_fresh_id(), rule=rule)
    return Cause(source=source, occurred_at=at, **fields)


def lasting(days: int) -> PointAction:
    """Return an action whose points live for `days` days; 0 is for ever."""
    action, _ = PointAction.objects.get_or_create(
        code=f"LASTS_{days}", defaults={"points": 1, "expires_after_days": days}
    )
    return action


def earn(
    member: Any,
    amount: int,
    *,
    now: datetime = NOW,
    days: int | None = None,
    source_id: str = "",
    type: TransactionType = TransactionType.EARN,  # noqa: A002 -- the ledger's own word
) -> Posting:
    """Award points that live for `days`, without it as long as the programme says."""
    action = None if days is None else lasting(days)
    cause = make_cause(source_id, at=now, action=action)
    account_id = account_of(member).pk
    return award_points(account_id=account_id, amount=amount, cause=cause, now=now, type=type)


def spend(
    member: Any,
    amount: int,
    *,
    now: datetime = NOW,
    source_id: str = "",
    type: TransactionType = TransactionType.SPEND,  # noqa: A002 -- the ledger's own word
) -> Posting:
    """Spend a member's points."""
    cause = make_cause(source_id, at=now)
    account_id = account_of(member).pk
    return spend_points(account_id=account_id, amount=amount, cause=cause, now=now, type=type)


def penalise(member: Any, amount: int, *, now: datetime = NOW, source_id: str = "") -> Posting:
    """Take a penalty from a member."""
    cause = make_cause(source_id, at=now)
    return penalise_member(account_id=account_of(member).pk, amount=amount, cause=cause, now=now)


def reverse(posting: Posting, *, now: datetime = NOW, source_id: str = "") -> Posting:
    """Give back what a posting took."""
    return reverse_transaction(
        transaction_id=posting.transaction_id, cause=make_cause(source_id, at=now), now=now
    )


def account_of(member: Any) -> PointAccount:
    """Return a member's account as it stands now."""
    return PointAccount.objects.select_related("level").get(member=member)


def close_account(member: Any) -> None:
    """Close a member's account."""
    PointAccount.objects.filter(member=member).update(closed_at=NOW)


def entries_of(member: Any) -> list[tuple[str, int, int]]:
    """Return (type, amount, balance after) of a member's transactions in ledger order."""
    entries = PointTransaction.objects.filter(account__member=member).order_by("version")
    return list(entries.values_list("type", "amount", "balance_after"))


def remaining_of(member: Any) -> list[int]:
    """Return what is left of each of a member's lots, the oldest lot first."""
    lots = PointLot.objects.filter(account__member=member).order_by("transaction_id")
    return list(lots.values_list("remaining", flat=True))


def ends_of(member: Any) -> list[Any]:
    """Return the instant each of a member's lots lapses at, or None, the oldest lot first."""
    lots = PointLot.objects.filter(account__member=member).order_by("transaction_id")
    return list(lots.values_list("expires_at", flat=True))


def make_levels(**thresholds: int) -> dict[str, LevelConfig]:
    """Install levels, the lowest first: `make_levels(bronze=0, silver=100)`."""
    return {
        name: LevelConfig.objects.create(name=name, tier=tier, min_points=min_points)
        for tier, (name, min_points) in enumerate(thresholds.items(), 1)
    }


def make_action(code: str = "WAVE", points: int = 10, **fields: Any) -> PointAction:
    """Install an action."""
    fields = {"category": "Social", "description": "Wave at somebody"} | fields
    return PointAction.objects.create(code=code, points=points, **fields)


def report(event_id: str, member: Any, action: str = "WAVE", **fields: Any) -> ActivityReport:
    """Return a report of what a member (or a public id) did, at NOW unless told otherwise."""
    user_id = member if isinstance(member, str) else member.public_id
    fields = {"occurred_at": NOW} | fields
    return ActivityReport(event_id=event_id, user_id=user_id, action=action, **fields)


def run_all(n: int, function: Callable[[int], T]) -> list[T]:
    """Run a storm in which nobody may fail, and return what each process returned."""
    results = run_together(n, function)
    assert losers(results) == []
    return winners(results)


@contextmanager
def listening(signal: Signal) -> Iterator[list[dict[str, Any]]]:
    """Collect what a signal carries while the block runs."""
    heard: list[dict[str, Any]] = []

    def hear(sender: Any, signal: Signal, **carried: Any) -> None:
        heard.append(carried)

    signal.connect(hear)
    try:
        yield heard
    finally:
        signal.disconnect(hear)
