"""The projector: works off the backlog, batch by batch.

A batch is one transaction: rows leave the backlog, scores take them in. Any number of projectors
may run at once; one that is killed has taken nothing.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from ..signals import scores_changed

# Of each log, so that a flood of activities does not hold up the points.
ROWS_PER_LOG = 5_000
# The key of the advisory lock of projectors that work alone. A number of our own.
PROJECTOR_LOCK = 4_801_265_118
LOCK_ATTEMPTS_MAX = 5
LOCK_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class Batch:
    """How many rows of the logs were folded, and whose scores in which metrics may have changed."""

    row_count: int
    metric_ids: list[int]
    member_ids: list[int]


def project_backlog(
    *, rows_per_log: int = ROWS_PER_LOG, alone: bool = False, now: datetime | None = None
) -> Iterator[int]:
    """Fold all that waits and yield how many rows each batch had.

    What the scores bring about is dated `now`; without one, at the instant it is written.

    With `alone` the work is left to another projector that is at it alone: it looks until it finds
    nothing more, and together they would only make smaller batches.
    """
    while row_count := project_batch(rows_per_log=rows_per_log, alone=alone, now=now).row_count:
        yield row_count


def project_batch(
    *, rows_per_log: int = ROWS_PER_LOG, alone: bool = False, now: datetime | None = None
) -> Batch:
    """Fold up to `rows_per_log` waiting rows of each log, in one transaction."""
    with transaction.atomic():
        if alone and not _lock_projector():
            return Batch(row_count=0, metric_ids=[], member_ids=[])
        batch = call_projector(
            "SELECT * FROM gamification_project(%s, %s)",
            [rows_per_log, settings.LOYALTY_TIME_ZONE],
        )
        announce_scores(batch, now=now)
    return batch


def call_projector(sql: str, params: list[Any]) -> Batch:
    """Run a function that returns a `gamification_batch`."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row_count, metric_ids, member_ids = cursor.fetchone()
    return Batch(row_count=row_count, metric_ids=metric_ids or [], member_ids=member_ids or [])


def announce_scores(batch: Batch, *, now: datetime | None = None) -> None:
    """Send `scores_changed`. Call it in the transaction that wrote them."""
    if batch.metric_ids:
        scores_changed.send(
            sender=None, metric_ids=batch.metric_ids, member_ids=batch.member_ids, now=now
        )


def _lock_projector() -> bool:
    """Try for a moment to be the only one until the transaction ends; say whether we are.

    Not just once: a projector that has just found nothing holds the lock a little longer.
    """
    for attempt in range(LOCK_ATTEMPTS_MAX):
        if attempt:
            time.sleep(LOCK_PAUSE_SECONDS)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [PROJECTOR_LOCK])
            if cursor.fetchone()[0]:
                return True
    return False
