"""The whole way with real processes: a commit here, a worker, Redis, a web server, a client."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, asynccontextmanager, contextmanager
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from loyalty_site.nudging import Nudger
from loyalty_site.realtime import nudge
from loyalty_site.realtime.models import OutboxEvent
from loyalty_site.realtime.tasks import relay_outbox
from points.models import PointAccount
from points.services.postings import Cause, Source, award_points

from .conftest import in_thread, token_of

pytestmark = pytest.mark.django_db(transaction=True)

WEB = ["-m", "uvicorn", "loyalty_site.asgi:application", "--host", "127.0.0.1"]
WORKER = ["-m", "celery", "-A", "loyalty_site", "worker", "--pool", "threads"]
WORKER += ["--concurrency", "2", "--without-gossip", "--without-mingle"]


@pytest.fixture
def platform(monkeypatch, tmp_path):
    """Start a web server and a worker on the test database; return the server's port and log."""
    monkeypatch.setattr(nudge, "_nudger", Nudger("relay", relay_outbox))
    port = _free_port()
    with ExitStack() as processes:
        processes.enter_context(_running(WORKER, tmp_path / "worker.log"))
        processes.enter_context(_running([*WEB, "--port", str(port)], tmp_path / "web.log"))
        _wait_for_port(port, tmp_path / "web.log")
        yield port, tmp_path / "web.log"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def _running(command, log):
    database = connection.settings_dict
    parts = {name: quote(str(value), safe="") for name, value in database.items()}
    address = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**parts)
    environ = {**os.environ, "DATABASE_URL": address, "DATABASE_POOL_SIZE": "4"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=settings.BASE_DIR,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_port(port, log):
    # A busy machine takes its time to start a server.
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"no web server: {log.read_text()}")


@asynccontextmanager
async def _listening(port, person, query=""):
    async with connect(
        f"ws://127.0.0.1:{port}/ws/{query}",
        subprotocols=[Subprotocol("loyalty.v1"), Subprotocol(token_of(person))],
    ) as client:
        assert client.subprotocol == "loyalty.v1"
        yield client


async def _next(client):
    # A worker that has just been started takes some seconds on a busy machine.
    return json.loads(await asyncio.wait_for(client.recv(), timeout=20))


async def test_an_award_reaches_the_member_through_worker_redis_and_server(
    platform, make_member, now
):
    port, log = platform

    def award(n):
        award_points(
            account_id=PointAccount.objects.get(member=mia).pk,
            amount=n,
            cause=Cause(source=Source(type="test", id=str(n), rule="live"), occurred_at=now),
            now=now,
        )

    mia = await in_thread(make_member, "mia")
    async with _listening(port, mia) as client:
        await in_thread(award, 10)
        frame = await _next(client)
        assert (frame["event"], frame["seq"], frame["data"]["balance"]) == ("pointsUpdated", 1, 10)
        for n in range(11, 31):
            await in_thread(award, n)
        frames = [await _next(client) for _ in range(20)]
        assert [frame["seq"] for frame in frames] == list(range(2, 22))
    # Away for a while, and back.
    await in_thread(award, 31)
    async with _listening(port, mia, "?lastSeq=20") as client:
        assert [(await _next(client))["seq"] for _ in range(2)] == [21, 22]
    # The relay has marked what it sent.
    for _ in range(100):
        if not await in_thread(OutboxEvent.objects.filter(published_at=None).exists):
            break
        await asyncio.sleep(0.1)
    assert not await in_thread(OutboxEvent.objects.filter(published_at=None).exists)

    token = token_of(mia)
    async with connect(f"ws://127.0.0.1:{port}/ws/?token={token}") as client:
        await client.send('{"event": "ping"}')
        assert (await _next(client))["event"] == "pong"
    async with connect(f"ws://127.0.0.1:{port}/ws/?token={token}x") as client:
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == 4401
    lines = log.read_text()
    assert token not in lines
    assert "token=hidden" in lines
