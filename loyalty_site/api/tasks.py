"""What the API forgets. docs/operations.md says when."""

from celery import shared_task
from django.utils import timezone

from .idempotency import forget_answers


@shared_task(name="api.forget_answers")
def forget_old_answers() -> None:
    """Delete answers to repeatable writes that are too old to be asked for again."""
    forget_answers(now=timezone.now())
