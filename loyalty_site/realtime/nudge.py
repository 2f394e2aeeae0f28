"""Waking the relay after a commit; docs/realtime.md says what happens when that fails."""

import contextlib

from django.core.cache import cache
from redis.exceptions import RedisError

from loyalty_site.nudging import Nudger

# While this key stands a relay is on its way, and nobody else has to send for one: a message to the
# broker costs three to four times as much as asking for the key.
ON_ITS_WAY_KEY = "relay-on-its-way"
ON_ITS_WAY_SECONDS = 1


def nudge_relay() -> None:
    """Ask for the relay to run soon. Never raises for the broker's sake, never waits for it."""
    _nudger.nudge()


def arrive() -> None:
    """Say that a relay is about to look: whoever commits from here on has to send again."""
    with contextlib.suppress(RedisError):
        cache.delete(ON_ITS_WAY_KEY)


def _wake_relay() -> None:
    from .tasks import relay_outbox  # noqa: PLC0415 -- the task knows the outbox, which knows us

    if cache.add(ON_ITS_WAY_KEY, 1, ON_ITS_WAY_SECONDS):
        relay_outbox.apply_async(retry=False)


_nudger = Nudger("relay", _wake_relay)
