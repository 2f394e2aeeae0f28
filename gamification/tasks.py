"""Measuring as jobs: sweeps that do what is due and may run twice, or at the same time."""

import contextlib
import logging

from celery import shared_task
from django.core.cache import cache
from django.db import DatabaseError
from django.utils import timezone
from redis.exceptions import RedisError

from .services.boards import gather_name_stamps, mark_changed_boards
from .services.projecting import project_backlog
from .services.publishing import backfill_pending
from .services.rebuilding import rebuild_pending

logger = logging.getLogger(__name__)

# While this key stands a projector is on its way, and nobody else has to send for one.
ON_ITS_WAY_KEY = "projector-on-its-way"
ON_ITS_WAY_SECONDS = 1


def wake_projector() -> None:
    """Send for a projector, unless one is on its way. Raises what ails the broker or the cache."""
    if cache.add(ON_ITS_WAY_KEY, 1, ON_ITS_WAY_SECONDS):
        project_scores.apply_async(retry=False)


# A worker that comes back after an hour needs one of the sweeps that piled up, not all.
@shared_task(name="gamification.project_scores", expires=30)
def project_scores() -> None:
    """Fold what waits in the backlog, unless another worker is at it."""
    # First of all: whoever commits from here on has to send again.
    with contextlib.suppress(RedisError):
        cache.delete(ON_ITS_WAY_KEY)
    try:
        for _ in project_backlog(alone=True):
            pass
    except DatabaseError as error:
        logger.warning("Scores wait for the next sweep: %s: %s", type(error).__name__, error)


@shared_task(name="gamification.rebuild_scores", expires=30)
def rebuild_scores() -> None:
    """Fold again the scores of metrics whose meaning changed."""
    try:
        for _ in rebuild_pending():
            pass
    except DatabaseError as error:
        logger.warning("A rebuild waits for the next sweep: %s: %s", type(error).__name__, error)


@shared_task(name="gamification.mark_boards", expires=15)
def mark_boards() -> None:
    """Make the marks of boards anew whose scores have changed, and gather the stamps of names."""
    try:
        gather_name_stamps()
        for _ in mark_changed_boards():
            pass
    except DatabaseError as error:
        logger.warning("Boards wait for the next sweep: %s: %s", type(error).__name__, error)


@shared_task(name="gamification.backfill_badges", expires=30)
def backfill_badges() -> None:
    """Hand out badges that were published to the members who had met them before."""
    try:
        for _ in backfill_pending(now=timezone.now()):
            pass
    except DatabaseError as error:
        logger.warning("A backfill waits for the next sweep: %s: %s", type(error).__name__, error)
