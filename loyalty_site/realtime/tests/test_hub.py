"""One process, one subscription: it comes back by itself, and nobody pays for a slow reader."""

import asyncio
import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.utils import timezone
from redis import Redis

from loyalty_site.realtime import selectors
from loyalty_site.realtime.messages import channel_name
from loyalty_site.realtime.models import OutboxEvent
from loyalty_site.realtime.publishing import publish_events
from loyalty_site.realtime.sockets import hub, outlet, subscription
from loyalty_site.realtime.sockets.outlet import Outlet
from loyalty_site.realtime.sockets.pump import Pump

from .conftest import close_code, connected, in_thread, names, receive

pytestmark = pytest.mark.django_db(transaction=True)


def _subscriptions():
    """How many connections listen to our channel."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        [(_, count)] = redis.pubsub_numsub(channel_name())
    return count


def _cut_off():
    """End every subscription at Redis that is ours: no other channel has such a client."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        number = redis.connection_pool.connection_kwargs.get("db", 0)
        for client in redis.client_list(_type="pubsub"):
            if int(client["db"]) == number:
                redis.client_kill_filter(_id=client["id"])


@pytest.fixture
def approver(make_member):
    person = make_member("ann", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="decide_redemption"))
    return person


async def _until(condition):
    async with asyncio.timeout(10):
        while not await in_thread(condition):  # noqa: ASYNC110 -- others' doings set no event
            await asyncio.sleep(0.02)


async def test_sockets_share_one_subscription_which_ends_with_the_last(make_member):
    mia, leo = await in_thread(lambda: (make_member("mia"), make_member("leo")))
    async with connected(mia), connected(leo), connected(mia):
        assert await in_thread(_subscriptions) == 1
    await _until(lambda: _subscriptions() == 0)


async def test_what_was_published_while_cut_off_arrives_after_coming_back(
    approver, tell, relay, monkeypatch
):
    monkeypatch.setattr(subscription, "PAUSE_SECONDS", 0.5)
    monkeypatch.setattr(hub, "TURN_SECONDS", 5.0)
    async with connected(approver) as socket:
        await in_thread(tell, None, "heard")
        await in_thread(relay)
        assert names(await receive(socket, 1)) == [(None, "heard")]

        await in_thread(_cut_off)
        await _until(lambda: _subscriptions() == 0)
        await in_thread(tell, approver, "missed")
        await in_thread(tell, None, "missed by staff")
        assert await in_thread(relay) == 2

        frames = names(await receive(socket, 2))
        assert sorted(frames, key=str) == [(1, "missed"), (None, "missed by staff")]
        await in_thread(tell, approver, "news")
        await in_thread(relay)
        assert names(await receive(socket, 1)) == [(2, "news")]
        assert await socket.receive_nothing(0.2)


async def test_staff_who_missed_more_than_is_told_again_are_sent_to_reload(
    approver, tell, relay, monkeypatch
):
    monkeypatch.setattr(subscription, "PAUSE_SECONDS", 0.3)
    for module in (hub, selectors):
        monkeypatch.setattr(module, "STAFF_PAGE_SIZE", 2)
    async with connected(approver) as socket:
        await in_thread(_cut_off)
        await _until(lambda: _subscriptions() == 0)
        await in_thread(tell, None, "a", "b", "c")
        await in_thread(relay)
        while (output := await socket.receive_output(timeout=5))["type"] == "websocket.send":
            pass
        assert output["code"] == 1013


async def test_a_redis_that_falls_silent_is_left_and_asked_again(
    member, tell, relay, monkeypatch, caplog
):
    monkeypatch.setattr(subscription, "SILENCE_SECONDS", 0.2)
    monkeypatch.setattr("redis.asyncio.client.PubSub.ping", _say_nothing)
    async with connected(member) as socket:
        await _until(lambda: "has fallen silent" in caplog.text)
        await in_thread(tell, member, "a")
        await in_thread(relay)
        assert names(await receive(socket, 1)) == [(1, "a")]


async def _say_nothing(self):
    return None


async def test_a_message_that_makes_no_sense_is_passed_over(member, tell, relay, caplog):
    def publish_nonsense():
        with Redis.from_url(settings.REDIS_URL) as redis:
            for message in ("", "events\nnonsense", "events\nx 1 {}", "look\nx", b"\xff"):
                redis.publish(channel_name(), message)

    async with connected(member) as socket:
        await in_thread(publish_nonsense)
        await in_thread(tell, member, "a")
        await in_thread(relay)
        assert names(await receive(socket, 1)) == [(1, "a")]
    assert "was passed over" in caplog.text


async def test_a_permission_that_is_taken_away_leaves_the_staff_room(
    approver, tell, relay, monkeypatch
):
    monkeypatch.setattr(hub, "CHECK_SECONDS", 0.1)
    async with connected(approver) as socket:
        await in_thread(approver.user_permissions.clear)
        await asyncio.sleep(0.5)
        await in_thread(tell, None, "secret")
        await in_thread(tell, approver, "own")
        await in_thread(relay)
        assert names(await receive(socket, 1)) == [(1, "own")]
        assert await socket.receive_nothing(0.2)


async def test_whoever_joins_is_answered_after_all_they_missed(member, tell):
    await in_thread(tell, member, *["tick"] * 3)
    async with connected(member, lastSeq=0) as socket:
        await socket.send_json_to({"event": "join"})
        frames = await receive(socket, 4)
    assert [frame["event"] for frame in frames] == ["tick"] * 3 + ["joined"]
    assert frames[3]["data"]["lastSeq"] == 3


class Client:
    """The far end of an outlet: takes a frame whenever it is let."""

    def __init__(self, member, pump=None):
        self.taken: list[dict[str, Any]] = []
        self.reads = asyncio.Event()
        self.code = asyncio.get_running_loop().create_future()
        identity = SimpleNamespace(user=member, expires_at=timezone.now() + timedelta(hours=1))
        self.outlet = Outlet(
            identity=identity,
            token="",
            is_staff=True,
            send=self._take,
            close=self._end,
            schedule=(pump or Pump()).add,
        )

    async def _take(self, text):
        await self.reads.wait()
        self.taken.append(json.loads(text))

    async def _end(self, refusal):
        self.code.set_result(refusal.code)


async def test_one_who_does_not_read_holds_up_nobody(make_member):
    people = await in_thread(lambda: [make_member() for _ in range(3)])
    pump = Pump()
    clients = [Client(person, pump) for person in people]
    for client in clients[1:]:
        client.reads.set()
    for client in clients:
        client.outlet.begin_after(last_seq=None, newest=0)
        client.outlet.start_sending()
        client.outlet.offer(1, '{"seq": 1}')
        client.outlet.offer(2, '{"seq": 2}')
    for _ in range(10):
        await asyncio.sleep(0)
    assert [len(client.taken) for client in clients] == [0, 2, 2]
    clients[0].reads.set()
    await _until(lambda: len(clients[0].taken) == 2)
    for client in clients:
        client.outlet.stop()


async def test_a_slow_reader_holds_one_queue_and_gets_the_rest_from_the_outbox(
    member, tell, monkeypatch
):
    monkeypatch.setattr(outlet, "QUEUE_LENGTH_MAX", 8)
    client = Client(member)
    client.outlet.begin_after(last_seq=None, newest=0)
    client.outlet.start_sending()
    await in_thread(tell, member, *["tick"] * 50)
    for seq in range(1, 51):
        client.outlet.offer(seq, json.dumps({"seq": seq}))
        await asyncio.sleep(0)
        assert len(client.outlet._queue) <= 8
    client.reads.set()
    await _until(lambda: len(client.taken) == 50)
    assert [frame["seq"] for frame in client.taken] == list(range(1, 51))
    client.outlet.stop()


async def test_frames_nobody_can_read_again_close_4408_when_the_queue_is_full(member, monkeypatch):
    monkeypatch.setattr(outlet, "QUEUE_LENGTH_MAX", 8)
    client = Client(member)
    client.outlet.begin_after(last_seq=None, newest=0)
    client.outlet.start_sending()
    for _ in range(20):
        client.outlet.add("{}")
        await asyncio.sleep(0)
    assert len(client.outlet._queue) <= 8
    assert await asyncio.wait_for(client.code, 5) == 4408


async def test_a_client_that_takes_nothing_is_closed_4408(member, tell, relay, monkeypatch):
    """The server's end of the wire is stopped, as a full one stops it."""
    monkeypatch.setattr(hub, "TURN_SECONDS", 0.05)
    monkeypatch.setattr(outlet, "STALL_SECONDS_MAX", 0.3)
    stuck = asyncio.Event()

    async def send(self, text):
        await stuck.wait()

    monkeypatch.setattr("loyalty_site.realtime.sockets.consumers.LiveConsumer._send_frame", send)
    async with connected(member) as socket:
        await in_thread(tell, member, "a")
        await in_thread(relay)
        assert await close_code(socket) == 4408


async def test_a_staff_event_published_twice_arrives_once(approver, tell, relay):
    def publish_again():
        publish_events(list(OutboxEvent.objects.all()))

    async with connected(approver) as socket:
        await in_thread(tell, None, "redemption-requested")
        await in_thread(relay)
        await in_thread(publish_again)
        assert len(await receive(socket, 1)) == 1
        assert await socket.receive_nothing(0.2)
