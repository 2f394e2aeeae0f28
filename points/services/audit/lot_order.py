"""Retelling from the transactions alone which lots each of them must have taken from.

An account's history is folded in Python, in the order of its versions, by rules written down here
a second time: nothing is shared with the SQL that posts. What it comes to is compared with the lot
uses on record.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from points.enums import LIFETIME_TYPES, TransactionType
from points.models import AMOUNT_MAX

from .registry import ROWS_PER_FETCH, AuditPass, Finding, Saw, Scope, stream

# Microseconds since 1970 that no instant reaches: a lot that never lapses.
NEVER = 2**63

TRANSACTIONS = (
    "SELECT count(*) FROM points_pointtransaction "
    "WHERE %(account)s::bigint IS NULL OR account_id = %(account)s"
)

# Instants come as whole microseconds: quick to compare, and exact.
HISTORY = """
SELECT entry.account_id, entry.id, entry.type, entry.amount, entry.reversal_of_id,
       (extract(epoch FROM entry.expires_at) * 1000000)::bigint,
       (extract(epoch FROM entry.created_at) * 1000000)::bigint,
       used.lot_id, used.amount, (extract(epoch FROM used.lot_extended_to) * 1000000)::bigint
FROM points_pointtransaction entry
LEFT JOIN points_lotuse used ON used.transaction_id = entry.id
WHERE %(account)s::bigint IS NULL OR entry.account_id = %(account)s
ORDER BY entry.account_id, entry.version, entry.id
"""


class Broken(Exception):
    """The history cannot be so by the rules; the text says why."""


class Entry(NamedTuple):
    """One transaction of the history. Instants are microseconds since 1970."""

    account_id: int
    id: int
    type: str
    amount: int
    reversal_of: int | None
    expires_at: int | None
    created_at: int


@dataclass(slots=True)
class Lot:
    """What is left of an earning, and until when."""

    remaining: int
    ends_at: int


@dataclass(slots=True)
class Replay:
    """One account's lots as its transactions leave them.

    `queue` holds (end, lot) with the soonest first; a pair that no longer fits its lot is skipped.
    """

    lots: dict[int, Lot] = field(default_factory=dict)
    queue: list[tuple[int, int]] = field(default_factory=list)
    taken: dict[int, dict[int, int]] = field(default_factory=dict)

    def follow(self, entry: Entry, extensions: dict[int, int]) -> dict[int, int]:
        """Apply the next transaction and return what it takes of which lot (gives back: negative).

        `extensions` says until when it prolonged lots, the one thing that cannot be derived.
        Raises Broken.
        """
        if entry.type in LIFETIME_TYPES:
            ends_at = NEVER if entry.expires_at is None else entry.expires_at
            self.lots[entry.id] = Lot(entry.amount, ends_at)
            heappush(self.queue, (ends_at, entry.id))
            return {}
        if entry.type == TransactionType.REVERSAL:
            return self.give_back(entry, extensions)
        if extensions:
            raise Broken("prolonged a lot, which only a reversal does")
        if entry.type == TransactionType.EXPIRE:
            return self.lapse(entry)
        uses = self.take(-entry.amount, entry.created_at)
        self.taken[entry.id] = uses
        return uses

    def first_lot(self) -> tuple[int, Lot] | None:
        """Return the lot that is next to be taken from; None when all are empty."""
        while self.queue:
            ends_at, lot_id = self.queue[0]
            lot = self.lots[lot_id]
            if lot.remaining and lot.ends_at == ends_at:
                return lot_id, lot
            heappop(self.queue)
        return None

    def take(self, amount: int, now: int) -> dict[int, int]:
        """Take from the soonest to lapse, then the oldest; never from one that has lapsed."""
        uses: dict[int, int] = {}
        while amount:
            first = self.first_lot()
            if first is None:
                raise Broken(f"takes {amount} points more than the lots hold")
            lot_id, lot = first
            if lot.ends_at <= now:
                raise Broken(f"was made while lot {lot_id} had lapsed and still held points")
            uses[lot_id] = min(amount, lot.remaining)
            lot.remaining -= uses[lot_id]
            amount -= uses[lot_id]
        return uses

    def lapse(self, entry: Entry) -> dict[int, int]:
        """Let everything due lapse, soonest first, up to what one transaction may move."""
        uses: dict[int, int] = {}
        total = 0
        while first := self.first_lot():
            lot_id, lot = first
            if lot.ends_at > entry.created_at or total + lot.remaining > AMOUNT_MAX:
                break
            uses[lot_id] = lot.remaining
            total += lot.remaining
            lot.remaining = 0
        if total != -entry.amount:
            raise Broken(f"lets {-entry.amount} points lapse where {total} were due")
        return uses

    def give_back(self, entry: Entry, extensions: dict[int, int]) -> dict[int, int]:
        """Give back what the original took; lots that lapsed meanwhile end anew."""
        original = self.taken.pop(entry.reversal_of or 0, None)
        if original is None:
            raise Broken("gives back what no earlier transaction took")
        for lot_id, amount in original.items():
            lot = self.lots[lot_id]
            lot.remaining += amount
            extended_to = extensions.get(lot_id)
            if extended_to is None and lot.ends_at <= entry.created_at:
                raise Broken(f"gives points back to lot {lot_id}, which had lapsed")
            if extended_to is not None:
                if lot.ends_at > entry.created_at:
                    raise Broken(f"prolongs lot {lot_id}, which had not lapsed")
                if extended_to < entry.created_at:
                    raise Broken(f"prolongs lot {lot_id} into the past")
                lot.ends_at = extended_to
            heappush(self.queue, (lot.ends_at, lot_id))
        return {lot_id: -amount for lot_id, amount in original.items()}


def check_lot_order(scope: Scope, saw: Saw) -> Iterator[Finding]:
    """Yield the first transaction of each account that took otherwise than the rules say."""
    rows_seen = 0
    for _, history in groupby(stream(HISTORY, scope), key=itemgetter(0)):
        replay: Replay | None = Replay()
        for _, rows in groupby(history, key=itemgetter(1)):
            uses: dict[int, int] = {}
            extensions: dict[int, int] = {}
            for row in rows:
                *columns, lot_id, amount, extended_to = row
                if lot_id is not None:
                    uses[lot_id] = amount
                if extended_to is not None:
                    extensions[lot_id] = extended_to
            entry = Entry(*columns)
            rows_seen += 1
            if rows_seen == ROWS_PER_FETCH:
                saw(rows_seen)
                rows_seen = 0
            if replay is None:
                continue
            problem = _compare(replay, entry, uses, extensions)
            if problem:
                # From here on the account's lots are uncertain.
                replay = None
                yield Finding(subject=f"transaction {entry.id}", problem=problem)
    saw(rows_seen)


def _compare(replay: Replay, entry: Entry, uses: dict[int, int], extensions: dict[int, int]) -> str:
    try:
        expected = replay.follow(entry, extensions)
    except Broken as broken:
        return f"{broken}; what follows in account {entry.account_id} was not judged"
    if expected == uses:
        return ""
    return (
        f"took {_tell(uses)} where the order says {_tell(expected)}; "
        f"what follows in account {entry.account_id} was not judged"
    )


def _tell(uses: dict[int, int]) -> str:
    parts = [f"{amount} of lot {lot_id}" for lot_id, amount in sorted(uses.items())]
    return ", ".join(parts) or "nothing"


LOT_ORDER = AuditPass(
    name="points.lot_order",
    promise="Points came from the lot that lapses soonest, then the oldest, never a lapsed one.",
    count_sql=TRANSACTIONS,
    check=check_lot_order,
)
