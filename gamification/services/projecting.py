"""The projector: works off the backlog, batch by batch.

A batch is one transaction: rows leave the backlog, scores take them in. Any number of projectors
may run at once; one that is killed has taken nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from ..signals import scores_changed

# Of each log, so that a flood of activities does not hold up the points.
ROWS_PER_LOG = 5_000


@dataclass(frozen=True, kw_only=True)
class Batch:
    """How many rows of the logs were folded, and whose scores in which metrics may have changed."""

    row_count: int
    metric_ids: list[int]
    member_ids: list[int]


def project_backlog(*, rows_per_log: int = ROWS_PER_LOG) -> Iterator[int]:
    """Fold all that waits and yield how many rows each batch had."""
    while row_count := project_batch(rows_per_log=rows_per_log).row_count:
        yield row_count


def project_batch(*, rows_per_log: int = ROWS_PER_LOG) -> Batch:
    """Fold up to `rows_per_log` waiting rows of each log, in one transaction."""
    sql = "SELECT * FROM gamification_project(%s, %s)"
    with transaction.atomic():
        batch = call_projector(sql, [rows_per_log, settings.LOYALTY_TIME_ZONE])
        announce_scores(batch)
    return batch


def call_projector(sql: str, params: list[Any]) -> Batch:
    """Run a function that returns a `gamification_batch`."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row_count, metric_ids, member_ids = cursor.fetchone()
    return Batch(row_count=row_count, metric_ids=metric_ids or [], member_ids=member_ids or [])


def announce_scores(batch: Batch) -> None:
    """Send `scores_changed`. Call it in the transaction that wrote them."""
    if batch.metric_ids:
        scores_changed.send(
            sender=None, metric_ids=batch.metric_ids, member_ids=batch.member_ids
        )
