"""What a server process could do at best: an ASGI application that only passes frames on.

One subscription, rooms in a dictionary, each frame sent to each socket of its room as it comes. It
asks nobody who they are, keeps no numbers, and one client that does not read stops it for all.
Served by uvicorn; BENCHMARK_CHANNEL names the channel, `?room=` a socket's room.
"""

import asyncio
import os
from collections import defaultdict
from typing import Any
from urllib.parse import parse_qs

from redis.asyncio import Redis

rooms: dict[str, list[Any]] = defaultdict(list)
listeners: list[asyncio.Task[None]] = []


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Keep one socket in its room."""
    if not listeners:
        listeners.append(asyncio.create_task(listen()))
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "loyalty.v1"})
    room = rooms[parse_qs(scope["query_string"].decode())["room"][0]]
    room.append(send)
    while (await receive())["type"] != "websocket.disconnect":
        pass
    room.remove(send)


async def listen() -> None:
    """Pass on what is published, in the site's own format."""
    redis = Redis.from_url(os.environ["REDIS_URL"], socket_timeout=None)
    async with redis, redis.pubsub() as pubsub:
        await pubsub.subscribe(os.environ["BENCHMARK_CHANNEL"])
        while True:
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=None)
            if message is not None:
                for line in message["data"].decode().split("\n")[1:]:
                    room, _, text = line.split(" ", 2)
                    for send in rooms.get(room, ()):
                        await send({"type": "websocket.send", "text": text})
