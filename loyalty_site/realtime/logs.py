"""Keeping the tokens of `?token=` out of every log."""

import copy
import logging
import re
from typing import Any

TOKEN = re.compile(r"(token=)[^&\s\"']+", re.IGNORECASE)

# Those that write request lines, whichever server runs the site.
REQUEST_LOGGERS = (
    "uvicorn.access",
    "uvicorn.error",
    "gunicorn.access",
    "gunicorn.error",
    "daphne.server",
    "django.channels.server",
    "django.request",
    "django.server",
    "websockets.server",
)


class HideTokens(logging.Filter):
    """Blanks tokens in a record's message and arguments, and lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place."""
        record.msg = _hide(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_hide(value) for value in record.args)
        elif isinstance(record.args, dict):
            # A copy of the same kind: gunicorn's answers for names it does not hold.
            record.args = copy.copy(record.args)
            record.args.update({name: _hide(value) for name, value in record.args.items()})
        return True


def hide_tokens() -> None:
    """Put the filter on every logger of requests.

    Done to the loggers themselves, not in LOGGING: configuring a logger there would take away the
    handlers its server gave it.
    """
    for name in REQUEST_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(present, HideTokens) for present in logger.filters):
            logger.addFilter(HideTokens())


def _hide(value: Any) -> Any:
    return TOKEN.sub(r"\1hidden", value) if isinstance(value, str) else value
