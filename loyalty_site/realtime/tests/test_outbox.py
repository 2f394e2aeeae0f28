"""Events are written down in the transaction that causes them, numbered without a gap."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from loyalty_site.accounts.models import User
from loyalty_site.realtime.models import EventStream, OutboxEvent
from loyalty_site.realtime.outbox import NewEvent, write_events
from loyalty_site.testing.storms import run_together


def _event(member, name="greeting", **data):
    return NewEvent(member_id=member.pk, event=name, data=data)


def test_events_are_numbered_per_member_in_the_order_given(make_member, now):
    mia, leo = make_member("mia"), make_member("leo")
    write_events(events=[_event(leo, "a"), _event(mia, "b"), _event(leo, "c")], now=now)
    write_events(events=[_event(leo, "d")], now=now)
    written = OutboxEvent.objects.order_by("id").values_list("room", "seq", "event")
    assert list(written) == [
        ("user-leo", 1, "a"),
        ("user-mia", 1, "b"),
        ("user-leo", 2, "c"),
        ("user-leo", 3, "d"),
    ]
    assert EventStream.objects.get(member=leo).last_seq == 3


def test_an_event_carries_its_data_and_the_public_id(member, now):
    write_events(events=[_event(member, balance=7)], now=now)
    event = OutboxEvent.objects.get()
    assert event.data == {"userId": "mia", "balance": 7}
    assert event.created_at == now
    assert event.published_at is None


def test_the_staff_room_is_not_numbered(db, now):
    news = NewEvent(member_id=None, event="redemption-requested", data={"userId": "leo"})
    write_events(events=[news, news], now=now)
    written = OutboxEvent.objects.values_list("member", "room", "seq", "data__userId")
    expected: list[Any] = [(None, "staff", None, "leo")] * 2
    assert list(written) == expected
    assert not EventStream.objects.exists()


def test_a_stream_has_a_member_who_stays(db, now):
    kim = User.objects.create_user(public_id="kim")
    write_events(events=[_event(kim)], now=now)
    for statement, member_id in (
        ("INSERT INTO realtime_eventstream (member_id, last_seq) VALUES (%s, 1)", kim.pk + 1),
        ("DELETE FROM accounts_user WHERE id = %s", kim.pk),
    ):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with pytest.raises(IntegrityError, match="realtime_eventstream"), transaction.atomic():
                cursor.execute(statement, [member_id])


@pytest.mark.parametrize("count", [1, 1000])
def test_any_number_of_events_is_one_statement(make_member, now, django_assert_num_queries, count):
    members = [make_member() for _ in range(3)]
    events = [_event(members[n % 3]) for n in range(count)]
    with django_assert_num_queries(1):
        write_events(events=events, now=now)
    assert OutboxEvent.objects.count() == count


def test_no_events_are_no_statement(db, now, django_assert_num_queries):
    with django_assert_num_queries(0):
        write_events(events=[], now=now)


@pytest.mark.django_db(transaction=True)
def test_events_of_a_transaction_that_fails_leave_no_trace_and_no_gap(member, tell):
    tell(member, "first")
    with transaction.atomic():
        tell(member, "lost")
        transaction.set_rollback(True)
    tell(member, "second")
    assert list(OutboxEvent.objects.values_list("seq", "event")) == [(1, "first"), (2, "second")]


@pytest.mark.django_db(transaction=True)
def test_events_outside_a_transaction_are_a_mistake(member, now):
    with pytest.raises(AssertionError, match="transaction"):
        write_events(events=[_event(member)], now=now)


def test_the_database_refuses_a_number_twice(member, now):
    write_events(events=[_event(member)], now=now)
    event = OutboxEvent.objects.get()
    event.pk, event.event_id = None, "00000000-0000-4000-8000-000000000000"
    with pytest.raises(IntegrityError, match="realtime_event_seq_unique"), transaction.atomic():
        event.save(force_insert=True)


@pytest.mark.parametrize(("of_member", "seq"), [(True, None), (True, 0), (False, 1)])
def test_the_database_refuses_numbers_that_do_not_fit_the_room(member, now, of_member, seq):
    event = OutboxEvent(
        member=member if of_member else None,
        room="user-mia",
        seq=seq,
        event="greeting",
        data={},
        event_id="00000000-0000-4000-8000-000000000000",
        created_at=now,
    )
    with (
        pytest.raises(IntegrityError, match="realtime_event_numbered_for_member"),
        transaction.atomic(),
    ):
        event.save()


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_instant_leave_no_gap_and_wait_for_each_other_in_one_order(
    make_member, now
):
    members = [make_member() for _ in range(4)]

    def write(i):
        # Every process names the members in another order; a lock order of one's own would
        # deadlock.
        for turn in range(20):
            ordered = members[(i + turn) % 4 :] + members[: (i + turn) % 4]
            with transaction.atomic():
                write_events(events=[_event(member) for member in ordered], now=now)

    results = run_together(6, write)
    assert results == [None] * 6
    for member in members:
        numbers = OutboxEvent.objects.filter(member=member).order_by("id")
        assert list(numbers.values_list("seq", flat=True)) == list(range(1, 121))


@pytest.mark.django_db(transaction=True)
def test_whoever_sees_a_number_sees_the_one_before(member, now):
    """The second writer waits for the first to commit, so numbers commit in their order."""
    second_is_done = threading.Event()

    def write_second():
        with transaction.atomic():
            write_events(events=[_event(member, "second")], now=now)
        second_is_done.set()
        connection.close()

    with transaction.atomic():
        write_events(events=[_event(member, "first")], now=now)
        thread = threading.Thread(target=write_second)
        thread.start()
        assert not second_is_done.wait(0.3)
    thread.join(timeout=5)
    assert second_is_done.is_set()
    written = OutboxEvent.objects.order_by("id").values_list("seq", "event")
    assert list(written) == [(1, "first"), (2, "second")]
