"""A client that comes back gets what it missed, in order, without a gap or a duplicate."""

import asyncio
import random
from typing import Any

import pytest

from loyalty_site.realtime import selectors
from loyalty_site.realtime.models import OutboxEvent
from loyalty_site.realtime.publishing import publish_events
from loyalty_site.realtime.sockets import hub, outlet

from .conftest import connected, in_thread, names, receive

pytestmark = pytest.mark.django_db(transaction=True)


def _ticks(first, last):
    return [(seq, "tick") for seq in range(first, last + 1)]


@pytest.mark.parametrize(("last_seq", "expected"), [(0, _ticks(1, 5)), (3, _ticks(4, 5)), (5, [])])
async def test_what_was_missed_is_replayed(member, tell, last_seq, expected):
    await in_thread(tell, member, *["tick"] * 5)
    async with connected(member, lastSeq=last_seq) as socket:
        assert names(await receive(socket, len(expected))) == expected
        assert await socket.receive_nothing(0.1)


async def test_without_a_number_only_news_arrive(member, tell, relay):
    await in_thread(tell, member, "tick", "tick")
    async with connected(member) as socket:
        # Published only now, but the client's state is from after it was committed.
        await in_thread(relay)
        await in_thread(tell, member, "tick")
        await in_thread(relay)
        assert names(await receive(socket, 1)) == _ticks(3, 3)
        assert await socket.receive_nothing(0.1)


async def test_a_long_replay_comes_in_pages(member, tell, monkeypatch):
    for module in (outlet, selectors):
        monkeypatch.setattr(module, "PAGE_SIZE", 4)
    await in_thread(tell, member, *["tick"] * 12)
    async with connected(member, lastSeq=1) as socket:
        assert names(await receive(socket, 11)) == _ticks(2, 12)


async def test_what_is_published_during_a_replay_arrives_once_and_in_its_place(
    member, tell, relay, monkeypatch
):
    """The first page waits until newer events are published to the room that is being resumed."""
    await in_thread(tell, member, *["tick"] * 3)
    read = selectors.list_frames_after
    interruptions: list[bool] = []

    def read_late(**arguments):
        frames = read(**arguments)
        if not interruptions:
            interruptions.append(True)
            tell(member, "tick", "tick")
            assert relay() == 5
        return frames

    monkeypatch.setattr(outlet, "list_frames_after", read_late)
    async with connected(member, lastSeq=0) as socket:
        assert names(await receive(socket, 5)) == _ticks(1, 5)
        assert await socket.receive_nothing(0.2)


async def test_an_event_published_twice_arrives_once(member, tell, now):
    def publish_twice():
        events = list(OutboxEvent.objects.order_by("id"))
        publish_events(events)
        publish_events(events)

    async with connected(member) as socket:
        await in_thread(tell, member, "tick", "tick")
        await in_thread(publish_twice)
        assert names(await receive(socket, 2)) == _ticks(1, 2)
        assert await socket.receive_nothing(0.2)


async def test_what_redis_lost_is_made_up_for_by_the_next_event(member, tell, now):
    async with connected(member) as socket:
        await in_thread(tell, member, *["tick"] * 3)
        last = await in_thread(OutboxEvent.objects.latest, "seq")
        await in_thread(publish_events, [last])
        assert names(await receive(socket, 3)) == _ticks(1, 3)


async def test_what_redis_lost_for_good_is_found_by_the_next_look(member, tell, monkeypatch):
    monkeypatch.setattr(hub, "CHECK_SECONDS", 0.1)
    async with connected(member) as socket:
        await in_thread(tell, member, "tick")
        assert names(await receive(socket, 1)) == _ticks(1, 1)


async def test_numbers_that_were_pruned_are_named(member, tell):
    await in_thread(tell, member, *["tick"] * 6)
    await in_thread(OutboxEvent.objects.filter(seq__lte=4).delete)
    async with connected(member, lastSeq=2) as socket:
        frames = await receive(socket, 3)
    assert names(frames) == [(None, "resync"), *_ticks(5, 6)]
    assert frames[0]["data"] == {"fromSeq": 3, "toSeq": 4}


async def test_when_everything_was_pruned_the_client_is_told(member, tell, relay):
    await in_thread(tell, member, *["tick"] * 3)
    await in_thread(OutboxEvent.objects.all().delete)
    async with connected(member, lastSeq=1) as socket:
        (frame,) = await receive(socket, 1)
        assert (frame["event"], frame["data"]) == ("resync", {"fromSeq": 2, "toSeq": 3})
        await in_thread(tell, member, "tick")
        await in_thread(relay)
        assert names(await receive(socket, 1)) == _ticks(4, 4)


async def test_from_zero_one_gets_what_is_kept_without_a_word_about_the_rest(member, tell):
    await in_thread(tell, member, *["tick"] * 3)
    await in_thread(OutboxEvent.objects.filter(seq=1).delete)
    async with connected(member, lastSeq=0) as socket:
        assert names(await receive(socket, 2)) == _ticks(2, 3)


async def test_a_number_from_the_future_does_not_swallow_what_comes(member, tell, relay):
    await in_thread(tell, member, "tick")
    async with connected(member, lastSeq=99) as socket:
        (frame,) = await receive(socket, 1)
        assert frame["event"] == "resync"
        await in_thread(tell, member, "tick")
        await in_thread(relay)
        assert names(await receive(socket, 1)) == _ticks(2, 2)


async def test_a_client_that_keeps_reconnecting_sees_every_number_once_and_in_order(
    member, tell, relay
):
    """Events commit and are relayed while the client drops and resumes at random moments."""
    total = 200
    seen: list[Any] = []

    def commit_and_relay():
        chance = random.Random(7)
        for _ in range(total // 2):
            tell(member, "tick", "tick")
            if chance.random() < 0.7:
                relay()
        relay()

    work = asyncio.create_task(in_thread(commit_and_relay))
    chance = random.Random(11)
    while len(seen) < total:
        last_seq = seen[-1][0] if seen else 0
        async with connected(member, lastSeq=last_seq) as socket:
            for _ in range(min(chance.randint(1, 30), total - len(seen))):
                seen += names(await receive(socket, 1))
    await work
    assert seen == _ticks(1, total)
