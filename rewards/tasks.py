"""The catalogue's background work: sweeps that do what is due and may run twice."""

import logging

from celery import shared_task
from django.utils import timezone

from .services.watch_mails import mail_watchers
from .services.watches import tell_watchers

logger = logging.getLogger(__name__)


# A worker that comes back after an hour needs one of the sweeps that piled up, not all.
@shared_task(name="rewards.tell_watchers", expires=30)
def tell_who_waits() -> None:
    """Tell the first in line of rewards that are back, and write to them."""
    told = [watch for watches in tell_watchers(now=timezone.now()) for watch in watches]
    if told:
        mail_who_was_told()


@shared_task(name="rewards.mail_watchers", expires=5 * 60)
def mail_who_was_told() -> None:
    """Send the e-mails to members who were told and are not yet mailed."""
    try:
        mail_watchers(now=timezone.now())
    except OSError as error:
        logger.warning("E-mails wait for the next sweep: %s: %s", type(error).__name__, error)
