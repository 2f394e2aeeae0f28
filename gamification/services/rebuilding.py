"""Folding scores again from the logs, in the background or while somebody watches.

A rebuild takes the members a thousand at a time. Each chunk is one transaction that replaces their
scores, so a board never shows a gap, and what happens meanwhile stays in the backlog or is folded
as usual: the result is the same as if nothing had been rebuilt. How far it has come is kept, so it
goes on wherever it was stopped.
"""

import time
from collections.abc import Collection, Generator
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction

from points.models import PointAccount

from ..models import Metric, MetricRebuild
from .projecting import Batch, announce_scores, call_projector

ACCOUNTS_PER_CHUNK = 1_000
PAUSE_SECONDS = 0.2
SCORE_TABLES = ("gamification_metricscore", "gamification_seenvalue", "gamification_streakday")


@dataclass(frozen=True, kw_only=True)
class RebuildStep:
    """What one chunk did: which metrics, how many accounts, how many rows of the logs."""

    metric_ids: list[int]
    account_count: int
    row_count: int


def request_rebuild(*, metric_ids: Collection[int]) -> None:
    """Ask for the scores of these metrics to be folded again from the beginning."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT gamification_request_rebuild(id) FROM unnest(%s::bigint[]) id ORDER BY id",
            [list(metric_ids)],
        )


def rebuild_pending() -> Generator[RebuildStep]:
    """Fold again what was asked for and nobody else is folding, chunk by chunk, to the end."""
    while step := rebuild_chunk():
        yield step


def rebuild_metrics(*, metric_ids: Collection[int]) -> Generator[RebuildStep]:
    """Fold the scores of these metrics again and return when that is done.

    A worker may take a share of the work; its chunks are waited for and not yielded.
    """
    request_rebuild(metric_ids=metric_ids)
    waiting = MetricRebuild.objects.filter(metric_id__in=metric_ids)
    while waiting.exists():
        step = rebuild_chunk(metric_ids=metric_ids)
        if step:
            yield step
        else:
            time.sleep(PAUSE_SECONDS)


def rebuild_chunk(*, metric_ids: Collection[int] | None = None) -> RebuildStep | None:
    """Fold the next thousand accounts of the rebuild that has come least far; None without one."""
    with transaction.atomic():
        pending = MetricRebuild.objects.select_for_update(skip_locked=True)
        if metric_ids is not None:
            pending = pending.filter(metric_id__in=metric_ids)
        rebuilds = list(pending.order_by("after_account", "metric_id"))
        if not rebuilds:
            return None
        after = rebuilds[0].after_account
        # Those that have come equally far go on together and read the logs once.
        together = [rebuild.metric_id for rebuild in rebuilds if rebuild.after_account == after]
        account_ids = list(
            PointAccount.objects.filter(pk__gt=after)
            .order_by("pk")
            .values_list("pk", flat=True)[:ACCOUNTS_PER_CHUNK]
        )
        mine = MetricRebuild.objects.filter(metric_id__in=together)
        if not account_ids:
            drop_stray_scores(metric_ids=together)
            mine.delete()
            return RebuildStep(metric_ids=together, account_count=0, row_count=0)
        batch = fold_again(metric_ids=together, account_ids=account_ids)
        mine.update(after_account=account_ids[-1])
    return RebuildStep(
        metric_ids=together, account_count=len(account_ids), row_count=batch.row_count
    )


def rebuild_member(*, account_id: int, metric_ids: Collection[int] | None = None) -> Batch:
    """Fold one member's scores again, in these metrics or in all."""
    if metric_ids is None:
        metric_ids = Metric.objects.values_list("pk", flat=True)
    with transaction.atomic():
        return fold_again(metric_ids=metric_ids, account_ids=[account_id])


def fold_again(*, metric_ids: Collection[int], account_ids: Collection[int]) -> Batch:
    """Replace the scores of these accounts' members. To be called inside a transaction."""
    batch = call_projector(
        "SELECT * FROM gamification_rebuild(%s::bigint[], %s::bigint[], %s)",
        [list(metric_ids), list(account_ids), settings.LOYALTY_TIME_ZONE],
    )
    announce_scores(batch)
    return batch


def drop_stray_scores(*, metric_ids: Collection[int]) -> None:
    """Delete rows of these metrics that belong to nobody: no rebuild of a member would."""
    with connection.cursor() as cursor:
        for table in SCORE_TABLES:
            cursor.execute(
                f"DELETE FROM {table} stray WHERE metric_id = ANY (%s::bigint[]) AND NOT EXISTS ("  # noqa: S608
                "SELECT 1 FROM points_pointaccount WHERE member_id = stray.member_id)",
                [list(metric_ids)],
            )


def drop_scores_of_no_metric() -> None:
    """Delete rows whose metric does not exist: no rebuild of a metric would."""
    with connection.cursor() as cursor:
        for table in SCORE_TABLES:
            cursor.execute(
                f"DELETE FROM {table} stray WHERE NOT EXISTS ("  # noqa: S608
                "SELECT 1 FROM gamification_metric WHERE id = stray.metric_id)"
            )
