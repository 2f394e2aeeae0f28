"""The sign-in's background work: a sweep that may run twice."""

from celery import shared_task
from django.utils import timezone

from .sessions import forget_expired


@shared_task(name="accounts.forget_expired")
def forget_expired_sessions() -> None:
    """Delete what is remembered of tokens and sign-ins that no longer matter."""
    forget_expired(now=timezone.now())
