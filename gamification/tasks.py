"""Measuring as jobs: sweeps that do what is due and may run twice, or at the same time."""

import logging

from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from .services.boards import gather_name_stamps, mark_changed_boards
from .services.projecting import project_backlog
from .services.publishing import backfill_pending
from .services.rebuilding import rebuild_pending

logger = logging.getLogger(__name__)


# A worker that comes back after an hour needs one of the sweeps that piled up, not all.
@shared_task(name="gamification.project_scores", expires=30)
def project_scores() -> None:
    """Fold what waits in the backlog, unless another worker is at it."""
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
