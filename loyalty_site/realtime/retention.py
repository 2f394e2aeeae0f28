"""How long events can be asked for again."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from .models import OutboxEvent

BATCH_SIZE = 5_000


def prune_events(*, now: datetime) -> int:
    """Delete published events older than LOYALTY_EVENTS_KEPT_DAYS; return how many.

    Numbers go on where they were. One short transaction per batch, safe to stop and to repeat.
    """
    old = _select_old(now).order_by("published_at", "id")
    count = 0
    while ids := list(old.values_list("pk", flat=True)[:BATCH_SIZE]):
        count += OutboxEvent.objects.filter(pk__in=ids).delete()[0]
    return count


def count_old_events(*, now: datetime) -> int:
    """Return how many events `prune_events` would delete."""
    return _select_old(now).count()


def _select_old(now: datetime) -> QuerySet[OutboxEvent]:
    before = now - timedelta(days=settings.LOYALTY_EVENTS_KEPT_DAYS)
    return OutboxEvent.objects.filter(published_at__lt=before)
