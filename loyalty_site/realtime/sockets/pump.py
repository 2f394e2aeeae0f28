"""Sending what outlets hold, without a task for each of them.

Waking a task for each frame costs as much as sending it. A server takes frames at once as long as
their client reads, so one task sends for all outlets that have something, one after the other. When
it has to wait, it stays with that outlet, and another task goes on with the others.
"""

import asyncio
from collections import deque
from typing import Protocol


class Source(Protocol):
    """What can be drained. Must not raise but what ends the process."""

    async def drain(self) -> None:
        """Send everything there is; return when nothing is left."""


class Pump:
    """Drains sources in the order they were added, each by one task at a time."""

    def __init__(self) -> None:
        self._ready: deque[Source] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_called = False

    def add(self, source: Source) -> None:
        """Have a source drained soon. To be added again only once that is done."""
        self._ready.append(source)
        if not self._is_called:
            self._is_called = True
            asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        self._is_called = bool(self._ready)
        if self._is_called:
            task = asyncio.create_task(self._drain())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            # Runs after the task's first step: whatever is left then waits behind one that waits.
            asyncio.get_running_loop().call_soon(self._work)

    async def _drain(self) -> None:
        while self._ready:
            await self._ready.popleft().drain()
