"""Handing events to the channel layer, from any thread."""

import asyncio
from collections.abc import Mapping, Sequence

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from .frames import encode_event
from .groups import member_group, staff_group
from .models import OutboxEvent

# A number (None in the staff room) and the frame as text, encoded once for all sockets.
NumberedFrame = tuple[int | None, str]

PUBLISH_SECONDS_MAX = 5


def publish_events(events: Sequence[OutboxEvent]) -> None:
    """Publish events to their rooms, one message per room, each room's in the order given.

    Raises what the channel layer raises, TimeoutError when it does not answer.
    """
    frames: dict[str, list[NumberedFrame]] = {}
    for event in events:
        group = staff_group() if event.member_id is None else member_group(event.member_id)
        frames.setdefault(group, []).append((event.seq, encode_event(event)))
    # One event loop for the whole batch: the layer keeps a connection per loop and closes it with
    # the loop.
    async_to_sync(_send)(frames)


async def _send(frames_by_group: Mapping[str, Sequence[NumberedFrame]]) -> None:
    layer = get_channel_layer()
    async with asyncio.timeout(PUBLISH_SECONDS_MAX):
        for group, frames in frames_by_group.items():
            await layer.group_send(group, {"type": "events.published", "frames": list(frames)})
