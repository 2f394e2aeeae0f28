"""Handing events to the channel layer, from any thread."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from .frames import encode_event
from .groups import member_group, staff_group
from .models import OutboxEvent

# A number (None in the staff room) and the frame as text, encoded once for all sockets.
NumberedFrame = tuple[int | None, str]

PUBLISH_SECONDS_MAX = 5
# Somebody who changes a password waits for this.
ASK_SECONDS_MAX = 1


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


def ask_sockets_again(*, member_ids: Iterable[int]) -> None:
    """Have the members' sockets look at once whether their tokens are still good.

    Raises what the channel layer raises, TimeoutError when it does not answer: the sockets find out
    by themselves a little later.
    """
    async_to_sync(_ask_again)([member_group(member_id) for member_id in member_ids])


async def _ask_again(groups: Iterable[str]) -> None:
    layer = get_channel_layer()
    async with asyncio.timeout(ASK_SECONDS_MAX):
        for group in groups:
            await layer.group_send(group, {"type": "sessions.ended"})


async def _send(frames_by_group: Mapping[str, Sequence[NumberedFrame]]) -> None:
    layer = get_channel_layer()
    async with asyncio.timeout(PUBLISH_SECONDS_MAX):
        for group, frames in frames_by_group.items():
            await layer.group_send(group, {"type": "events.published", "frames": list(frames)})
