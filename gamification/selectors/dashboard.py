"""Reading a member's dashboard, in a fixed number of queries whatever the history."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Func, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject

from points.enums import LIFETIME_TYPES
from points.errors import MemberNotFound
from points.models import PointTransaction
from points.selectors import list_transactions_of, spendable_points
from rewards.models import Redemption, Reward
from rewards.selectors import list_redemptions_of
from rewards.selectors.offers import is_on_offer

from ..enums import PeriodKind
from ..models import ALL_TIME, BadgeAward, Metric, MetricScore
from .awards import BadgeProgress, get_badge_standing
from .boards import map_ranks
from .measures import PROFILE_COMPLETION, TRUST_SCORE

EARNINGS_SHOWN = 10
BADGES_SHOWN = 10
REDEMPTIONS_SHOWN = 5

EVENTS_ATTENDED = "events_attended"
CONNECTIONS_MADE = "connections_made"
STATS = (EVENTS_ATTENDED, CONNECTIONS_MADE, TRUST_SCORE, PROFILE_COMPLETION)

# The boards whose ranks are shown, by their slugs.
BOARDS = ("points", "trust", "badges")


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """Where a member stands.

    `points` is what can be spent, `affordable_count` how many of the rewards on offer it buys, to
    somebody of the member's level. `badge_count` counts the badges held, of which the latest are
    `earned_badges`; `next_badges` are those not held, the nearest first. `ranks` is by the slugs of
    BOARDS, None without a score; `stats` by the codes of STATS, as people read them, 0 without one.
    """

    member: Any
    points: int
    available_count: int
    affordable_count: int
    earnings: QuerySet[PointTransaction]
    redemptions: QuerySet[Redemption]
    badge_count: int
    earned_badges: list[BadgeAward]
    next_badges: list[BadgeProgress]
    ranks: dict[str, int | None]
    stats: dict[str, int | float]


def get_dashboard(*, user_id: str, now: datetime) -> Dashboard:
    """Return a member's dashboard: three queries, and one for each of the two lists once read.

    Raises MemberNotFound.
    """
    member = _get_member_with_figures(user_id, now=now)
    badges = get_badge_standing(member=member, now=now)
    missing = [progress for progress in badges.progress if not progress.is_earned]
    # Of equally near ones the programme's order stays.
    missing.sort(key=lambda progress: -progress.percentage)
    earnings = list_transactions_of(member.pk).filter(type__in=LIFETIME_TYPES)
    return Dashboard(
        member=member,
        points=member.points,
        available_count=member.available_count,
        affordable_count=member.affordable_count,
        earnings=earnings[:EARNINGS_SHOWN],
        redemptions=list_redemptions_of(member)[:REDEMPTIONS_SHOWN],
        badge_count=len(badges.held),
        earned_badges=badges.held[:BADGES_SHOWN],
        next_badges=missing[:BADGES_SHOWN],
        ranks=map_ranks(member_id=member.pk, slugs=BOARDS),
        stats={code: _show(getattr(member, code)) for code in STATS},
    )


def _get_member_with_figures(user_id: str, *, now: datetime) -> Any:
    """Return a member with points, counts of rewards and STATS, in one query."""
    on_offer = Reward.objects.filter(is_on_offer(now))
    within_reach = on_offer.filter(
        Q(minimum_level=None) | Q(minimum_level__tier__lte=OuterRef("point_account__level__tier")),
        points_required__lte=OuterRef("points"),
    )
    people: Any = get_user_model()._default_manager  # noqa: SLF001 -- Django documents it
    member = (
        people.filter(public_id=user_id)
        .annotate(points=Coalesce(spendable_points(now=now, account="point_account"), 0))
        .annotate(
            available_count=_count(on_offer),
            affordable_count=_count(within_reach),
            **{code: _find_score(code) for code in STATS},
        )
        .first()
    )
    if member is None:
        raise MemberNotFound
    return member


def _count(rewards: QuerySet[Reward]) -> Subquery:
    """Return the number of rewards as an expression; an aggregate would group the outer query."""
    count = Func(Value(1), function="COUNT", output_field=IntegerField())
    return Subquery(rewards.order_by().annotate(count=count).values("count"))


def _find_score(code: str) -> Subquery:
    """Return the outer query's member's score of all time with its decimals, as an expression."""
    scores = MetricScore.objects.filter(
        metric__code=code,
        metric__is_active=True,
        member=OuterRef("pk"),
        period_kind=PeriodKind.ALL,
        period_start=ALL_TIME,
    )
    return Subquery(scores.values(facts=JSONObject(value="value", decimals="metric__decimals")))


def _show(score: dict[str, int] | None) -> int | float:
    """Return a score as people read it, 0 for none."""
    return Metric(decimals=score["decimals"]).show(score["value"]) if score else 0
