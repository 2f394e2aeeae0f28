"""The ledger's background work: sweeps that do what is due and may run twice."""

from celery import shared_task
from django.utils import timezone

from .services.activities import forget_refusals
from .services.expiry import expire_due_lots


@shared_task(name="points.expire_due_points")
def expire_due_points() -> None:
    """Let every due lot lapse."""
    for _ in expire_due_lots(now=timezone.now()):
        pass


@shared_task(name="points.forget_refusals")
def forget_old_refusals() -> None:
    """Forget refused activities that nobody will ask about any more."""
    forget_refusals(now=timezone.now())
