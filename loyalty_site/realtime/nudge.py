"""Waking the relay after a commit; docs/realtime.md says what happens when that fails."""

from loyalty_site.nudging import Nudger

from .tasks import relay_outbox

_nudger = Nudger("relay", relay_outbox)


def nudge_relay() -> None:
    """Ask for the relay to run soon. Never raises for the broker's sake, never waits for it."""
    _nudger.nudge()
