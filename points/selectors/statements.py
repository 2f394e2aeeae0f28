"""A balance through time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..enums import TransactionType
from ..models import PointTransaction


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where an account stood: its last transaction's version, 0 before any, and the balance."""

    version: int
    balance: int


def get_standing_at(*, account_id: int | None, moment: datetime) -> Standing:
    """Return where an account stood at an instant of the ledger's clock, in one query.

    None is a member without an account: nothing ever happened, and no query is made.

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


def balance_at(*, account_id: int | None, moment: datetime) -> int:
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


def get_statement(*, account_id: int | None, starts_at: datetime, ends_at: datetime) -> Statement:
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
