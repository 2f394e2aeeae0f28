"""Waking a worker after a commit, without the committer ever waiting for the broker.

A nudge only saves time: whatever one is lost for is found by the next sweep.
"""

import contextlib
import logging
import os
import threading
import time
import weakref
from typing import Any

from celery import Task
from celery.signals import task_prerun
from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PAUSE_AFTER_FAILURE_SECONDS = 5.0
# For so long at most one message stands for all who ask, should it have been lost.
ON_ITS_WAY_SECONDS = 1

# Held while a nudge is on its way. A fork waits for it: a child born in between would inherit the
# broker connection's own locks as taken, with nobody left to free them, and hang on its first use.
_sending = threading.Lock()
_nudgers: "weakref.WeakSet[Nudger]" = weakref.WeakSet()


class Nudger:
    """A thread of this process that sends a task whenever somebody has asked since the last one.

    `name` says who is woken. Commits within `pause_seconds` share a nudge. Processes share it as
    well: a key of the cache says that a task is on its way, until a worker begins with it. To
    look for the key costs a third to a quarter of a message to the broker.
    """

    def __init__(self, name: str, task: Task, *, pause_seconds: float = 0.05) -> None:
        self._name = name
        self._task = task
        self._key = f"{name}-on-its-way"
        self._pause_seconds = pause_seconds
        self._wanted = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        _nudgers.add(self)
        task_prerun.connect(self._on_begin)

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
            if cache.add(self._key, 1, ON_ITS_WAY_SECONDS):
                self._task.apply_async(retry=False)
        except Exception as error:  # noqa: BLE001 -- whatever ails the broker, the sweep comes
            logger.warning("The %s was not woken, a sweep will do its work: %s", self._name, error)
            return False
        return True

    def _on_begin(self, sender: Task, **_: Any) -> None:
        """A worker is about to look: whoever commits from here on has to send again."""
        if sender.name == self._task.name:
            with contextlib.suppress(RedisError):
                cache.delete(self._key)

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
