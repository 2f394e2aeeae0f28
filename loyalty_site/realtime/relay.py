"""Sending what the outbox holds: publish, then mark.

A relay that dies in between publishes those events again: sockets know them by their number,
other clients by their id.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import connection, transaction

from .models import OutboxEvent

BATCH_SIZE = 1_000
# The key of the advisory lock that lets one relay publish at a time. A number of our own.
RELAY_LOCK = 4_801_265_117
LOCK_ATTEMPTS_MAX = 5
LOCK_PAUSE_SECONDS = 0.05

Publish = Callable[[Sequence[OutboxEvent]], None]


def relay_events(*, publish: Publish, now: datetime) -> int:
    """Publish every committed event that nobody has published yet, and return how many.

    One relay works at a time, because two could overtake each other with events of one member.
    What `publish` raises leaves the batch as it was, to be sent by the next relay.
    """
    count = 0
    # Until nothing is left, not until a batch falls short: a relay that found the lock taken
    # relies on its holder to look again.
    while relayed := _relay_batch(publish, now):
        count += relayed
    return count


def _relay_batch(publish: Publish, now: datetime) -> int:
    with transaction.atomic():
        if not _lock_relay():
            return 0
        events = list(OutboxEvent.objects.filter(published_at=None).order_by("id")[:BATCH_SIZE])
        if events:
            publish(events)
            OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(
                published_at=now
            )
    return len(events)


def _lock_relay() -> bool:
    """Try for a moment to be the one relay until the transaction ends; say whether we are."""
    for attempt in range(LOCK_ATTEMPTS_MAX):
        if attempt:
            time.sleep(LOCK_PAUSE_SECONDS)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [RELAY_LOCK])
            if cursor.fetchone()[0]:
                return True
    return False
