"""Counting goes on, and quickly, whatever becomes of Redis."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest
from django.conf import settings
from redis.connection import AbstractConnection
from redis.exceptions import RedisError

from loyalty_site.api import limiter as module
from loyalty_site.api.limiter import Limiter

NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture
def name():
    return str(uuid.uuid4())


def hit(limiter, name, limit=20):
    return limiter.hit(name, limit=limit, window_seconds=60).passes


def seconds_of(function):
    started = monotonic()
    function()
    return monotonic() - started


def lose_connection(*_, **__):
    raise RedisError("Connection lost.")


def test_processes_that_share_redis_count_together(name):
    one, other = Limiter(settings.REDIS_URL), Limiter(settings.REDIS_URL)

    assert [hit(one, name, 3), hit(other, name, 3), hit(one, name, 3)] == [True] * 3
    assert not hit(other, name, 3)


def test_names_are_counted_apart(name):
    limiter = Limiter(settings.REDIS_URL)

    assert hit(limiter, f"{name}-a", 1)
    assert hit(limiter, f"{name}-b", 1)
    assert not hit(limiter, f"{name}-a", 1)


@pytest.mark.parametrize("address", [settings.REDIS_URL, NOWHERE], ids=["redis", "nowhere"])
def test_of_sixty_threads_at_once_twenty_pass(name, address):
    limiter = Limiter(address)
    barrier = threading.Barrier(60)

    def run(_):
        barrier.wait()
        return hit(limiter, name)

    with ThreadPoolExecutor(60) as pool:
        passed = list(pool.map(run, range(60)))

    assert passed.count(True) == 20


def test_a_redis_that_hangs_costs_a_moment_once(name, silent_server):
    limiter = Limiter("redis://{host}:{port}/0".format(**silent_server))

    assert seconds_of(lambda: hit(limiter, name)) < 0.25
    assert seconds_of(lambda: [hit(limiter, name) for _ in range(50)]) < 0.1


def test_after_a_pause_one_request_tries_redis_and_the_others_go_on(
    name, silent_server, monkeypatch
):
    limiter = Limiter("redis://{host}:{port}/0".format(**silent_server))
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)
    hit(limiter, name)
    monkeypatch.setattr(module, "PAUSE_SECONDS", 5.0)

    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: seconds_of(lambda: hit(limiter, name)), range(8)))

    assert sum(wait > 0.09 for wait in waits) == 1


def test_redis_counts_again_once_it_is_back(name, monkeypatch, caplog):
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)
    limiter = Limiter(settings.REDIS_URL)
    with monkeypatch.context() as cut:
        cut.setattr(AbstractConnection, "send_packed_command", lose_connection)
        assert hit(limiter, name, 1)
        assert not hit(limiter, name, 1)

    assert hit(limiter, name, 1)
    assert not hit(Limiter(settings.REDIS_URL), name, 1)
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "Requests are counted by each process",
        "Requests are counted in Redis again.",
    ]


def test_a_hit_is_one_round_trip(name, monkeypatch):
    limiter = Limiter(settings.REDIS_URL)
    hit(limiter, name)
    sent = []
    send = AbstractConnection.send_packed_command

    def note(connection, command, **options):
        sent.append(command)
        send(connection, command, **options)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", note)

    hit(limiter, name)

    assert len(sent) == 1


def test_a_limit_that_was_lowered_says_when_enough_has_passed(name):
    limiter = Limiter(settings.REDIS_URL)
    for pause in (0.0, 0.2, 0.2):
        sleep(pause)
        hit(limiter, name, 3)

    refused = limiter.hit(name, limit=1, window_seconds=60)

    assert (refused.passes, refused.limit, refused.remaining) == (False, 1, 0)
    assert 59.8 < refused.reset_seconds <= 60
    assert limiter.hit(name, limit=3, window_seconds=60).reset_seconds < 59.7
