"""Reading the figures of the whole platform: from scores, accounts, awards and redemptions.

Nothing here reads the ledger, whose rows are by far the most: what was awarded is what the accounts
have earned, what was spent stands on what was bought with it.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Model, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from points.models import PointAccount
from rewards.enums import RETURNED_STATUSES, RedemptionStatus
from rewards.models import OptionRedemption, Purchase, Redemption, Reward

from ..models import Badge, BadgeAward, Metric
from .measures import TRUST_SCORE, list_leaders

POINTS_EARNED = "points_earned"


@dataclass(frozen=True, kw_only=True)
class Person:
    """A member as staff see them."""

    public_id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Leader:
    """Who is first of all members by a metric, with the value and the balance they have."""

    person: Person
    value: int | float
    balance: int


@dataclass(frozen=True, kw_only=True)
class MostOf:
    """What was taken most often: a badge or a reward, by its id or type, and how often."""

    id: str
    name: str
    count: int


@dataclass(frozen=True, kw_only=True)
class PlatformFigures:
    """The figures of the platform; leaders and favourites are None where there is nothing yet.

    Spent are the points of what was redeemed and not returned, and `redeemed` counts what was taken
    from the catalogue and not returned; `pending` is a part of it. Balances are averaged over open
    accounts.
    """

    points_awarded: int
    points_spent: int
    average_balance: float
    badges_held: int
    badge_holders: int
    favourite_badge: MostOf | None
    redeemed: int
    pending: int
    favourite_reward: MostOf | None
    points_leader: Leader | None
    trust_leader: Leader | None


def read_platform_figures() -> PlatformFigures:
    """Return the figures of the platform as they are now. Reads whole tables: ask for it rarely."""
    accounts = PointAccount.objects.aggregate(
        awarded=Coalesce(Sum("lifetime_points"), 0),
        average_balance=Avg("balance", filter=Q(closed_at=None)),
    )
    held = BadgeAward.objects.filter(revoked_at=None)
    counts = _count_by(held, "badge_id")
    redemptions = _list_redemption_sums()
    stands = {row["reward_id"]: row["stands"] for row in redemptions if row["stands"]}
    leaders = _map_leaders()
    return PlatformFigures(
        points_awarded=int(accounts["awarded"]),
        points_spent=sum(row["points"] for row in redemptions) + _sum_other_spends(),
        average_balance=round(float(accounts["average_balance"] or 0), 2),
        badges_held=sum(counts.values()),
        badge_holders=held.values("member_id").distinct().count(),
        favourite_badge=_name_most(Badge, counts, id_field="type", name_field="name"),
        redeemed=sum(stands.values()),
        pending=sum(row["pending"] for row in redemptions),
        favourite_reward=_name_most(Reward, stands, id_field="pk", name_field="title"),
        points_leader=leaders.get(POINTS_EARNED),
        trust_leader=leaders.get(TRUST_SCORE),
    )


def _count_by(rows: QuerySet[Any], field: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(field).annotate(count=Count("pk")))


def _list_redemption_sums() -> list[dict[str, Any]]:
    """Return for each reward its redemptions that stand, those that wait, and their points."""
    stands = ~Q(status__in=RETURNED_STATUSES)
    sums: Any = Redemption.objects.order_by().values("reward_id")
    return list(
        sums.annotate(
            stands=Count("pk", filter=stands),
            pending=Count("pk", filter=Q(status=RedemptionStatus.PENDING)),
            points=Coalesce(Sum("points", filter=stands), 0),
        )
    )


def _sum_other_spends() -> int:
    """Return the points spent by type, and on purchases that were not cancelled since."""
    by_type = OptionRedemption.objects.aggregate(points=Coalesce(Sum("points"), 0))
    claimed = Purchase.objects.filter(spend__isnull=False, reversal=None)
    on_purchases = claimed.aggregate(points=Coalesce(Sum("points_used"), 0))
    return int(by_type["points"] + on_purchases["points"])


def _name_most(
    model: type[Model], counts: dict[int, int], *, id_field: str, name_field: str
) -> MostOf | None:
    """Return the row that was counted most, of several the oldest; None when there is none."""
    if not counts:
        return None
    key = min(counts, key=lambda pk: (-counts[pk], pk))
    row = model._default_manager.get(pk=key)  # noqa: SLF001 -- Django documents it
    return MostOf(id=str(getattr(row, id_field)), name=getattr(row, name_field), count=counts[key])


def _map_leaders() -> dict[str, Leader]:
    """Return who leads in points earned and in trust, by the metrics' codes."""
    leaders = {}
    metrics = Metric.objects.filter(code__in=[POINTS_EARNED, TRUST_SCORE], is_active=True)
    for metric in metrics:
        first = list_leaders(metric_id=metric.pk).select_related("member__point_account").first()
        if first is not None:
            member: Any = first.member
            account = getattr(member, "point_account", None)
            leaders[metric.code] = Leader(
                person=Person(public_id=member.public_id, name=member.display_name),
                value=metric.show(first.value),
                balance=account.balance if account else 0,
            )
    return leaders
