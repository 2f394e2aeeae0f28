"""The ledger's background work: sweeps that do what is due and may run twice."""

import logging

from celery import shared_task
from django.utils import timezone

from .services.activities import forget_refusals
from .services.audit import audit_and_record
from .services.expiry import expire_due_lots
from .services.reminder_mails import mail_reminders
from .services.reminders import remind_of_expiring_points

logger = logging.getLogger(__name__)


@shared_task(name="points.expire_due_points")
def expire_due_points() -> None:
    """Let every due lot lapse."""
    for _ in expire_due_lots(now=timezone.now()):
        pass


@shared_task(name="points.forget_refusals")
def forget_old_refusals() -> None:
    """Forget refused activities that nobody will ask about any more."""
    forget_refusals(now=timezone.now())


@shared_task(name="points.remind_of_expiring_points")
def remind_members() -> None:
    """Tell members which of their points lapse soon."""
    for _ in remind_of_expiring_points(now=timezone.now()):
        pass


# A worker that comes back after an hour needs one of the sweeps that piled up, not all.
@shared_task(name="points.mail_reminders", expires=5 * 60)
def mail_unsent_reminders() -> None:
    """Send the e-mails of reminders that are committed and not yet mailed."""
    try:
        mail_reminders(now=timezone.now())
    except OSError as error:
        logger.warning("E-mails wait for the next sweep: %s: %s", type(error).__name__, error)


# Reads every row of the ledger. It ends before the broker would hand it to a second worker, and
# one that was due while no worker ran is left to the next night.
@shared_task(name="points.audit_ledger", time_limit=100 * 60, expires=6 * 60 * 60)
def audit_every_night() -> None:
    """Audit the ledger and keep what came of it; staff see it on the console."""
    run = audit_and_record(now=timezone.now())
    if run.verdict != "OK":
        logger.error("The audit said %s, %s findings.", run.verdict, run.findings)
