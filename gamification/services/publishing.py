"""Badges are published, and reach the members who had met them before.

A backfill goes through the members who have a score, page by page in the order of their keys, from
both ends: two may work it off at once, who meet somewhere. A page is one transaction that awards
and notes how far its end came, so whoever is killed has awarded nothing, and the next goes on from
there. Where two meet, both may look at the same members; the second finds that they have it.

Locks are taken in one order: an end of the backfill, the badge, the accounts, the backfill's row.
Nobody waits for an end.
"""

import logging
import queue
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, F, OuterRef

from points.services.calls import ListText

from ..enums import BadgeState
from ..errors import BadgeNotPublishable
from ..models import Badge, BadgeBackfill, MetricRebuild
from ..selectors import count_earners
from ..signals import badge_published
from .awards import find_earners, give_badges
from .rebuilding import rebuild_chunk

logger = logging.getLogger(__name__)

MEMBERS_PER_PAGE = 5_000
PAUSE_SECONDS = 0.2
# Who waits for a row of a table holds a lock of this kind. Pages share a badge, and those of two
# ends overlap: whoever wants to change it would wait until both are done.
SOMEBODY_WAITS_FOR_A_BADGE = """
    SELECT EXISTS (
        SELECT 1 FROM pg_locks
        WHERE locktype = 'tuple' AND relation = 'gamification_badge'::regclass
    )
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
        badge = Badge.objects.select_for_update(no_key=True).get(pk=badge_id)
        if not badge.is_active:
            raise BadgeNotPublishable
        # Nobody is at work on it now: a page shares the badge from before it looks to its end.
        BadgeBackfill.objects.filter(badge=badge, finished_at=None).update(
            finished_at=now, stopped_because="It was published once more."
        )
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
    """Work off these backfills and return when they are done; None while others are at them.

    Outside a transaction a thread works from the other end, on a connection of its own.
    """
    with _working_from_the_other_end(backfill_ids, now) as steps_of_other:
        while BadgeBackfill.objects.filter(pk__in=backfill_ids, finished_at=None).exists():
            step = backfill_page(now=now, backfill_ids=backfill_ids)
            yield step
            yield from _take_all(steps_of_other)
            # It waits for a worker's page, or for a metric that is being folded again: lend a hand.
            if step is None and rebuild_chunk() is None:
                time.sleep(PAUSE_SECONDS)
    yield from _take_all(steps_of_other)


def backfill_page(
    *, now: datetime, backfill_ids: Collection[int] | None = None
) -> BackfillStep | None:
    """Award one page of the oldest backfill with an end free; None when there is none.

    A metric whose scores are being folded again is waited for, and so is whoever changes a badge.
    """
    with transaction.atomic():
        claim = _claim_end(backfill_ids)
        if claim is None:
            return None
        backfill_id, badge_id, from_last = claim
        badge = _share_badge(badge_id)
        # Read again: under these locks it is as the one before us left it.
        backfill = BadgeBackfill.objects.get(pk=backfill_id)
        if not (badge.is_active and badge.state == BadgeState.PUBLISHED):
            return _finish(backfill, now, because="The badge was changed or switched off.")
        edge, member_ids = _find_page(backfill, badge, from_last=from_last)
        if edge is None:
            return _finish(backfill, now)
        awarded_count = 0
        if member_ids:
            earners = find_earners(
                "gamification_lock_earners_of(%s, %s::bigint[])", [badge.pk, member_ids]
            )
            awarded_count = give_badges(earners=earners, now=now)
        # Both ends write this row, so what the commit would still check is checked before.
        connection.check_constraints()
        BadgeBackfill.objects.filter(pk=backfill.pk).update(
            **{"before_member" if from_last else "after_member": edge},
            awarded_count=F("awarded_count") + awarded_count,
            points_granted=F("points_granted") + awarded_count * badge.points,
        )
    return BackfillStep(backfill_id=backfill.pk, awarded_count=awarded_count, is_finished=False)


def _claim_end(backfill_ids: Collection[int] | None) -> tuple[int, int, bool] | None:
    """Hold an end that nobody works from until the transaction ends.

    Returns a backfill, its badge, and whether the end is the last one.
    """
    waiting = BadgeBackfill.objects.filter(finished_at=None)
    if backfill_ids is not None:
        waiting = waiting.filter(pk__in=backfill_ids)
    folding = MetricRebuild.objects.filter(metric_id=OuterRef("badge__metric_id"))
    waiting = waiting.filter(~Exists(folding)).order_by("pk")
    candidates = list(waiting.values_list("pk", "badge_id"))
    with connection.cursor() as cursor:
        if candidates:
            cursor.execute(SOMEBODY_WAITS_FOR_A_BADGE)
            if cursor.fetchone()[0]:
                return None
        for backfill_id, badge_id in candidates:
            for from_last in (False, True):
                cursor.execute(
                    "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
                    [f"backfill:{backfill_id}:{from_last}"],
                )
                if cursor.fetchone()[0]:
                    return backfill_id, badge_id, from_last
    return None


def _share_badge(badge_id: int) -> Badge:
    """Return the badge as it stays until the transaction ends."""
    return Badge.objects.raw(
        "SELECT * FROM gamification_badge WHERE id = %s FOR SHARE", [badge_id]
    )[0]


def _find_page(
    backfill: BadgeBackfill, badge: Badge, *, from_last: bool
) -> tuple[int | None, ListText | None]:
    """Return the member a page ends with, None when nobody is left, and who is to be awarded."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT edge, nullif(member_ids, '{}')::text"
            " FROM gamification_backfill_page(%s, %s, %s, %s, %s, %s, %s)",
            [
                badge.pk,
                badge.metric_id,
                badge.needed,
                backfill.after_member,
                backfill.before_member,
                from_last,
                MEMBERS_PER_PAGE,
            ],
        )
        edge, member_ids = cursor.fetchone()
    return edge, member_ids


def _finish(backfill: BadgeBackfill, now: datetime, *, because: str = "") -> BackfillStep:
    # The other end may have found out first.
    BadgeBackfill.objects.filter(pk=backfill.pk, finished_at=None).update(
        finished_at=now, stopped_because=because
    )
    return BackfillStep(backfill_id=backfill.pk, awarded_count=0, is_finished=True)


@contextmanager
def _working_from_the_other_end(
    backfill_ids: Collection[int], now: datetime
) -> Iterator[queue.SimpleQueue[BackfillStep]]:
    """Let a thread work off the same backfills; it puts its steps into the queue."""
    steps: queue.SimpleQueue[BackfillStep] = queue.SimpleQueue()
    stop = threading.Event()

    def work() -> None:
        try:
            while not stop.is_set():
                step = backfill_page(now=now, backfill_ids=backfill_ids)
                if step is None:
                    stop.wait(PAUSE_SECONDS)
                else:
                    steps.put(step)
        except DatabaseError as error:
            # One end is enough to come to the other.
            logger.warning("A backfill goes on from one end: %s", error)
        finally:
            connection.close()

    # What an open transaction has written, another connection does not see.
    if connection.in_atomic_block:
        yield steps
        return
    thread = threading.Thread(target=work, name="backfill")
    thread.start()
    try:
        yield steps
    finally:
        stop.set()
        thread.join()


def _take_all(steps: queue.SimpleQueue[BackfillStep]) -> Iterator[BackfillStep]:
    while not steps.empty():
        yield steps.get()
