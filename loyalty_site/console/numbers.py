"""The figures of the console's front page, read in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import Coalesce

from points.models import PointAccount, PointLot, PointTransaction
from referrals.enums import ReferralStatus
from referrals.models import Referral
from rewards.enums import RedemptionStatus
from rewards.models import Redemption

from .alerts import list_alerts
from .liability import POPULAR_DAYS, chart_due, list_due, list_popular
from .months import EXPIRED, ISSUED, SPENT, chart_months, list_months, sum_amounts

LAPSING_DAYS = 30
LONG_DAYS = 2


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of the day beside the whole day before."""

    label: str
    today: int
    yesterday: int


@dataclass(frozen=True, kw_only=True)
class Outstanding:
    """Points members hold and could still spend, and how many of them lapse soon."""

    points: int
    members: int
    lapsing: int


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What staff have to do: redemptions to decide, some of them for long, and ones to hand out."""

    pending: int
    oldest_at: datetime | None
    long: int
    approved: int


def collect_front_page(*, person: Any, now: datetime) -> dict[str, Any]:
    """Return what the front page shows this person; each part needs its own permission."""
    page: dict[str, Any] = {"alerts": list_alerts(person=person, now=now)}
    if person.has_perm("rewards.view_redemption"):
        page["waiting"] = waiting = measure_waiting(now=now)
        page |= {
            "pending_redemptions": waiting.pending,
            "popular": list_popular(now=now),
            "popular_days": POPULAR_DAYS,
        }
    if person.has_perm("points.view_pointtransaction"):
        months, due = list_months(now=now), list_due(now=now)
        page |= {
            "figures": list_figures(now=now),
            "months": months,
            "months_chart": chart_months(months),
            "due": due,
            "due_chart": chart_due(due),
            "outstanding": measure_outstanding(now=now),
            "lapsing_days": LAPSING_DAYS,
        }
    return page


def count_pending() -> int:
    """Return how many redemptions wait for a decision."""
    return Redemption.objects.filter(status=RedemptionStatus.PENDING).count()


def count_in_review() -> int:
    """Return how many referrals wait for a decision."""
    return Referral.objects.filter(status=ReferralStatus.IN_REVIEW).count()


def measure_waiting(*, now: datetime) -> Waiting:
    """Return what waits for staff."""
    pending = Q(status=RedemptionStatus.PENDING)
    long = pending & Q(redeemed_at__lt=now - timedelta(days=LONG_DAYS))
    queue = Redemption.objects.filter(
        status__in=[RedemptionStatus.PENDING, RedemptionStatus.APPROVED]
    ).aggregate(
        pending=Count("pk", filter=pending),
        oldest_at=Min("redeemed_at", filter=pending),
        long=Count("pk", filter=long),
        approved=Count("pk", filter=~pending),
    )
    return Waiting(**queue)


def list_figures(*, now: datetime) -> list[Figure]:
    """Return today's movements, by the ledger's clock and the programme's calendar."""
    zone = ZoneInfo(settings.LOYALTY_TIME_ZONE)
    today = datetime.combine(now.astimezone(zone).date(), time(), tzinfo=zone)
    yesterday = datetime.combine(today.date() - timedelta(days=1), time(), tzinfo=zone)
    is_today = Q(created_at__gte=today)
    moved = {"issued": ISSUED, "spent": SPENT, "expired": EXPIRED}
    sums = {
        f"{name}_{day}": sum_amounts(kind & when)
        for name, kind in moved.items()
        for day, when in (("today", is_today), ("yesterday", ~is_today))
    }
    totals = PointTransaction.objects.filter(created_at__gte=yesterday).aggregate(
        **sums,
        redeemed_today=Count("redemption", filter=is_today),
        redeemed_yesterday=Count("redemption", filter=~is_today),
    )
    opened = PointAccount.objects.filter(opened_at__gte=yesterday).aggregate(
        today=Count("pk", filter=Q(opened_at__gte=today)),
        yesterday=Count("pk", filter=Q(opened_at__lt=today)),
    )
    figures = [
        Figure(
            label=f"Points {name}",
            today=abs(int(totals[f"{name}_today"])),
            yesterday=abs(int(totals[f"{name}_yesterday"])),
        )
        for name in moved
    ]
    return [
        *figures,
        Figure(
            label="Redemptions",
            today=totals["redeemed_today"],
            yesterday=totals["redeemed_yesterday"],
        ),
        Figure(label="New members", **opened),
    ]


def measure_outstanding(*, now: datetime) -> Outstanding:
    """Return the points the programme still owes its members.

    A lot that is past its time no longer counts, whether or not the nightly job has seen it.
    """
    held = PointAccount.objects.aggregate(
        points=Coalesce(Sum("balance"), 0), members=Count("pk", filter=Q(balance__gt=0))
    )
    ending = PointLot.objects.filter(
        remaining__gt=0, expires_at__lte=now + timedelta(days=LAPSING_DAYS)
    ).aggregate(
        due=Coalesce(Sum("remaining", filter=Q(expires_at__lte=now)), 0),
        soon=Coalesce(Sum("remaining", filter=Q(expires_at__gt=now)), 0),
    )
    return Outstanding(
        points=int(held["points"] - ending["due"]),
        members=held["members"],
        lapsing=int(ending["soon"]),
    )
