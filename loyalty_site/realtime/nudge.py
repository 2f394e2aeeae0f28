"""Waking the relay after a commit; docs/realtime.md says what happens when that fails."""

from loyalty_site.nudging import Nudger


def nudge_relay() -> None:
    """Ask for the relay to run soon. Never raises for the broker's sake, never waits for it."""
    _nudger.nudge()


def _wake_relay() -> None:
    from .tasks import relay_outbox  # noqa: PLC0415 -- the task knows the outbox, which knows us

    relay_outbox.apply_async(retry=False)


_nudger = Nudger("relay", _wake_relay)
