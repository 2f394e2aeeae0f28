"""What the relay says to the processes that hold sockets, over one channel of Redis.

Two kinds of message, both text in lines, so that a process cuts out the frames of its own rooms
without decoding what is in them:

    events                           look
    41 7 {"event": "pointsUpdated"…  41
    staff 5f0c… {"event": "redem…    56

`events` has a line for each event: the member's primary key and the event's number, or `staff` and
the event's id, then the frame as it goes to every socket. `look` names members whose sockets are
to find out at once whether they may stay.
"""

import functools
import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

from .frames import encode_event
from .models import STAFF_ROOM, OutboxEvent

EVENTS = "events"
LOOK = "look"


class RoomFrame(NamedTuple):
    """A frame and whose it is: a member's, with its number, or the staff room's, with its id."""

    member_id: int | None
    seq: int
    event_id: str
    text: str


def channel_name() -> str:
    """Return the one channel of this installation.

    Whoever listens on a Redis hears what is published in any of its databases, so the name says
    whose it is: two installations that share a Redis never show each other's events.
    """
    redis_database = urlsplit(settings.REDIS_URL).path
    owner = settings.SECRET_KEY, settings.DATABASES["default"]["NAME"], redis_database
    return f"loyalty.{_digest(*owner)}"


def encode_events(events: Iterable[OutboxEvent]) -> str:
    """Return the message about events, in the order given."""
    return "\n".join([EVENTS, *map(_encode_line, events)])


def encode_look(member_ids: Iterable[int]) -> str:
    """Return the message that sends members' sockets looking."""
    return "\n".join([LOOK, *map(str, member_ids)])


def split_message(message: str) -> tuple[str, list[str]]:
    """Return a message's kind and its lines."""
    kind, *lines = message.split("\n")
    return kind, lines


def read_frames(lines: Iterable[str]) -> Iterator[RoomFrame]:
    """Yield the frames of a message about events."""
    for line in lines:
        room, number, text = line.split(" ", 2)
        if room == STAFF_ROOM:
            yield RoomFrame(None, 0, number, text)
        else:
            yield RoomFrame(int(room), int(number), "", text)


def as_staff_frame(event: OutboxEvent) -> RoomFrame:
    """Return an event of the staff room as it would have come from the relay."""
    return RoomFrame(member_id=None, seq=0, event_id=str(event.event_id), text=encode_event(event))


def _encode_line(event: OutboxEvent) -> str:
    # JSON holds no raw line break, so a frame never ends its line early.
    if event.member_id is None:
        return f"{STAFF_ROOM} {event.event_id} {encode_event(event)}"
    return f"{event.member_id} {event.seq} {encode_event(event)}"


@functools.cache
def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
