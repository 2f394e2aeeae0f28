"""Reading the ledger. Each query starts from whose eyes look: a member sees only their own."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Sum

from .errors import Invalid
from .models import Activity, LevelConfig, PointAccount, PointAction, PointLot, PointTransaction


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


def list_activities_of(member: Any) -> QuerySet[Activity]:
    """Return what a member did, newest first."""
    return (
        Activity.objects.filter(account__member_id=member.pk)
        .select_related("action")
        .order_by("-occurred_at", "-id")
    )


def list_levels() -> QuerySet[LevelConfig]:
    """Return every level, the lowest first."""
    return LevelConfig.objects.order_by("tier")


def list_actions() -> QuerySet[PointAction]:
    """Return every action, by category and then as they were added."""
    return PointAction.objects.order_by("category", "id")


def get_action(code: str) -> PointAction:
    """Return an action by its code. Raises Invalid."""
    action = PointAction.objects.filter(code=code).first()
    if action is None:
        raise Invalid(f"There is no action {code!r}.")
    return action


def find_next_level(lifetime_points: int) -> LevelConfig | None:
    """Return the level above these lifetime points, None at the top."""
    return LevelConfig.objects.filter(min_points__gt=lifetime_points).order_by("tier").first()


def get_spendable_balance(account: PointAccount, *, now: datetime) -> int:
    """Return the balance without what is due at `now` and not yet swept."""
    due = PointLot.objects.filter(account=account, remaining__gt=0, expires_at__lte=now)
    return account.balance - (due.aggregate(total=Sum("remaining"))["total"] or 0)
