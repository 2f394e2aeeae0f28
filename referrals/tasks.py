"""The referrals' background work: sweeps that do what is due and may run twice."""

from celery import shared_task
from django.utils import timezone

from .services import settle_invitations


# A worker that comes back after an hour needs one of the sweeps that piled up, not all.
@shared_task(name="referrals.settle_invitations", expires=60)
def settle_newcomers() -> None:
    """Credit new members whose e-mail was invited shortly after they had joined."""
    settle_invitations(now=timezone.now())
