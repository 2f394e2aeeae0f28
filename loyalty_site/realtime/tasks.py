"""The relay and the pruning as jobs. docs/realtime.md says what runs when."""

import logging

from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone
from redis.exceptions import RedisError

from .publishing import publish_events
from .relay import relay_events
from .retention import prune_events

logger = logging.getLogger(__name__)


# A worker that comes back after an hour needs one of the sweeps that piled up, not all.
@shared_task(name="realtime.relay_outbox", expires=30)
def relay_outbox() -> None:
    """Publish what is committed and not yet published."""
    try:
        relay_events(publish=publish_events, now=timezone.now())
    except (RedisError, OSError, DatabaseError) as error:
        logger.warning("Events wait for the next sweep: %s: %s", type(error).__name__, error)


@shared_task(name="realtime.prune_events")
def prune_old_events() -> None:
    """Delete events that are published and too old to be asked for again."""
    prune_events(now=timezone.now())
