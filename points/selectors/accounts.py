"""Accounts and what can be spent of them."""

from datetime import datetime
from typing import Any

from django.db.models import Sum

from ..models import PointAccount, PointLot


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
