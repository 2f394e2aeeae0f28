"""What the API does by schedule. docs/operations.md says when."""

from time import time

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from loyalty_site.celery import HEARTBEAT_AGE_SECONDS_MAX, SCHEDULE_KEY

from .idempotency import forget_answers


@shared_task(name="api.forget_answers")
def forget_old_answers() -> None:
    """Delete answers to repeatable writes that are too old to be asked for again."""
    forget_answers(now=timezone.now())


# One that waited says nothing of the present.
@shared_task(name="api.show_schedule", expires=15)
def show_schedule() -> None:
    """Leave the instant where the health check looks whether schedule and worker go on."""
    cache.set(SCHEDULE_KEY, time(), HEARTBEAT_AGE_SECONDS_MAX)
