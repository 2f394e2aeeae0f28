"""What one socket is to be sent: its member's events in order, and answers in between.

PostgreSQL is the truth, what is offered only says early what is new. A frame whose number is the
next one is queued; one that leaves a gap, or finds the queue full, makes the outlet read what comes
next from the outbox once it has sent what it holds; one that is not new is dropped. So it does not
matter whether anything is repeated, lost or overtaken on the way, nor how slowly the client reads:
an outlet never holds more than a queue and a page.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol

from django.db import DatabaseError
from django.utils import timezone

from ..frames import encode_frame
from ..selectors import PAGE_SIZE, list_frames_after
from .refusals import NOT_SIGNED_IN, TOO_SLOW, Refused
from .threads import query

logger = logging.getLogger(__name__)

QUEUE_LENGTH_MAX = 256
# A client that takes nothing for so long is sent away; it resumes where it was.
STALL_SECONDS_MAX = 10.0


class Identity(Protocol):
    """What LOYALTY_TOKEN_RESOLVER returns for a good token."""

    user: Any
    expires_at: datetime


class Outlet:
    """One socket as the hub sees it.

    `send` writes one frame and returns when the next may follow; `close` ends the connection. Both
    are only called by whoever empties the outlet, one at a time; `schedule` asks for that.
    """

    def __init__(
        self,
        *,
        identity: Identity,
        token: str,
        is_staff: bool,
        send: Callable[[str], Awaitable[None]],
        close: Callable[[Refused], Awaitable[None]],
        schedule: Callable[["Outlet"], None],
    ) -> None:
        self.identity = identity
        self.token = token
        self.is_staff = is_staff
        self.member_id: int = identity.user.pk
        # The number up to which events are queued or sent.
        self.last_seq = 0
        self._newest = 0
        self._send = send
        self._close = close
        self._schedule = schedule
        self._queue: deque[str] = deque()
        self._has_started = False
        self._is_behind = False
        # Set once everything that was there at the start is sent, or nothing will be sent any more.
        self.has_resumed = asyncio.Event()
        self._refusal: Refused | None = None
        self._is_open = False
        self._is_scheduled = False
        # The task that drains us, while it does.
        self._task: asyncio.Task[Any] | None = None
        self._sending_since: float | None = None
        self._expiry: asyncio.TimerHandle | None = None

    def begin_after(self, *, last_seq: int | None, newest: int) -> None:
        """Begin after `last_seq`, which the client vouches for; without it with what comes now.

        `newest` is the number of the member's latest committed event.
        """
        last_seq = newest if last_seq is None else last_seq
        self.last_seq = min(last_seq, newest)
        self._newest = newest
        self._has_started = True
        if last_seq > newest:
            # Numbers we never gave, say from before a restored backup.
            self._queue_resync(from_seq=newest + 1, to_seq=last_seq)
        elif last_seq < newest:
            self.fall_behind()

    def start_sending(self) -> None:
        """Send from now on, until `stop`."""
        self._is_open = True
        left = (self.identity.expires_at - timezone.now()).total_seconds()
        # To the second: HTTP takes a token for a little longer, as clocks differ.
        expired = Refused(NOT_SIGNED_IN, "The token has expired.")
        loop = asyncio.get_running_loop()
        self._expiry = loop.call_later(max(0.0, left), self.end, expired)
        self._wake()

    def stop(self) -> None:
        """Send no more."""
        self._is_open = False
        self.has_resumed.set()
        if self._expiry:
            self._expiry.cancel()
        self._interrupt()

    def end(self, refusal: Refused) -> None:
        """Close the connection at once, whatever is still queued."""
        if self._refusal is None:
            self._refusal = refusal
            self._interrupt()
            self._wake()

    def offer(self, seq: int, text: str) -> bool:
        """Take note of one of the member's events; say whether the queue is half full by now."""
        if seq <= self.last_seq:
            return False
        is_next = self._has_started and seq == self.last_seq + 1
        if is_next and not self._is_behind and not self._is_full:
            self._queue.append(text)
            self.last_seq = seq
            self._wake()
        else:
            self.fall_behind()
        return self._is_half_full

    def fall_behind(self) -> None:
        """Have the outbox looked at for what comes after the last event."""
        self._is_behind = True
        self._wake()

    def add(self, text: str) -> bool:
        """Queue a frame without a number, which nobody could read again; say what `offer` says."""
        if self._is_full:
            self.end(Refused(TOO_SLOW, "You read too slowly. Resume with lastSeq."))
        elif self._refusal is None:
            self._queue.append(text)
            self._wake()
        return self._is_half_full

    def answer(self, event: str, data: dict[str, Any]) -> None:
        """Queue a frame about the connection itself."""
        self.add(encode_frame(event=event, data=data, at=timezone.now()))

    def has_stalled(self, instant: float) -> bool:
        """Say whether at an instant of the loop's clock the client has taken nothing for long."""
        since = self._sending_since
        return since is not None and instant - since >= STALL_SECONDS_MAX

    async def drain(self) -> None:
        """Send all there is, and what the outbox has besides; close in the end when that is due."""
        self._task = asyncio.current_task()
        try:
            await self._send_all()
            if self._refusal and self._is_open:
                self._is_open = False
                await self._close(self._refusal)
        except OSError:
            # The client vanished while we were sending: nobody to tell.
            self._is_open = False
        except Exception:
            # Whoever drains us has other sockets to send for.
            logger.exception("A socket was left")
            self._is_open = False
        finally:
            self._task = self._sending_since = None
            self._is_scheduled = False
            self.has_resumed.set()

    async def _send_all(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._is_open and not self._refusal:
                if self._queue:
                    self._sending_since = loop.time()
                    await self._send(self._queue.popleft())
                    self._sending_since = None
                elif self._is_behind:
                    await self._catch_up()
                else:
                    return
        except asyncio.CancelledError:
            # By us, while we waited for the client: the task has others to send for.
            if self._task is None or (self._is_open and not self._refusal):
                raise
            self._task.uncancel()
            self._sending_since = None

    @property
    def _is_full(self) -> bool:
        return len(self._queue) >= QUEUE_LENGTH_MAX

    @property
    def _is_half_full(self) -> bool:
        return len(self._queue) * 2 >= QUEUE_LENGTH_MAX

    def _wake(self) -> None:
        if self._is_open and not self._is_scheduled:
            self._is_scheduled = True
            self._schedule(self)

    def _interrupt(self) -> None:
        """Stop waiting for a client that does not read."""
        if self._sending_since is not None and self._task:
            self._task.cancel()

    async def _catch_up(self) -> None:
        """Queue the next page of committed events."""
        # Before reading: what is committed from now on, and so may not be read, is offered anew.
        self._is_behind = False
        member_id = self.member_id
        try:
            page = await query(list_frames_after, member_id=member_id, seq=self.last_seq)
        except (DatabaseError, OSError) as error:
            logger.warning("A socket waits for the next look: %s: %s", type(error).__name__, error)
            return
        for seq, text in page:
            # What was offered while we read is queued already.
            if seq <= self.last_seq:
                continue
            if self.last_seq and seq > self.last_seq + 1:
                self._queue_resync(from_seq=self.last_seq + 1, to_seq=seq - 1)
            self._queue.append(text)
            self.last_seq = seq
        if len(page) == PAGE_SIZE:
            self._is_behind = True
        elif self.last_seq < self._newest:
            # Everything from there on was pruned. From 0 one wants what is kept, and no more.
            if self.last_seq:
                self._queue_resync(from_seq=self.last_seq + 1, to_seq=self._newest)
            self.last_seq = self._newest

    def _queue_resync(self, *, from_seq: int, to_seq: int) -> None:
        """Say that numbers are gone for good: fetch the present state instead."""
        data = {"fromSeq": from_seq, "toSeq": to_seq}
        self._queue.append(encode_frame(event="resync", data=data, at=timezone.now()))
