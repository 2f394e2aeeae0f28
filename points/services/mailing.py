"""Sending one e-mail to one member: what it looks like, and what became of it."""

import logging
from collections.abc import Mapping
from enum import Enum, auto
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)

# What one e-mail's own address or text can bring about. Anything else is the mail server's.
OWN_FAULTS = (SMTPRecipientsRefused, SMTPDataError, ValueError)
# From this reply code on, a mail server means it for good; below, another try may pass.
PERMANENT_CODE_MIN = 500


class Fate(Enum):
    """What became of one member's e-mail."""

    SENT = auto()
    REFUSED = auto()
    DEFERRED = auto()
    HELD = auto()


def compose_mail(
    *,
    to: str,
    subject: str,
    template: str,
    context: Mapping[str, Any],
    message_id: str,
    server: Any,
) -> EmailMultiAlternatives:
    """Return an e-mail as text and HTML, from `emails/<template>.txt` and `.html`.

    The same `message_id` (what stands before the @) marks the same e-mail, should it go out twice.
    """
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ")
    mail = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"emails/{template}.txt", context),
        to=[to],
        connection=server,
        headers={"Message-ID": f"<{message_id}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string(f"emails/{template}.html", context), "text/html")
    return mail


def try_to_send(mail: EmailMultiAlternatives) -> Fate:
    """Send an e-mail and return SENT, REFUSED for good, or DEFERRED for its own sake.

    Raises OSError when the mail server ails.
    """
    try:
        mail.send()
    except OWN_FAULTS as error:
        message_id = mail.extra_headers["Message-ID"]
        logger.warning("E-mail %s: %s: %s", message_id, type(error).__name__, error)
        return Fate.REFUSED if _is_permanent(error) else Fate.DEFERRED
    return Fate.SENT


def _is_permanent(error: Exception) -> bool:
    match error:
        case SMTPRecipientsRefused():
            return all(code >= PERMANENT_CODE_MIN for code, _ in error.recipients.values())
        case SMTPDataError():
            return error.smtp_code >= PERMANENT_CODE_MIN
    return True
