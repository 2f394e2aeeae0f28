"""The rooms of one server process, and who is in them.

One subscription serves all sockets: what it brings is offered to the outlets of the rooms it is
for. While it is away, and after it has come back, the outlets are sent to the outbox for what it
missed, so it only saves time.
"""

import asyncio
import contextlib
import logging
import math
import time
import weakref
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError

from ..messages import EVENTS, LOOK, RoomFrame, as_staff_frame, read_frames, split_message
from ..selectors import (
    STAFF_PAGE_SIZE,
    list_refused_tokens,
    list_room_keepers,
    list_staff_events_since,
    map_last_seqs,
)
from .outlet import Outlet
from .pump import Pump
from .refusals import (
    NOT_SIGNED_IN,
    TOO_MANY_SOCKETS,
    TOO_SLOW,
    TRY_AGAIN_LATER,
    Refused,
)
from .subscription import Subscription
from .threads import query

logger = logging.getLogger(__name__)

SOCKETS_PER_MEMBER_MAX = 20
# How often each socket is asked whether its token is still good and whether anything was lost.
CHECK_SECONDS = 15.0
LISTEN_SECONDS_MAX = 2.0
# How often the hub does its part of that.
TURN_SECONDS = 1.0
# Outlets are given a turn to send after so many frames, and whenever one's queue is half full. What
# is sent in one turn of the loop leaves in one write for each socket.
OFFERS_PER_TURN = 1_000
# An event of the staff room bears the instant at which its relay began; clocks differ, too.
STAFF_MARGIN_SECONDS = 60
STAFF_IDS_REMEMBERED = 2_000


class Hub:
    """All sockets of one process. Everything but the queries happens in its loop."""

    def __init__(self) -> None:
        self._members: dict[int, set[Outlet]] = {}
        self._staff: set[Outlet] = set()
        # Whose turn to be checked is next; those who left are skipped when it comes.
        self._turns: deque[Outlet] = deque()
        self.pump = Pump()
        self._tasks: set[asyncio.Task[None]] = set()
        # How many frames were offered since the outlets had a turn.
        self._offered = 0
        self._subscription = self._make_subscription()
        # Since when, in seconds of the clock, staff may have missed something; None when nothing.
        self._missed_since: float | None = None
        self._staff_ids: deque[str] = deque(maxlen=STAFF_IDS_REMEMBERED)

    def __len__(self) -> int:
        """Return how many sockets are open."""
        return sum(map(len, self._members.values()))

    def enter(self, outlet: Outlet) -> None:
        """Let a socket into the rooms of its person.

        Raises Refused when the person has too many sockets here.
        """
        room = self._members.setdefault(outlet.member_id, set())
        if len(room) >= SOCKETS_PER_MEMBER_MAX:
            raise Refused(TOO_MANY_SOCKETS, "Too many connections.")
        room.add(outlet)
        if outlet.is_staff:
            self._staff.add(outlet)
        self._turns.append(outlet)
        if not self._tasks:
            self._subscription = self._make_subscription()
            self._missed_since = None
            self._start(self._subscription.run())
            self._start(self._take_turns())

    async def wait_until_listening(self) -> None:
        """Return once the subscription stands or was tried; without it the outbox is looked at."""
        subscription = self._subscription
        if not subscription.is_up:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(subscription.has_tried.wait(), LISTEN_SECONDS_MAX)
        if not subscription.is_up:
            self._on_down()

    def leave(self, outlet: Outlet) -> None:
        """Forget a socket; the last one ends the subscription. Leaving twice is fine."""
        room = self._members.get(outlet.member_id, set())
        if outlet not in room:
            return
        room.discard(outlet)
        self._staff.discard(outlet)
        if not room:
            del self._members[outlet.member_id]
        if not self._members:
            self._turns.clear()
            for task in self._tasks:
                task.cancel()
            self._tasks = set()

    def _make_subscription(self) -> Subscription:
        return Subscription(on_message=self._take, on_up=self._on_up, on_down=self._on_down)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, message: str) -> None:
        kind, lines = split_message(message)
        if kind == EVENTS:
            await self._deliver(read_frames(lines))
        elif kind == LOOK:
            rooms = [self._members.get(int(line), ()) for line in lines]
            if outlets := [outlet for room in rooms for outlet in room]:
                self._start(self._guarded(self._check, outlets))

    async def _deliver(self, frames: Iterable[RoomFrame]) -> None:
        for frame in frames:
            is_half_full = False
            if frame.member_id is None:
                if frame.event_id in self._staff_ids:
                    continue
                self._staff_ids.append(frame.event_id)
                for outlet in self._staff:
                    is_half_full |= outlet.add(frame.text)
                self._offered += len(self._staff)
            elif room := self._members.get(frame.member_id):
                for outlet in room:
                    is_half_full |= outlet.offer(frame.seq, frame.text)
                self._offered += len(room)
            if is_half_full or self._offered >= OFFERS_PER_TURN:
                self._offered = 0
                await asyncio.sleep(0)

    def _on_up(self) -> None:
        """Make up for what was published while nobody listened."""
        outlets = self._list_outlets()
        self._start(self._guarded(self._look, outlets))
        self._start(self._guarded(self._catch_up_staff, outlets))

    def _on_down(self) -> None:
        if self._missed_since is None:
            self._missed_since = time.time()

    async def _take_turns(self) -> None:
        """Check a part of the sockets at a time, each within CHECK_SECONDS."""
        loop = asyncio.get_running_loop()
        while True:
            pause = min(TURN_SECONDS, CHECK_SECONDS)
            await asyncio.sleep(pause)
            outlets = self._list_outlets()
            count = math.ceil(len(outlets) * pause / CHECK_SECONDS)
            for outlet in outlets:
                if outlet.has_stalled(loop.time()):
                    outlet.end(Refused(TOO_SLOW, "You read too slowly. Resume with lastSeq."))
            await self._guarded(self._check, self._next(count))
            await self._guarded(self._catch_up_staff, outlets)
            if not self._subscription.is_up:
                await self._guarded(self._look, outlets)

    def _next(self, count: int) -> list[Outlet]:
        """Return the outlets whose turn it is, and line them up again."""
        chosen: list[Outlet] = []
        while self._turns and len(chosen) < count:
            outlet = self._turns.popleft()
            if outlet in self._members.get(outlet.member_id, ()):
                chosen.append(outlet)
        self._turns.extend(chosen)
        return chosen

    async def _check(self, outlets: Collection[Outlet]) -> None:
        """End the sockets of people who may not stay, and do what `_look` does."""
        tokens = {outlet.token for outlet in outlets}
        refused = await query(list_refused_tokens, tokens=tokens)
        staff = {outlet.member_id for outlet in outlets if outlet in self._staff}
        keepers = await query(list_room_keepers, member_ids=staff) if staff else set()
        for outlet in outlets:
            if outlet.token in refused:
                outlet.end(Refused(NOT_SIGNED_IN, "The token is good no longer."))
            if outlet.member_id in staff - keepers:
                self._staff.discard(outlet)
        await self._look(outlets)

    async def _look(self, outlets: Collection[Outlet]) -> None:
        """Send outlets to the outbox that lack something."""
        member_ids = {outlet.member_id for outlet in outlets}
        last_seqs = await query(map_last_seqs, member_ids=member_ids)
        for outlet in outlets:
            if last_seqs.get(outlet.member_id, 0) > outlet.last_seq:
                outlet.fall_behind()

    async def _catch_up_staff(self, outlets: Collection[Outlet]) -> None:
        """Deliver what the staff room missed: its events have no number to ask after."""
        since = self._missed_since
        if since is None or not self._subscription.is_up:
            return
        # Before reading: what is missed from now on is another gap.
        self._missed_since = None
        if not self._staff:
            return
        instant = datetime.fromtimestamp(since - STAFF_MARGIN_SECONDS, tz=UTC)
        try:
            events = await query(list_staff_events_since, instant=instant)
        except (DatabaseError, OSError):
            self._missed_since = since
            raise
        await self._deliver(map(as_staff_frame, events))
        if len(events) == STAFF_PAGE_SIZE:
            for outlet in self._staff:
                outlet.end(Refused(TRY_AGAIN_LATER, "Too much was missed. Reload the queue."))

    async def _guarded(
        self,
        work: Callable[[Collection[Outlet]], Coroutine[Any, Any, None]],
        outlets: Collection[Outlet],
    ) -> None:
        """Do something for outlets, if any; what fails is tried again by the next turn."""
        if not outlets:
            return
        try:
            await work(outlets)
        except (DatabaseError, OSError) as error:
            logger.warning("Sockets could not look again: %s: %s", type(error).__name__, error)
        except Exception:
            # A fault of ours in one turn must not end the turns of all sockets.
            logger.exception("Sockets could not look again")

    def _list_outlets(self) -> list[Outlet]:
        return [outlet for room in self._members.values() for outlet in room]


_hubs: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = weakref.WeakKeyDictionary()


def get_hub() -> Hub:
    """Return the hub of the running loop: one for each process that serves sockets."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
