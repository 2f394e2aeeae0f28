"""Reading the ledger. Each query starts from whose eyes look: a member sees only their own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet, Sum

from .enums import TransactionType
from .models import LevelConfig, PointAccount, PointAction, PointLot, PointTransaction


def get_account_of(member: Any) -> PointAccount | None:
    """Return a member's account with its level, in one query; None when none is open."""
    return PointAccount.objects.select_related("level").filter(member_id=member.pk).first()


def list_transactions_of(member: Any) -> QuerySet[PointTransaction]:
    """Return a member's own transactions with their actions, newest first."""
    return (
        PointTransaction.objects.filter(account__member_id=member.pk)
        .select_related("action")
        .order_by("-version")
    )


def list_levels() -> QuerySet[LevelConfig]:
    """Return every level, the lowest first."""
    return LevelConfig.objects.order_by("tier")


def list_actions() -> QuerySet[PointAction]:
    """Return every action, by category and then as they were added."""
    return PointAction.objects.order_by("category", "id")


def get_spendable_balance(account: PointAccount, *, now: datetime) -> int:
    """Return the balance without what is due at `now` and not yet swept."""
    due = PointLot.objects.filter(account=account, remaining__gt=0, expires_at__lte=now)
    return account.balance - (due.aggregate(total=Sum("remaining"))["total"] or 0)


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """So many points lapse at that instant."""

    expires_at: datetime
    points: int


def list_expiries(*, member: Any, after: datetime, until: datetime) -> list[Expiry]:
    """Return what a member loses after one instant and up to another, soonest first: one query."""
    rows = _list_lapsing(member).filter(expires_at__gt=after, expires_at__lte=until)
    return [Expiry(**row) for row in rows]


def find_next_expiry(*, member: Any, after: datetime) -> Expiry | None:
    """Return what a member loses first after an instant; None when nothing ever will."""
    row = _list_lapsing(member).filter(expires_at__gt=after).first()
    return Expiry(**row) if row else None


def _list_lapsing(member: Any) -> QuerySet[PointLot, Any]:
    lots = PointLot.objects.filter(account__member_id=member.pk, remaining__gt=0)
    return lots.values("expires_at").annotate(points=Sum("remaining")).order_by("expires_at")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where an account stood: its last transaction's version, 0 before any, and the balance."""

    version: int
    balance: int


def get_standing_at(*, account_id: int, moment: datetime) -> Standing:
    """Return where an account stood at an instant of the ledger's clock, in one query.

    Two postings of the same moment may have taken their instants in another order than their
    versions. What counts is the version, so this is always a state the account was in.
    """
    row = (
        PointTransaction.objects.filter(account_id=account_id, created_at__lte=moment)
        .order_by("-version")
        .values_list("version", "balance_after")
        .first()
    )
    version, balance = row or (0, 0)
    return Standing(version=version, balance=balance)


def balance_at(*, account_id: int, moment: datetime) -> int:
    """Return the balance at a past instant, what was posted at that very instant included."""
    return get_standing_at(account_id=account_id, moment=moment).balance


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What happened to a balance within a stretch of time, oldest line first.

    The opening balance and the lines' amounts come to the closing balance, and the closing balance
    of one stretch is the opening balance of the next.
    """

    opening_balance: int
    closing_balance: int
    lines: list[PointTransaction]

    @property
    def totals(self) -> dict[str, int]:
        """Signed sums by transaction type, every type among them."""
        totals = dict.fromkeys(TransactionType.values, 0)
        for line in self.lines:
            totals[line.type] += line.amount
        return totals


def get_statement(*, account_id: int, starts_at: datetime, ends_at: datetime) -> Statement:
    """Return an account's statement of a half-open stretch, in three queries."""
    instant = timedelta(microseconds=1)
    opening = get_standing_at(account_id=account_id, moment=starts_at - instant)
    closing = get_standing_at(account_id=account_id, moment=ends_at - instant)
    # By version, so that a posting made between these queries can upset nothing.
    lines = PointTransaction.objects.filter(
        account_id=account_id, version__gt=opening.version, version__lte=closing.version
    )
    return Statement(
        opening_balance=opening.balance,
        closing_balance=closing.balance,
        lines=list(lines.select_related("action").order_by("version")),
    )
