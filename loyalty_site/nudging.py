"""Waking a worker after a commit, without the committer ever waiting for the broker.

A nudge only saves time: whatever one is lost for is found by the next sweep.
"""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable

logger = logging.getLogger(__name__)

PAUSE_AFTER_FAILURE_SECONDS = 5.0

# Held while a nudge is on its way. A fork waits for it: a child born in between would inherit the
# broker connection's own locks as taken, with nobody left to free them, and hang on its first use.
_sending = threading.Lock()
_nudgers: "weakref.WeakSet[Nudger]" = weakref.WeakSet()


class Nudger:
    """A thread of this process that sends a task whenever somebody has asked since the last one.

    `name` says who is woken. Commits within `pause_seconds` share a nudge.
    """

    def __init__(
        self, name: str, send: Callable[[], object], *, pause_seconds: float = 0.05
    ) -> None:
        self._name = name
        self._send = send
        self._pause_seconds = pause_seconds
        self._wanted = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        _nudgers.add(self)

    def nudge(self) -> None:
        """Ask for the task to run soon. Returns at once; never raises for the broker's sake."""
        # Whoever asked already is not answered yet, and by then this commit is there as well.
        if not self._wanted.is_set():
            self._wanted.set()
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                name = f"{self._name}-nudger"
                thread = threading.Thread(target=self._run, name=name, daemon=True)
                thread.start()
                self._thread = thread

    def _run(self) -> None:
        try:
            while True:
                self._wanted.wait()
                self._wanted.clear()
                with _sending:
                    sent = self._send_nudge()
                time.sleep(self._pause_seconds if sent else PAUSE_AFTER_FAILURE_SECONDS)
        finally:
            # Whatever ended it, the next nudge starts another.
            self._thread = None

    def _send_nudge(self) -> bool:
        try:
            self._send()
        except Exception as error:  # noqa: BLE001 -- whatever ails the broker, the sweep comes
            logger.warning("The %s was not woken, a sweep will do its work: %s", self._name, error)
            return False
        return True

    def _forget_thread(self) -> None:
        """Begin anew: a forked process has none of its parent's threads."""
        self._wanted = threading.Event()
        self._starting = threading.Lock()
        self._thread = None


def _begin_anew() -> None:
    for nudger in _nudgers:
        nudger._forget_thread()  # noqa: SLF001 -- the class's own business
    _sending.release()


os.register_at_fork(
    before=_sending.acquire, after_in_parent=_sending.release, after_in_child=_begin_anew
)
