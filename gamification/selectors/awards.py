"""Reading who holds which badge, and how far members are from the others."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from points.services.activities import find_zone

from ..enums import MetricKind, MetricLog, PeriodKind
from ..models import Badge, BadgeAward, BadgeBackfill, MetricRebuild, MetricScore
from .badges import list_badges
from .measures import find_current_streaks

SAMPLE_SIZE = 10
COUNT_EARNERS = """
    SELECT count(*)
    FROM gamification_badge badge
    JOIN gamification_metric metric ON metric.id = badge.metric_id
    JOIN gamification_metricscore score ON score.metric_id = metric.id
    JOIN points_pointaccount account ON account.member_id = score.member_id
    WHERE badge.id = %s AND account.closed_at IS NULL
      AND score.period_kind = 0 AND score.period_start = date '0001-01-01'
      AND score.value >= gamification_needed(badge.threshold, metric.decimals)
      AND NOT EXISTS (
          SELECT 1 FROM gamification_badgeaward award
          WHERE award.member_id = score.member_id AND award.badge_id = badge.id
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


def list_progress(*, member: Any, now: datetime) -> list[BadgeProgress]:
    """Return how far a member is from every badge there is to earn, in the programme's order."""
    badges = list(list_badges().select_related("metric"))
    held = set(list_held(member_id=member.pk).values_list("badge_id", flat=True))
    scores = dict(
        MetricScore.objects.filter(
            metric_id__in={badge.metric_id for badge in badges},
            member_id=member.pk,
            period_kind=PeriodKind.ALL,
        ).values_list("metric_id", "value")
    )
    streaks = {}
    if any(badge.metric.kind == MetricKind.STREAK for badge in badges):
        today = now.astimezone(find_zone(member.time_zone)).date()
        streaks = find_current_streaks(member_id=member.pk, today=today)
    progress = []
    for badge in badges:
        metric = badge.metric
        value = metric.show(scores.get(metric.pk, 0))
        if metric.log == MetricLog.BADGES:
            value -= badge.pk in held
        elif metric.kind == MetricKind.STREAK and badge.pk not in held:
            streak = streaks.get(metric.code)
            value = streak.length if streak else 0
        progress.append(measure_progress(badge, value=value, is_earned=badge.pk in held))
    return progress


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
        cursor.execute(COUNT_EARNERS, [badge.pk])
        count: int = cursor.fetchone()[0]
    return count


def preview_badge(badge: Badge) -> Preview:
    """Return what publishing a badge would do now."""
    member_count = count_earners(badge)
    with connection.cursor() as cursor:
        cursor.execute(SAMPLE_EARNERS, [badge.pk, SAMPLE_SIZE])
        rows = cursor.fetchall()
    people = BadgeAward._meta.get_field("member").related_model.objects.in_bulk(  # noqa: SLF001
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
