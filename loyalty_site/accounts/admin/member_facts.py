"""Everything that explains one member's points, read in a fixed number of queries.

Each part is shown to whoever may view what it is made of, and holds the latest few rows; the page
leads to the whole lists.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from gamification.selectors import get_badge_standing, list_awards_of, list_measures
from points.models import Activity, PointAccount
from points.selectors import (
    LevelStanding,
    get_account_of,
    get_spendable_balance,
    list_activities_of,
    list_levels,
    list_refusals_of,
    list_spendable_lots,
    list_transactions_of,
    measure_levels,
)
from points.services.calendar import get_programme_date
from referrals.selectors import (
    find_current_code,
    find_referral_to,
    get_figures,
    list_referrals_of,
)
from rewards.selectors import list_purchases_of, list_redemptions_of
from rewards.selectors.options import list_option_redemptions_of

from ..lockout import get_lock_seconds
from ..models import User

ROWS_SHOWN = 8
FEW_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The latest rows of a list, and whether there are more."""

    shown: list[Any]
    has_more: bool


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """What a member can spend, what lapsed and waits to be swept, and the way to the next level."""

    account: PointAccount
    spendable: int
    due: int
    lots: Rows
    standing: LevelStanding


def collect_facts(*, member: User, viewer: Any, now: datetime) -> dict[str, Any]:
    """Return what the page shows this viewer of a member; a part they may not see is missing."""
    account = get_account_of(member)
    facts: dict[str, Any] = {
        "account": account,
        "group_names": list(member.groups.order_by("name").values_list("name", flat=True)),
        "lock_seconds": get_lock_seconds(email=member.email, now=now) if member.email else None,
        "changes": take(_list_changes(member)),
    }
    for name, permission, collect in PARTS:
        if viewer.has_perm(permission):
            facts[name] = collect(member, account, now)
    return facts


def take(rows: "QuerySet[Any]", count: int = ROWS_SHOWN) -> Rows:
    """Return the first rows of a list."""
    found = list(rows[: count + 1])
    return Rows(shown=found[:count], has_more=len(found) > count)


def _list_changes(member: User) -> "QuerySet[LogEntry]":
    return (
        LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(User), object_id=str(member.pk)
        )
        .select_related("user")
        .order_by("-pk")
    )


def _collect_holdings(member: User, account: PointAccount | None, now: datetime) -> Holdings | None:
    if account is None:
        return None
    spendable = get_spendable_balance(account, now=now)
    return Holdings(
        account=account,
        spendable=spendable,
        due=account.balance - spendable,
        lots=take(list_spendable_lots(account_id=account.pk, now=now), FEW_SHOWN),
        standing=measure_levels(list(list_levels()), account=account),
    )


def _collect_ledger(member: User, account: PointAccount | None, now: datetime) -> Rows:
    return take(list_transactions_of(member.pk).select_related("actor", "action"))


def _collect_activities(member: User, account: PointAccount | None, now: datetime) -> Rows:
    if account is None:
        return Rows(shown=[], has_more=False)
    found = take(list_activities_of(account.pk))
    told = [{"activity": each, "why": explain_activity(each)} for each in found.shown]
    return Rows(shown=told, has_more=found.has_more)


def explain_activity(activity: Activity) -> str:
    """Return why an activity earned what it did: the ledger's reason, or the rule it fits."""
    action = activity.action
    if activity.reason:
        return activity.reason
    if action.unit_field:
        amount = activity.metadata.get(action.unit_field)
        rule = f"{action.points:,} for every whole {action.unit_size.normalize():f}"
        return f"{action.code} earns {rule} of {action.unit_field}, which was {amount}."
    if activity.points != action.points:
        return f"{action.code} earned {activity.points:,} then; it earns {action.points:,} now."
    return f"{action.code} earns {action.points:,} each time."


def _collect_refusals(member: User, account: PointAccount | None, now: datetime) -> Rows:
    return take(list_refusals_of(member.public_id), FEW_SHOWN)


def _collect_badges(member: User, account: PointAccount | None, now: datetime) -> dict[str, Any]:
    standing = get_badge_standing(member=member, now=now)
    open_ = [each for each in standing.progress if not each.is_earned]
    open_.sort(key=lambda each: -each.percentage)
    return {
        "awards": take(list_awards_of(member.pk)),
        "held_count": len(standing.held),
        "progress": open_[:FEW_SHOWN],
    }


def _collect_scores(member: User, account: PointAccount | None, now: datetime) -> list[Any]:
    return list_measures(member_id=member.pk, day=get_programme_date(now))


def _collect_referrals(member: User, account: PointAccount | None, now: datetime) -> dict[str, Any]:
    return {
        "code": find_current_code(member),
        "figures": get_figures(member, now=now),
        "given": take(list_referrals_of(member), FEW_SHOWN),
        "received": find_referral_to(member),
    }


def _collect_redemptions(member: User, account: PointAccount | None, now: datetime) -> Rows:
    return take(list_redemptions_of(member), FEW_SHOWN)


def _collect_options(member: User, account: PointAccount | None, now: datetime) -> Rows:
    return take(list_option_redemptions_of(member), FEW_SHOWN)


def _collect_purchases(member: User, account: PointAccount | None, now: datetime) -> Rows:
    return take(list_purchases_of(member), FEW_SHOWN)


# The name of a part, what it takes to see it, and who reads it.
PARTS: tuple[tuple[str, str, Callable[[User, PointAccount | None, datetime], Any]], ...] = (
    ("holdings", "points.view_pointaccount", _collect_holdings),
    ("ledger", "points.view_pointtransaction", _collect_ledger),
    ("activities", "points.view_activity", _collect_activities),
    ("refusals", "points.view_refusedactivity", _collect_refusals),
    ("badges", "gamification.view_badgeaward", _collect_badges),
    ("scores", "gamification.view_metricscore", _collect_scores),
    ("referrals", "referrals.view_referral", _collect_referrals),
    ("purchases", "rewards.view_purchase", _collect_purchases),
    ("redemptions", "rewards.view_redemption", _collect_redemptions),
    ("options", "rewards.view_optionredemption", _collect_options),
)
