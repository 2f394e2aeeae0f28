"""The names of channel layer groups.

Redis channels are shared by everything that uses one Redis, so a name says whose installation it
belongs to: two that share a Redis by mistake never show each other's events.
"""

import functools
import hashlib

from django.conf import settings


def member_group(member_id: int) -> str:
    """Return the group of a member's sockets."""
    return f"{_installation()}.member.{member_id}"


def staff_group() -> str:
    """Return the group of the staff room's sockets."""
    return f"{_installation()}.staff"


def _installation() -> str:
    return _digest(settings.SECRET_KEY, settings.DATABASES["default"]["NAME"])


@functools.cache
def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
