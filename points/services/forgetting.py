"""Forgetting kept balances after a commit, without the committer ever waiting for Redis.

A thread of the process sets the marks of everybody who was posted to since it last did. Until it
has, this process itself goes to the database for them, so it never shows its own postings late;
others may for 50 ms and a round trip.
"""

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable, Collection

logger = logging.getLogger(__name__)

# Postings within this time are forgotten together: a command to Redis takes as much Python as a
# third of a posting. The first after a pause is forgotten at once.
PAUSE_SECONDS = 0.05
SECONDS_AT_EXIT = 1.0


class Forgetter:
    """Hands members on to `forget`, many at a time. Safe to use from many threads."""

    def __init__(self, forget: Callable[[Collection[int]], object]) -> None:
        self._forget = forget
        self._begin()
        os.register_at_fork(after_in_child=self._begin)
        atexit.register(self.finish)

    def _begin(self) -> None:
        # A forked process has none of its parent's threads, and the parent forgets for itself.
        self._changed = threading.Condition()
        self._waiting: set[int] = set()
        self._under_way: set[int] = set()
        self._thread: threading.Thread | None = None

    def add(self, member_ids: Collection[int]) -> None:
        """Have these members (primary keys) forgotten soon. Returns at once."""
        with self._changed:
            if not self._waiting:
                self._changed.notify_all()
            self._waiting.update(member_ids)
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="forgetter", daemon=True)
                thread.start()
                self._thread = thread

    def is_due(self, member_id: int) -> bool:
        """Say whether what is kept of a member is still to be forgotten."""
        with self._changed:
            return member_id in self._waiting or member_id in self._under_way

    def finish(self) -> None:
        """Wait until all is forgotten, but not for ever: a command ends right after its posting."""
        with self._changed:
            self._changed.wait_for(
                lambda: not self._waiting and not self._under_way, timeout=SECONDS_AT_EXIT
            )

    def _run(self) -> None:
        try:
            while True:
                self._forget_waiting()
                time.sleep(PAUSE_SECONDS)
        finally:
            # Whatever ended it, the next posting starts another.
            self._thread = None

    def _forget_waiting(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting)
            self._waiting, self._under_way = set(), self._waiting
        try:
            self._forget(self._under_way)
        except Exception:
            logger.exception("Kept balances were not forgotten; they end by themselves.")
        with self._changed:
            self._under_way = set()
            self._changed.notify_all()
