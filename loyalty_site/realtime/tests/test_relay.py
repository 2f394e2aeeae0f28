"""The relay publishes what is committed, in order, at least once, then marks it."""

import json
import time
from datetime import timedelta

import pytest
from django.db import connection

from loyalty_site.realtime.messages import channel_name
from loyalty_site.realtime.models import OutboxEvent
from loyalty_site.realtime.publishing import publish_events
from loyalty_site.realtime.relay import RELAY_LOCK, relay_events
from loyalty_site.realtime.retention import prune_events
from loyalty_site.realtime.tasks import relay_outbox
from loyalty_site.testing.storms import run_together

pytestmark = pytest.mark.django_db(transaction=True)


class Recorder:
    """Stands where Redis would, and notes what it is given."""

    def __init__(self):
        self.published = []

    def __call__(self, events):
        self.published += [(event.room, event.seq, event.event) for event in events]


def _pending():
    return OutboxEvent.objects.filter(published_at=None).count()


def test_events_are_published_in_order_and_marked(make_member, tell, now):
    mia, leo = make_member("mia"), make_member("leo")
    tell(mia, "a", "b")
    tell(leo, "c")
    tell(None, "redemption-requested")
    tell(mia, "d")
    recorder = Recorder()
    assert relay_events(publish=recorder, now=now) == 5
    assert recorder.published == [
        ("user-mia", 1, "a"),
        ("user-mia", 2, "b"),
        ("user-leo", 1, "c"),
        ("staff", None, "redemption-requested"),
        ("user-mia", 3, "d"),
    ]
    assert set(OutboxEvent.objects.values_list("published_at", flat=True)) == {now}
    assert relay_events(publish=recorder, now=now) == 0


def test_a_relay_that_dies_before_marking_publishes_again(member, tell, now):
    tell(member, "a", "b")
    recorder = Recorder()

    def publish_and_die(events):
        recorder(events)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        relay_events(publish=publish_and_die, now=now)
    assert _pending() == 2
    relay_events(publish=recorder, now=now)
    assert recorder.published == [("user-mia", 1, "a"), ("user-mia", 2, "b")] * 2
    assert _pending() == 0


def test_a_second_relay_gives_way_while_the_first_is_at_work(member, tell, now):
    tell(member, "a")
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [RELAY_LOCK])
    try:
        recorder = Recorder()
        assert relay_events(publish=recorder, now=now) == 0
        assert recorder.published == []
    finally:
        other.close()
    assert relay_events(publish=recorder, now=now) == 1


@pytest.mark.storm
def test_relays_at_the_same_instant_publish_everything_once_and_in_order(
    make_member, tell, now, tmp_path
):
    members = [make_member() for _ in range(3)]
    for _ in range(400):
        for member in members:
            tell(member, "tick", "tock")
    log = tmp_path / "published"

    def publish(events):
        time.sleep(0.01)
        with log.open("a") as file:
            file.writelines(f"{event.member_id} {event.seq}\n" for event in events)

    results = run_together(4, lambda _: relay_events(publish=publish, now=now))
    assert sum(count for count in results if isinstance(count, int)) == 2_400
    published = [tuple(map(int, line.split())) for line in log.read_text().splitlines()]
    assert len(published) == 2_400
    for member in members:
        assert [seq for pk, seq in published if pk == member.pk] == list(range(1, 801))


def test_a_backlog_of_thousands_takes_a_handful_of_statements(
    make_member, tell, now, django_assert_num_queries
):
    for _ in range(3):
        tell(make_member(), *["tick"] * 1_000)
    # Three batches, each: begin, lock, read, mark, commit. Then an empty one, with nothing to mark.
    with django_assert_num_queries(3 * 5 + 4):
        assert relay_events(publish=publish_events, now=now) == 3_000


def test_publishing_needs_nobody_who_listens(member, tell, relay):
    tell(member, "a", "b")
    assert relay() == 2
    assert _pending() == 0


def test_the_task_leaves_the_events_when_redis_is_away(member, tell, settings, caplog):
    tell(member, "a")
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    relay_outbox()
    assert _pending() == 1
    assert "Events wait for the next sweep" in caplog.text


def test_a_frame_says_everything_once(member, tell, now):
    from loyalty_site.realtime.frames import encode_event  # noqa: PLC0415

    tell(member, "a")
    event = OutboxEvent.objects.get()
    assert json.loads(encode_event(event)) == {
        "event": "a",
        "data": {"userId": "mia", "name": "a"},
        "seq": 1,
        "id": str(event.event_id),
        "at": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def test_old_published_events_are_pruned_and_numbers_go_on(member, tell, now, settings):
    settings.LOYALTY_EVENTS_KEPT_DAYS = 30
    tell(member, "old", "recent", "pending")
    old, recent, pending = OutboxEvent.objects.order_by("seq")
    for event, days in ((old, 31), (recent, 29)):
        event.published_at = now - timedelta(days=days)
        event.save()
    assert prune_events(now=now) == 1
    assert list(OutboxEvent.objects.order_by("seq")) == [recent, pending]
    tell(member, "new")
    assert OutboxEvent.objects.latest("seq").seq == 4


def test_two_sites_on_one_redis_hear_their_own_events_only(settings):
    def name(**changes):
        for key, value in changes.items():
            setattr(settings, key, value)
        return channel_name()

    names = {
        name(REDIS_URL="redis://127.0.0.1:6379/3"),
        name(REDIS_URL="redis://127.0.0.1:6379/4"),
        name(SECRET_KEY="another"),
    }
    assert len(names) == 3
