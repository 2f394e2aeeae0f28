"""Reading who holds which badge, and how far members are from the others."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import (
    Case,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
    Window,
)
from django.db.models.functions import Coalesce, JSONObject, RowNumber

from points.services.activities import find_zone

from ..enums import MetricKind, MetricLog, PeriodKind
from ..models import (
    ALL_TIME,
    Badge,
    BadgeAward,
    BadgeBackfill,
    Metric,
    MetricRebuild,
    MetricScore,
    OutageDay,
    StreakDay,
)
from .badges import list_badges
from .measures import follow_streak

SAMPLE_SIZE = 10
# The badge's figures are given and not looked up: only then does PostgreSQL know how many there
# are, and reads a million as a whole instead of one by one.
COUNT_EARNERS = """
    SELECT count(*)
    FROM gamification_metricscore score
    JOIN points_pointaccount account ON account.member_id = score.member_id
    WHERE score.metric_id = %s AND score.value >= %s AND account.closed_at IS NULL
      AND score.period_kind = 0 AND score.period_start = date '0001-01-01'
      AND NOT EXISTS (
          SELECT 1 FROM gamification_badgeaward award
          WHERE award.member_id = score.member_id AND award.badge_id = %s
      )
"""
SAMPLE_EARNERS = (
    COUNT_EARNERS.replace("count(*)", "score.member_id, score.value")
    + "ORDER BY score.value DESC, score.reached_at, score.member_id LIMIT %s"
)


@dataclass(frozen=True, kw_only=True)
class BadgeProgress:
    """How far a member is from a badge. `current` and `required` are as people read them."""

    badge: Badge
    is_earned: bool
    current: int | float
    required: int
    percentage: int
    next_milestone: str | None


@dataclass(frozen=True, kw_only=True)
class BadgeStanding:
    """The badges a member holds, the latest earned first, and the progress towards those to earn.

    The awards carry what members see of them: id, member, badge, `points` and `earned_at`.
    """

    held: list[BadgeAward]
    progress: list[BadgeProgress]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What publishing a badge would do now: to how many members, at what price.

    `sample` holds some of them with their scores; `is_folding` says that the scores are still being
    made and the figures will change.
    """

    member_count: int
    holder_count: int
    points: int
    sample: list[tuple[Any, int | float]]
    is_folding: bool


def list_held(*, member_id: int) -> QuerySet[BadgeAward]:
    """Return the awards of the badges a member holds, the latest earned first."""
    return (
        BadgeAward.objects.filter(member_id=member_id, revoked_at=None)
        .select_related("badge")
        .order_by("-earned_at", "-pk")
    )


def list_awards_of(member_id: int) -> QuerySet[BadgeAward]:
    """Return every award a member was given, revoked ones too, the latest first. For staff."""
    return (
        BadgeAward.objects.filter(member_id=member_id)
        .select_related("badge", "awarded_by", "revoked_by")
        .order_by("-pk")
    )


def list_progress(*, member: Any, now: datetime) -> list[BadgeProgress]:
    """Return how far a member is from every badge there is to earn, in the programme's order."""
    return get_badge_standing(member=member, now=now).progress


def get_badge_standing(*, member: Any, now: datetime) -> BadgeStanding:
    """Return the badges a member holds and the way to the others, in one query."""
    today = now.astimezone(find_zone(member.time_zone)).date()
    held, progress = [], []
    for badge in _list_with_standing(member.pk):
        is_held = badge.award_id is not None
        if is_held:
            award = BadgeAward(
                pk=badge.award_id,
                member=member,
                badge=badge,
                points=badge.award_points,
                earned_at=badge.earned_at,
            )
            held.append(award)
        if badge.is_listed:
            value = _measure_badge(badge, today=today, is_held=is_held)
            progress.append(measure_progress(badge, value=value, is_earned=is_held))
    held.sort(key=lambda award: (award.earned_at, award.pk), reverse=True)
    return BadgeStanding(held=held, progress=progress)


def _list_with_standing(member_id: int) -> QuerySet[Any]:
    """Return the badges to earn, and others the member holds, with what is known of the member.

    A streak's days are read as far as its threshold, which is as far as progress goes.
    """
    listed = Q(pk__in=list_badges().values("pk"))
    score = MetricScore.objects.filter(
        metric=OuterRef("metric"),
        member=member_id,
        period_kind=PeriodKind.ALL,
        period_start=ALL_TIME,
    )
    days = (
        StreakDay.objects.filter(metric=OuterRef("metric"), member=member_id)
        .annotate(number=Window(RowNumber(), order_by=F("day").desc()))
        .filter(number__lte=OuterRef("threshold"))
        .order_by("-day")
        .values(facts=JSONObject(day="day", first_at="first_at", last_at="last_at"))
    )
    is_streak = Q(metric__kind=MetricKind.STREAK)
    award = Q(awards__member=member_id, awards__revoked_at=None)
    return (
        Badge.objects.annotate(award=FilteredRelation("awards", condition=award))
        .filter(listed | Q(award__isnull=False))
        .annotate(
            is_listed=listed,
            award_id=F("award__pk"),
            award_points=F("award__points"),
            earned_at=F("award__earned_at"),
            score=Coalesce(Subquery(score.values("value")), 0),
            days=Case(When(is_streak, then=ArraySubquery(days))),
            outages=Case(When(is_streak, then=ArraySubquery(OutageDay.objects.values("day")))),
        )
        .select_related("metric")
        .order_by("id")
    )


def _measure_badge(badge: Any, *, today: date, is_held: bool) -> int | float:
    """Return where the member stands in a badge's metric, as people read it."""
    metric: Metric = badge.metric
    if metric.kind == MetricKind.STREAK and not is_held:
        days = (
            (
                date.fromisoformat(facts["day"]),
                datetime.fromisoformat(facts["first_at"]),
                datetime.fromisoformat(facts["last_at"]),
            )
            for facts in badge.days
        )
        streak = follow_streak(metric, days, today=today, outages=badge.outages)
        return streak.length if streak else 0
    # The badge does not count itself.
    is_counted = is_held and metric.log == MetricLog.BADGES
    return metric.show(badge.score) - is_counted


def measure_progress(badge: Badge, *, value: float, is_earned: bool) -> BadgeProgress:
    """Return the progress of a member whose metric stands at `value`."""
    required = badge.threshold
    current = min(max(value, 0), required)
    return BadgeProgress(
        badge=badge,
        is_earned=is_earned,
        current=current,
        required=required,
        percentage=100 if is_earned else int(100 * current // required),
        next_milestone=None if is_earned else describe_milestone(badge, required - current),
    )


def describe_milestone(badge: Badge, missing: float) -> str:
    """Return the sentence that says what is missing; 0 is a badge that is about to come."""
    if missing <= 0:
        return "You have done it: this badge is on its way"
    count = f"{round(missing, badge.metric.decimals):,}"
    if missing == 1 and badge.milestone_one:
        return badge.milestone_one
    if missing != 1 and badge.milestone_many:
        return badge.milestone_many.replace("{count}", count)
    return f"{count} more to go: {badge.metric.name.lower()}"


def count_earners(badge: Badge) -> int:
    """Return how many members would get a badge if it was published now."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_EARNERS, _identify_earners(badge))
        count: int = cursor.fetchone()[0]
    return count


def _identify_earners(badge: Badge) -> list[int]:
    return [badge.metric_id, badge.needed, badge.pk]


def preview_badge(badge: Badge) -> Preview:
    """Return what publishing a badge would do now."""
    member_count = count_earners(badge)
    with connection.cursor() as cursor:
        cursor.execute(SAMPLE_EARNERS, [*_identify_earners(badge), SAMPLE_SIZE])
        rows = cursor.fetchall()
    people = get_user_model()._default_manager.in_bulk(  # noqa: SLF001 -- Django documents it
        [member_id for member_id, _ in rows]
    )
    return Preview(
        member_count=member_count,
        holder_count=BadgeAward.objects.filter(badge=badge, revoked_at=None).count(),
        points=member_count * badge.points,
        sample=[(people[member_id], badge.metric.show(value)) for member_id, value in rows],
        is_folding=MetricRebuild.objects.filter(metric_id=badge.metric_id).exists(),
    )


def find_backfill(badge: Badge) -> BadgeBackfill | None:
    """Return a badge's latest backfill."""
    return BadgeBackfill.objects.filter(badge=badge).order_by("-pk").first()
