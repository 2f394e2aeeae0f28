"""Clients that keep being dropped and a relay that dies: everybody gets their own events, once."""

import asyncio
import json
import multiprocessing
import os
import random
import signal
import time
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pytest
from django.db import connections, transaction
from django.utils import timezone
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from loyalty_site.realtime.models import OutboxEvent
from loyalty_site.realtime.outbox import NewEvent, write_events
from loyalty_site.realtime.publishing import publish_events
from loyalty_site.realtime.relay import relay_events
from loyalty_site.testing.browser import serve

from .conftest import in_thread, token_of
from .test_live import WEB, _free_port, _running, _wait_for_port

pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]

DROPS = 0.2
# The first relay dies after so many batches, when it has published one and not yet marked it.
BATCHES_BEFORE_DEATH = 2
STAFF_EVENTS = 50
EVENTS_PER_COMMIT = 10
SECONDS_MAX = 300


@pytest.fixture
def doomed_relay(transactional_db):
    """Run a relay that will die, and one that takes its place; give the first."""
    # A fork that inherits an open connection would talk on its parent's wire.
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    is_dead = fork.Event()
    processes = [fork.Process(target=_relay, args=(n == 0, is_dead), daemon=True) for n in (0, 1)]
    for process in processes:
        process.start()
    try:
        yield processes[0]
    finally:
        for process in processes:
            process.kill()
            process.join()


def _relay(is_doomed, is_dead):
    batches = 0

    def publish(events):
        nonlocal batches
        publish_events(events)
        batches += 1
        if is_doomed and batches == BATCHES_BEFORE_DEATH:
            is_dead.set()
            os.kill(os.getpid(), signal.SIGKILL)

    if not is_doomed:
        is_dead.wait()
    while True:
        relay_events(publish=publish, now=timezone.now())
        time.sleep(0.02)


class Client:
    """A client that keeps `lastSeq`, and is cut off after a fifth of its frames."""

    def __init__(self, number, member, token, total):
        self.member = member
        self.token = token
        self.total = total
        self.chance = random.Random(number)
        self.seen: list[int] = []
        self.foreign: list[str] = []
        self.drops = 0

    async def listen(self, port):
        while len(self.seen) < self.total:
            try:
                await self._listen_once(port)
            except (WebSocketException, OSError, TimeoutError):
                await asyncio.sleep(self.chance.random() / 10)

    async def _listen_once(self, port):
        last_seq = self.seen[-1] if self.seen else 0
        async with connect(
            f"ws://127.0.0.1:{port}/ws/?lastSeq={last_seq}",
            subprotocols=[Subprotocol("loyalty.v1"), Subprotocol(self.token)],
            open_timeout=60,
        ) as socket:
            async for text in socket:
                frame = json.loads(text)
                if frame["event"] != "tick" or frame["data"]["userId"] != self.member.public_id:
                    self.foreign.append(str(text))
                self.seen.append(frame["seq"])
                if len(self.seen) == self.total:
                    return
                if self.chance.random() < DROPS:
                    self.drops += 1
                    socket.transport.abort()
                    return


async def _listen_as_staff(port, token, seen, is_open):
    async with connect(f"ws://127.0.0.1:{port}/ws/?token={token}", open_timeout=60) as socket:
        is_open.set()
        while len(seen) < STAFF_EVENTS:
            frame = json.loads(await socket.recv())
            seen.setdefault(frame["id"], frame["data"]["name"])


@pytest.mark.parametrize(
    ("people", "events", "is_apart"),
    [
        (8, 160, False),
        pytest.param(500, 10_000, True, marks=pytest.mark.long),
    ],
)
async def test_everybody_gets_their_own_events_once_and_in_order(
    doomed_relay, make_member, make_staff, tell, tmp_path, people, events, is_apart
):
    """The large one runs against a server in a process of its own."""
    total = events // people

    def prepare():
        members = [make_member(f"m{n}") for n in range(people)]
        return members, make_staff("ann", "approver")

    def commit():
        turns = [member for member in members for _ in range(total)]
        random.Random(3).shuffle(turns)
        for number in range(STAFF_EVENTS):
            tell(None, f"staff-{number}")
            turn = turns[number::STAFF_EVENTS]
            for start in range(0, len(turn), EVENTS_PER_COMMIT):
                commit_ticks(turn[start : start + EVENTS_PER_COMMIT])

    def commit_ticks(turn):
        events = [NewEvent(member_id=member.pk, event="tick", data={}) for member in turn]
        with transaction.atomic():
            write_events(events=events, now=timezone.now())

    members, ann = await in_thread(prepare)
    clients = [Client(n, member, token_of(member), total) for n, member in enumerate(members)]
    staff_seen: dict[str, str] = {}
    with _serving(tmp_path, is_apart=is_apart) as port:
        is_open = asyncio.Event()
        staff = asyncio.create_task(_listen_as_staff(port, token_of(ann), staff_seen, is_open))
        # Staff hear what comes from now on; members resume from the first event.
        await asyncio.wait_for(is_open.wait(), 60)
        listening = [asyncio.create_task(client.listen(port)) for client in clients]
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_MAX):
                await in_thread(commit)
                await asyncio.gather(*listening, staff)
        doomed_relay.join(10)
        assert doomed_relay.exitcode == -signal.SIGKILL
        for _ in range(100):
            if not await in_thread(OutboxEvent.objects.filter(published_at=None).exists):
                break
            await asyncio.sleep(0.1)
    assert [client.foreign for client in clients if client.foreign] == []
    expected = list(range(1, total + 1))
    assert [client.seen for client in clients if client.seen != expected] == []
    assert list(staff_seen.values()) == [f"staff-{n}" for n in range(STAFF_EVENTS)]
    assert sum(client.drops for client in clients) > events * DROPS / 2
    assert not await in_thread(OutboxEvent.objects.filter(published_at=None).exists)


@contextmanager
def _serving(folder, *, is_apart):
    if is_apart:
        port = _free_port()
        with _running([*WEB, "--port", str(port)], folder / "web.log"):
            _wait_for_port(port, folder / "web.log")
            yield port
    else:
        with serve() as url:
            port = urlsplit(url).port
            _wait_for_port(port, folder / "web.log")
            yield port
