"""Waking the relay after a commit, without the committer ever waiting for the broker.

A nudge only saves time: whatever one is lost for goes out with the next sweep.
"""

import logging
import os
import threading
import time

logger = logging.getLogger(__name__)

# Commits within this time share one nudge.
PAUSE_SECONDS = 0.02
PAUSE_AFTER_FAILURE_SECONDS = 5.0

# Held while a nudge is on its way. A fork waits for it: a child born in between would inherit the
# broker connection's own locks as taken, with nobody left to free them, and hang on its first use.
_sending = threading.Lock()


class Nudger:
    """A thread of this process that sends a task whenever somebody has asked since the last one."""

    def __init__(self) -> None:
        self._wanted = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def nudge(self) -> None:
        """Ask for the relay to run soon. Returns at once."""
        self._wanted.set()
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="relay-nudger", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            with _sending:
                sent = _send_nudge()
            time.sleep(PAUSE_SECONDS if sent else PAUSE_AFTER_FAILURE_SECONDS)


def nudge_relay() -> None:
    """Ask for the relay to run soon. Never raises for the broker's sake, never waits for it."""
    _nudger.nudge()


def _send_nudge() -> bool:
    from .tasks import relay_outbox  # noqa: PLC0415 -- the task knows the outbox, which knows us

    try:
        relay_outbox.apply_async(retry=False)
    except Exception as error:  # noqa: BLE001 -- whatever ails the broker, the sweep comes
        logger.warning("The relay was not woken, the sweep will find the events: %s", error)
        return False
    return True


_nudger = Nudger()


def _forget_thread() -> None:
    """Give a forked process a nudger of its own: the thread stays with the parent."""
    global _nudger  # noqa: PLW0603
    _nudger = Nudger()
    _sending.release()


os.register_at_fork(
    before=_sending.acquire, after_in_parent=_sending.release, after_in_child=_forget_thread
)
