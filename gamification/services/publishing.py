"""Badges are published, and reach the members who had met them before.

A backfill goes through the members who have a score, page by page in the order of their keys. A
page is one transaction that awards and notes how far it came, so whoever is killed
has awarded nothing, and the next goes on from there.

Locks are taken in one order: the backfill, the badge, the accounts.
"""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef

from ..enums import BadgeState
from ..errors import BadgeNotPublishable
from ..models import Badge, BadgeBackfill, MetricRebuild
from ..selectors import count_earners
from ..signals import badge_published
from .awards import find_earners, give_badges
from .rebuilding import rebuild_chunk

MEMBERS_PER_PAGE = 5_000
PAUSE_SECONDS = 0.2

# Members are looked at in the order of the primary key, met or not: asked for the next who meet the
# criterion, PostgreSQL may sort all who do, and for each page again. NULLs when nobody is left.
NEXT_PAGE = """
    WITH page AS MATERIALIZED (
        SELECT member_id, value FROM gamification_metricscore
        WHERE metric_id = %s AND member_id > %s
          AND period_kind = 0 AND period_start = date '0001-01-01'
        ORDER BY member_id LIMIT %s
    )
    SELECT max(member_id), coalesce(array_agg(member_id ORDER BY member_id) FILTER (
        WHERE value >= %s AND NOT EXISTS (
            SELECT 1 FROM gamification_badgeaward award
            WHERE award.member_id = page.member_id AND award.badge_id = %s
        )
    ), '{}')
    FROM page
"""


@dataclass(frozen=True, kw_only=True)
class BackfillStep:
    """What one page did: how many members got which badge. The backfill's last one is finished."""

    backfill_id: int
    awarded_count: int
    is_finished: bool


def publish_badge(*, badge_id: int, actor: Any, now: datetime) -> BadgeBackfill:
    """Let the rule award a badge from now on, and all who meet it already get it in the background.

    Publishing one that is published goes through the members once more. Raises BadgeNotPublishable.
    """
    badge = Badge.objects.select_related("metric").get(pk=badge_id)
    if not (badge.is_active and badge.metric.is_active):
        raise BadgeNotPublishable
    waiting_count = count_earners(badge)
    with transaction.atomic():
        unfinished = BadgeBackfill.objects.filter(badge=badge, finished_at=None)
        # Before the badge, as whoever works it off does.
        list(unfinished.select_for_update())
        badge = Badge.objects.select_for_update(no_key=True).get(pk=badge_id)
        if not badge.is_active:
            raise BadgeNotPublishable
        unfinished.update(finished_at=now, stopped_because="It was published once more.")
        badge.state = BadgeState.PUBLISHED
        badge.save(update_fields=["state"])
        backfill = BadgeBackfill.objects.create(
            badge=badge, requested_by=actor, requested_at=now, waiting_count=waiting_count
        )
        badge_published.send(sender=None)
    return backfill


def backfill_pending(*, now: datetime) -> Iterator[BackfillStep]:
    """Work off what was published and nobody else is working off, page by page, to the end."""
    while step := backfill_page(now=now):
        yield step


def backfill_to_the_end(
    *, backfill_ids: Collection[int], now: datetime
) -> Iterator[BackfillStep | None]:
    """Work off these backfills and return when they are done; None while another is at them."""
    while BadgeBackfill.objects.filter(pk__in=backfill_ids, finished_at=None).exists():
        step = backfill_page(now=now, backfill_ids=backfill_ids)
        yield step
        # It waits for a worker's page, or for a metric that is being folded again: lend a hand.
        if step is None and rebuild_chunk() is None:
            time.sleep(PAUSE_SECONDS)


def backfill_page(
    *, now: datetime, backfill_ids: Collection[int] | None = None
) -> BackfillStep | None:
    """Award one page of the oldest backfill; None when none waits.

    A metric whose scores are being folded again is waited for.
    """
    with transaction.atomic():
        waiting = BadgeBackfill.objects.select_for_update(skip_locked=True).filter(finished_at=None)
        if backfill_ids is not None:
            waiting = waiting.filter(pk__in=backfill_ids)
        folding = MetricRebuild.objects.filter(metric_id=OuterRef("badge__metric_id"))
        backfill = waiting.filter(~Exists(folding)).order_by("pk").first()
        if backfill is None:
            return None
        badge = _share_badge(backfill.badge_id)
        if not (badge.is_active and badge.state == BadgeState.PUBLISHED):
            backfill.stopped_because = "The badge was changed or switched off."
            return _finish(backfill, now)
        needed = badge.threshold * badge.metric.scale
        with connection.cursor() as cursor:
            cursor.execute(
                NEXT_PAGE,
                [badge.metric_id, backfill.after_member, MEMBERS_PER_PAGE, needed, badge.pk],
            )
            last_member_id, member_ids = cursor.fetchone()
        if last_member_id is None:
            return _finish(backfill, now)
        awarded_count = 0
        if member_ids:
            earners = find_earners(
                "gamification_lock_earners(%s::bigint[], %s::bigint[])",
                [[badge.pk] * len(member_ids), member_ids],
            )
            awarded_count = give_badges(earners=earners, now=now)
        BadgeBackfill.objects.filter(pk=backfill.pk).update(
            after_member=last_member_id,
            awarded_count=F("awarded_count") + awarded_count,
            points_granted=F("points_granted") + awarded_count * badge.points,
        )
    return BackfillStep(backfill_id=backfill.pk, awarded_count=awarded_count, is_finished=False)


def _share_badge(badge_id: int) -> Badge:
    """Return the badge as it stays until the transaction ends."""
    return Badge.objects.raw(
        "SELECT * FROM gamification_badge WHERE id = %s FOR SHARE", [badge_id]
    )[0]


def _finish(backfill: BadgeBackfill, now: datetime) -> BackfillStep:
    backfill.finished_at = now
    backfill.save(update_fields=["finished_at", "stopped_because"])
    return BackfillStep(backfill_id=backfill.pk, awarded_count=0, is_finished=True)
