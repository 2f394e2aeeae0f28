"""The only writer of the ledger: award, spend, penalise, reverse.

Each call is one function of `points/sql` in one round trip: it locks the account, looks, writes
and returns. Each names the `Source` that caused it, and the same source again changes nothing,
so every call may be repeated.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from psycopg.types.json import Jsonb

from ..enums import TransactionType
from ..errors import Invalid, SourceConflict
from ..models import AMOUNT_MAX, PointAction
from ..signals import activities_recorded, ledger_changed, level_reached, points_posted
from .cached_holdings import drop_cached_holdings_soon
from .calls import ListText, Row, call_ledger

CAUSE = "ROW(%s, %s, %s, %s, %s, %s, %s, %s, %s)::points_cause"
# Texts that never change: a connection keeps what the driver worked out for each.
AWARD = f"SELECT * FROM points_award(%s, %s, %s, {CAUSE}, %s, %s, %s)"
SPEND = f"SELECT * FROM points_spend(%s, %s, %s, {CAUSE}, %s)"
PENALISE = f"SELECT * FROM points_penalise(%s, %s, {CAUSE}, %s)"
REVERSE = f"SELECT * FROM points_reverse(%s, {CAUSE}, %s, %s, %s)"
# Whoever listens to these does so inside the posting's transaction.
LISTENED = (points_posted, level_reached, activities_recorded)
NO_TRANSACTION = nullcontext()


@dataclass(frozen=True, kw_only=True)
class Source:
    """What caused a posting; unique for ever, which is what makes postings repeatable."""

    type: str
    id: str
    rule: str


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why points move: everything a transaction records beside its figures.

    `actor_id` is the staff user's primary key, None when a rule did it; `occurred_at` is when it
    happened in the world.
    """

    source: Source
    occurred_at: datetime
    description: str = ""
    category: str = ""
    action: PointAction | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    actor_id: int | None = None

    def as_params(self) -> list[Any]:
        """Return the values of a `points_cause` row, in its order."""
        return [
            self.action.pk if self.action else None,
            self.category or (self.action.category if self.action else ""),
            self.description,
            self.source.type,
            self.source.id,
            self.source.rule,
            Jsonb(dict(self.metadata)) if self.metadata else "{}",
            self.actor_id,
            self.occurred_at,
        ]


class Posting(NamedTuple):
    """One appended transaction. `replayed` says that the source had been posted before."""

    transaction_id: int
    account_id: int
    member_id: int
    type: TransactionType
    amount: int
    shortfall: int
    balance_after: int
    lifetime_after: int
    reached_level_ids: tuple[int, ...]
    replayed: bool

    @classmethod
    def from_row(cls, row: Row) -> "Posting":
        """Read a `points_posting` row, which has these fields in this order."""
        *head, type_, amount, shortfall, balance, lifetime, reached, replayed = row
        figures = amount, shortfall, balance, lifetime
        return cls._make((*head, TransactionType(type_), *figures, tuple(reached or ()), replayed))


@dataclass(frozen=True, kw_only=True)
class Grants:
    """Many awards of the same points: to whom, and what is each one's own about the cause.

    Three lists side by side, of any length: an object for each award costs more than its figures.
    """

    account_ids: Sequence[int] | ListText
    source_ids: list[str] | ListText
    occurred_ats: Sequence[datetime] | ListText

    def as_params(self) -> list[Any]:
        """Return the three as arrays."""
        lists = self.account_ids, self.source_ids, self.occurred_ats
        return [values if isinstance(values, str) else list(values) for values in lists]


@dataclass(frozen=True, kw_only=True)
class LevelReached:
    """A member reached a level for the first time."""

    member_id: int
    level_id: int
    lifetime_points: int


def award_points(
    *,
    account_id: int,
    amount: int,
    cause: Cause,
    now: datetime,
    type: TransactionType = TransactionType.EARN,  # noqa: A002 -- the ledger's own word
) -> Posting:
    """Add `amount` points (1 to 10⁹) as a lot of their own and return the posting.

    `type` is EARN or ADMIN_GRANT. Raises Invalid, MemberNotFound (no such account), AccountClosed,
    SourceConflict.
    """
    check_amount(amount)
    days = cause.action.expires_after_days if cause.action else None
    params = [
        account_id,
        type.value,
        amount,
        *cause.as_params(),
        settings.LOYALTY_POINTS_EXPIRE_AFTER_DAYS if days is None else days,
        settings.LOYALTY_TIME_ZONE,
        now,
    ]
    return _post(AWARD, params, moves=(account_id, type, amount))


def award_each(*, grants: Grants, amount: int, cause: Cause, now: datetime) -> list[int]:
    """Add `amount` points to each grant's account, in one round trip.

    No account may be named twice. `cause` is what the grants share; its source's id and its instant
    are theirs. A source that was posted before, and a closed account, are passed over. Returns the
    members who got the points, by their primary keys.
    """
    check_amount(amount)
    days = cause.action.expires_after_days if cause.action else None
    function = f"points_award_each(%s, %s, %s, %s, {CAUSE}, %s, %s, %s)"
    params = [
        *grants.as_params(),
        amount,
        *cause.as_params(),
        settings.LOYALTY_POINTS_EXPIRE_AFTER_DAYS if days is None else days,
        settings.LOYALTY_TIME_ZONE,
        now,
    ]
    with posting_transaction():
        if points_posted.has_listeners() or level_reached.has_listeners():
            postings = [
                Posting.from_row(row) for row in call_ledger(f"SELECT * FROM {function}", params)
            ]
            announce(postings)
            return [posting.member_id for posting in postings]
        # Nobody asks for the postings themselves.
        [[member_ids]] = call_ledger(
            f"SELECT coalesce(array_agg(member_id), '{{}}') FROM {function}", params
        )
        if member_ids:
            hint(member_ids)
    return list(member_ids)


def spend_points(
    *,
    account_id: int,
    amount: int,
    cause: Cause,
    now: datetime,
    type: TransactionType = TransactionType.SPEND,  # noqa: A002 -- the ledger's own word
) -> Posting:
    """Take `amount` points (1 to 10⁹), soonest to lapse first, and return the posting.

    `type` is SPEND or ADMIN_DEDUCT. Due lots lapse first, under the same lock.
    Raises InsufficientPoints with what is spendable, Invalid, MemberNotFound, AccountClosed,
    SourceConflict.
    """
    check_amount(amount)
    params = [account_id, type.value, amount, *cause.as_params(), now]
    return _post(SPEND, params, moves=(account_id, type, -amount))


def penalise_member(*, account_id: int, amount: int, cause: Cause, now: datetime) -> Posting:
    """Take up to `amount` points; what the balance lacks is recorded as the shortfall.

    Raises Invalid, MemberNotFound, AccountClosed, SourceConflict.
    """
    check_amount(amount)
    params = [account_id, amount, *cause.as_params(), now]
    return _post(PENALISE, params, moves=(account_id, TransactionType.PENALTY, -amount))


def reverse_transaction(*, transaction_id: int, cause: Cause, now: datetime) -> Posting:
    """Give back what a transaction took, to the same lots, and return the posting.

    A lot that lapsed meanwhile lives on for LOYALTY_RETURNED_POINTS_GRACE_DAYS.
    Raises NotReversible when it took nothing, MemberNotFound when there is no such transaction.
    """
    params = [
        transaction_id,
        *cause.as_params(),
        settings.LOYALTY_RETURNED_POINTS_GRACE_DAYS,
        settings.LOYALTY_TIME_ZONE,
        now,
    ]
    return _post(REVERSE, params)


def announce(postings: Iterable[Posting]) -> None:
    """Send the ledger's signals for new postings. Call it in the transaction that made them."""
    new = [posting for posting in postings if not posting.replayed]
    if not new:
        return
    hint({posting.member_id for posting in new})
    points_posted.send(sender=None, postings=new)
    reached = [
        LevelReached(
            member_id=posting.member_id, level_id=level_id, lifetime_points=posting.lifetime_after
        )
        for posting in new
        for level_id in posting.reached_level_ids
    ]
    if reached:
        level_reached.send(sender=None, reached=reached)


def posting_transaction() -> AbstractContextManager[None]:
    """Return the transaction a posting needs: none of its own while nobody listens inside it.

    The ledger's functions are single statements. Opening and closing a transaction around one
    costs two more round trips, which only receivers and enclosing transactions are worth.
    """
    if connection.in_atomic_block or any(signal.receivers for signal in LISTENED):
        return transaction.atomic()
    return NO_TRANSACTION


def hint(member_ids: Collection[int] = ()) -> None:
    """Say after the commit that there is news, and that these members were posted to."""
    # Without an open transaction the postings have committed, and this is done at once.
    connection.on_commit(partial(_tell, member_ids), robust=True)


def check_amount(amount: int) -> None:
    """Refuse an amount no single transaction may move."""
    if not 1 <= amount <= AMOUNT_MAX:
        raise Invalid(f"The amount must be from 1 to {AMOUNT_MAX:,} points.")


def _tell(member_ids: Collection[int]) -> None:
    if member_ids:
        drop_cached_holdings_soon(member_ids=member_ids)
    ledger_changed.send_robust(sender=None)


def _post(
    sql: str, params: list[Any], *, moves: tuple[int, TransactionType, int] | None = None
) -> Posting:
    """Call a function that posts; `moves` is the account, type and signed amount asked for."""
    required = -moves[2] if moves else 0
    with posting_transaction():
        postings = [Posting.from_row(row) for row in call_ledger(sql, params, required=required)]
        # What lapsed on the way comes first, what was asked for last.
        posting = postings[-1]
        asked = posting.amount - posting.shortfall
        if posting.replayed and moves not in (None, (posting.account_id, posting.type, asked)):
            raise SourceConflict
        announce(postings)
    return posting
