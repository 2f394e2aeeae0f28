"""A client that does not read, over a real wire: it costs a bounded queue and loses nothing."""

import asyncio
import json
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.utils import timezone
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from loyalty_site.realtime.outbox import NewEvent, write_events
from loyalty_site.realtime.publishing import publish_events
from loyalty_site.realtime.relay import relay_events
from loyalty_site.realtime.sockets import consumers, hub, outlet
from loyalty_site.testing.browser import serve

from .conftest import in_thread, token_of
from .test_live import _wait_for_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

# More than the buffers between two processes of one machine hold.
EVENTS = 600
EVENT_BYTES = 30_000


async def test_who_does_not_read_is_closed_and_resumes_where_they_were(
    member, tmp_path, monkeypatch
):
    monkeypatch.setattr(outlet, "STALL_SECONDS_MAX", 0.5)
    monkeypatch.setattr(hub, "TURN_SECONDS", 0.1)
    monkeypatch.setattr(consumers, "CLOSE_SECONDS_MAX", 0.5)
    waiting: list[int] = []

    def commit_and_relay():
        news = NewEvent(member_id=member.pk, event="tick", data={"text": "x" * EVENT_BYTES})
        for _ in range(EVENTS // 20):
            with transaction.atomic():
                write_events(events=[news] * 20, now=timezone.now())
            relay_events(publish=publish_events, now=timezone.now())
            hubs = list(hub._hubs.values())
            waiting.extend(len(one._queue) for each in hubs for one in each._list_outlets())

    seen: list[int] = []
    with serve() as url:
        port = urlsplit(url).port
        _wait_for_port(port, tmp_path / "none")
        async with _listen(port, member, 0) as client:
            await in_thread(commit_and_relay)
            await asyncio.sleep(2)
            with suppress(ConnectionClosed):
                while True:
                    seen.append(json.loads(await asyncio.wait_for(client.recv(), 20))["seq"])
        assert client.close_code in (4408, 1006)
        assert len(seen) < EVENTS
        async with _listen(port, member, seen[-1] if seen else 0) as client:
            while len(seen) < EVENTS:
                seen.append(json.loads(await asyncio.wait_for(client.recv(), 20))["seq"])
    assert seen == list(range(1, EVENTS + 1))
    assert 0 < max(waiting) <= outlet.QUEUE_LENGTH_MAX


def _listen(port, person, last_seq):
    subprotocols = [Subprotocol("loyalty.v1"), Subprotocol(token_of(person))]
    address = f"ws://127.0.0.1:{port}/ws/?lastSeq={last_seq}"
    # Compressed, all of it would fit into the buffers on the way.
    return connect(address, subprotocols=subprotocols, compression=None)
