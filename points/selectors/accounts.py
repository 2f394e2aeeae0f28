"""Accounts and what can be spent of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Expression, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from ..models import PointAccount, PointLot

# Balances are looked at all the time; as text, the statement is prepared once per connection. What
# comes by a subquery is unknown to the planner, so that it keeps one plan: it would make a new one
# for each instant, in four times the time that this takes to run.
HOLDINGS = """
SELECT
    account.balance - coalesce(
        (
            SELECT sum(lot.remaining) FROM points_pointlot lot
            WHERE lot.account_id = account.id AND lot.remaining > 0
              AND lot.expires_at <= (SELECT %s::timestamptz)
        ), 0
    )::bigint,
    account.lifetime_points,
    (
        SELECT min(lot.expires_at) FROM points_pointlot lot
        WHERE lot.account_id = account.id AND lot.remaining > 0
          AND lot.expires_at > (SELECT %s::timestamptz)
    )
FROM points_pointaccount account
WHERE account.member_id = %s
"""


def get_account_of(member: Any) -> PointAccount | None:
    """Return a member's account with its level, in one query; None when none is open."""
    return PointAccount.objects.select_related("level").filter(member_id=member.pk).first()


def find_account_id(member_id: int) -> int | None:
    """Return the account of a member (primary key); None when none is open."""
    return PointAccount.objects.filter(member_id=member_id).values_list("pk", flat=True).first()


def get_spendable_balance(account: PointAccount, *, now: datetime) -> int:
    """Return the balance without what is due at `now` and not yet swept."""
    due = PointLot.objects.filter(account=account, remaining__gt=0, expires_at__lte=now)
    return account.balance - (due.aggregate(total=Sum("remaining"))["total"] or 0)


def spendable_points(*, now: datetime, account: str = "") -> Expression:
    """Return the same as an expression of a query.

    `account` is the way to the account where the query is not about accounts: `point_account`.
    """
    way = f"{account}__" if account else ""
    due = (
        PointLot.objects.filter(account=OuterRef(f"{way}pk"), remaining__gt=0, expires_at__lte=now)
        .values("account")
        .values(total=Sum("remaining"))
    )
    return F(f"{way}balance") - Coalesce(Subquery(due, output_field=BigIntegerField()), 0)


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """What a member can spend and has earned in a lifetime, and when the next points lapse."""

    points: int
    lifetime_points: int
    next_expiry_at: datetime | None


def get_holdings(*, member_id: int, now: datetime) -> Holdings:
    """Return a member's (primary key) holdings at `now`, in one query; zeros without an account."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDINGS, [now, now, member_id])
        row = cursor.fetchone()
    points, lifetime_points, next_expiry_at = row or (0, 0, None)
    return Holdings(points=points, lifetime_points=lifetime_points, next_expiry_at=next_expiry_at)
