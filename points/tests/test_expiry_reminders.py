"""Members hear before points lapse: who, of what, and once for ever."""

import os
import threading
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from loyalty_site.realtime.models import OutboxEvent
from loyalty_site.testing.storms import ProcessDied, run_together, winners
from points.models import ExpiryReminder
from points.services.reminders import (
    Reminder,
    RemindersDue,
    count_untold,
    remind_of_expiring_points,
)
from points.signals import points_expiring
from points.tasks import remind_members
from points.tests.books import NOW, account_of, close_account, earn, ends_of, listening, spend

# What is earned at NOW (the 10th, noon) and lives for 30 days lapses at this instant.
END = datetime(2026, 4, 10, tzinfo=UTC)
MORNING = timedelta(hours=9)


def days_before(days):
    """Return nine in the morning, so many days before END."""
    return END - timedelta(days=days) + MORNING


def sweep(now, **options):
    return [one for batch in remind_of_expiring_points(now=now, **options) for one in batch]


def told():
    """Return who was told: (member, lapse date, days before, points)."""
    return list(
        ExpiryReminder.objects.order_by("id").values_list(
            "account__member__public_id", "lapse_date", "days_before", "points"
        )
    )


@pytest.fixture
def loser(make_member):
    """A member who loses 15 points at END."""
    mia = make_member("mia")
    earn(mia, 10, days=30)
    earn(mia, 5, days=30)
    earn(mia, 1_000, days=0)
    return mia


def test_a_member_hears_thirty_seven_and_one_day_before(loser):
    heard = {
        days: [(one.points, one.days_before, one.days_left) for one in sweep(days_before(days))]
        for days in range(40, -1, -1)
    }

    assert {days: told for days, told in heard.items() if told} == {
        30: [(15, 30, 30)],
        7: [(15, 7, 7)],
        1: [(15, 1, 1)],
    }
    assert told() == [("mia", END.date(), days, 15) for days in (30, 7, 1)]


def test_what_a_reminder_says(loser):
    account = account_of(loser)

    assert sweep(days_before(7)) == [
        Reminder(
            account_id=account.pk,
            member_id=loser.pk,
            points=15,
            expires_at=END,
            days_before=7,
            days_left=7,
        )
    ]


def test_a_sweep_again_tells_nobody_again(loser):
    sweep(days_before(7))

    assert sweep(days_before(7)) == []
    assert sweep(days_before(7) + timedelta(hours=5)) == []


def test_a_sweep_that_missed_days_sends_the_nearest_reminder_alone(loser):
    assert [(one.days_before, one.days_left) for one in sweep(days_before(5))] == [(7, 5)]
    assert sweep(days_before(3)) == []
    assert [(one.days_before, one.days_left) for one in sweep(days_before(1))] == [(1, 1)]


def test_after_a_nearer_reminder_a_farther_one_is_not_sent(loser, settings):
    sweep(days_before(5))
    settings.LOYALTY_EXPIRY_REMINDER_DAYS = [30]

    assert sweep(days_before(5)) == []


def test_the_days_are_a_setting(loser, settings):
    settings.LOYALTY_EXPIRY_REMINDER_DAYS = [3]

    assert sweep(days_before(4)) == []
    assert [one.days_before for one in sweep(days_before(3))] == [3]


def test_no_days_are_no_reminders(loser, settings):
    settings.LOYALTY_EXPIRY_REMINDER_DAYS = []

    assert sweep(days_before(1)) == []
    assert count_untold(now=days_before(1)) == RemindersDue(reminders=0, points=0)


def test_only_what_is_left_counts_and_nothing_left_is_no_reminder(make_member):
    mia, noa = make_member("mia"), make_member("noa")
    for person in (mia, noa):
        earn(person, 10, days=30)
    spend(mia, 4)
    spend(noa, 10)

    assert [(one.member_id, one.points) for one in sweep(days_before(7))] == [(mia.pk, 6)]


def test_each_lapse_date_is_told_by_itself(member):
    earn(member, 10, days=29)
    earn(member, 20, days=30)

    assert [(one.points, one.days_left) for one in sweep(days_before(7))] == [(10, 6), (20, 7)]


def test_points_that_lapse_on_one_day_at_several_instants_are_told_together(member, settings):
    earn(member, 10, days=30)
    settings.LOYALTY_TIME_ZONE = "America/Los_Angeles"
    earn(member, 20, days=30)
    settings.LOYALTY_TIME_ZONE = "UTC"
    assert ends_of(member) == [END, END + timedelta(hours=7)]

    assert [(one.points, one.expires_at) for one in sweep(days_before(7))] == [(30, END)]


def test_the_day_is_the_programmes(member, settings):
    settings.LOYALTY_TIME_ZONE = "Asia/Kuala_Lumpur"
    earn(member, 10, days=30)
    midnight = datetime(2026, 4, 9, 16, tzinfo=UTC)

    assert sweep(midnight - timedelta(days=7, microseconds=1))[0].days_left == 8
    assert told() == [("mia", date(2026, 4, 10), 30, 10)]
    assert [one.days_left for one in sweep(midnight - timedelta(days=7))] == [7]


def test_what_has_lapsed_is_not_told(member):
    earn(member, 10, days=1)
    end = datetime(2026, 3, 12, tzinfo=UTC)

    assert sweep(end) == []
    assert [one.days_left for one in sweep(end - timedelta(microseconds=1))] == [1]


def test_closed_accounts_and_inactive_members_hear_nothing(make_member):
    closed, inactive = make_member("closed"), make_member("inactive", is_active=False)
    for person in (closed, inactive):
        earn(person, 10, days=30)
    close_account(closed)

    assert sweep(days_before(7)) == []


def test_a_dry_count_is_what_a_sweep_sends(loser, make_member):
    earn(make_member("noa"), 100, days=20)

    counted = count_untold(now=days_before(7))
    sent = sweep(days_before(7))

    assert counted == RemindersDue(reminders=len(sent), points=sum(one.points for one in sent))
    assert count_untold(now=days_before(7)).reminders == 0


@pytest.mark.parametrize("batch_size", [1, 2, 3, 500])
def test_batches_of_any_size_come_to_the_same(make_member, batch_size):
    people = [make_member() for _ in range(5)]
    for person in people:
        earn(person, 10, days=30)

    assert [one.member_id for one in sweep(days_before(7), batch_size=batch_size)] == [
        person.pk for person in people
    ]


def test_reminders_are_told_in_lists_inside_the_transaction(loser, make_member):
    earn(make_member("noa"), 100, days=30)

    with listening(points_expiring) as heard:
        reminders = sweep(days_before(7))

    assert heard == [{"reminders": reminders}]
    assert len(reminders) == 2


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_fails_undoes_the_batch_and_the_next_sweep_tells(loser):
    def fail(**carried):
        raise ZeroDivisionError

    points_expiring.connect(fail)
    try:
        with pytest.raises(ZeroDivisionError):
            sweep(days_before(7))
    finally:
        points_expiring.disconnect(fail)

    assert told() == []
    assert len(sweep(days_before(7))) == 1


def test_the_daily_task_sweeps_by_the_clock(member, now):
    earn(member, 10, days=5, now=now)

    remind_members()
    remind_members()

    [event] = OutboxEvent.objects.filter(event="points-expiring")
    assert (event.data["points"], event.data["daysLeft"]) == (10, 6)


@pytest.mark.parametrize("people", [1, 3])
def test_three_queries_a_batch_and_one_for_each_day(
    make_member, people, settings, django_assert_num_queries
):
    settings.LOYALTY_EXPIRY_REMINDER_DAYS = [1]
    for _ in range(people):
        earn(make_member(), 10, days=30)

    # Two days, of which one has a batch: who is there, savepoint, record, events, end, who is left.
    with django_assert_num_queries(7):
        assert len(sweep(days_before(1))) == people


def test_only_the_fate_of_the_mail_may_be_written_later(loser):
    sweep(days_before(7))
    reminders = ExpiryReminder.objects.all()

    for change in ({"points": 1}, {"days_before": 1}, {"expires_at": NOW}, {"created_at": NOW}):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            reminders.update(**change)
    assert reminders.update(mailed_at=NOW) == 1
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        reminders.update(mailed_at=None)


@contextmanager
def somebody_tells(account_id):
    """Record a reminder on another connection without committing; yields what commits it."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "INSERT INTO points_expiryreminder (account_id, lapse_date, days_before, points, "
                "expires_at, created_at) VALUES (%s, %s, 7, 15, %s, %s)",
                [account_id, END.date(), END, NOW],
            )
        yield other.commit
    finally:
        other.rollback()
        other.close()


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_tell_everybody_once(make_member):
    people = [make_member() for _ in range(24)]
    for person in people:
        earn(person, 10, days=30)

    results = run_together(
        4, lambda _: [one.member_id for one in sweep(days_before(7), batch_size=3)]
    )

    assert len(winners(results)) == 4
    assert sorted(pk for swept in results for pk in swept) == sorted(p.pk for p in people)
    events = OutboxEvent.objects.filter(event="points-expiring")
    assert sorted(events.values_list("member_id", flat=True)) == sorted(p.pk for p in people)


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_is_killed_leaves_no_gap_and_no_duplicate(make_member):
    people = [make_member() for _ in range(6)]
    for person in people:
        earn(person, 10, days=30)

    def sweep_and_die(_):
        batches = []

        def die_in_the_second_batch(**carried):
            batches.append(carried)
            if len(batches) == 2:
                os._exit(9)

        points_expiring.connect(die_in_the_second_batch)
        sweep(days_before(7), batch_size=2)

    [result] = run_together(1, sweep_and_die)

    assert isinstance(result, ProcessDied)
    assert len(told()) == 2
    assert len(sweep(days_before(7))) == 4
    assert sorted(who for who, *_ in told()) == sorted(person.public_id for person in people)
    events = OutboxEvent.objects.filter(event="points-expiring")
    assert sorted(events.values_list("member_id", flat=True)) == sorted(p.pk for p in people)


@pytest.mark.django_db(transaction=True)
def test_who_is_told_while_this_sweep_looks_is_not_told_again(loser):
    """Both see that the member was not told; the constraint lets one of them tell."""
    sent: list[Reminder] = []
    done = threading.Event()

    def sweep_aside():
        sent.extend(sweep(days_before(7)))
        connection.close()
        done.set()

    with somebody_tells(account_of(loser).pk) as commit, listening(points_expiring) as heard:
        thread = threading.Thread(target=sweep_aside)
        thread.start()
        assert not done.wait(0.3)
        commit()
        thread.join(timeout=5)

    assert done.is_set()
    assert (sent, heard) == ([], [])
    assert told() == [("mia", END.date(), 7, 15)]
