"""Points lapse: when, for whom, once, and in spite of whatever happens to the sweep."""

import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from loyalty_site.testing.storms import ProcessDied, run_together, winners
from points.models import AMOUNT_MAX, PointLot, PointTransaction
from points.selectors import get_spendable_balance
from points.services.expiry import Due, count_due, expire_due_lots
from points.signals import points_posted
from points.tasks import expire_due_points
from points.tests.books import (
    account_of,
    close_account,
    earn,
    ends_of,
    entries_of,
    listening,
    penalise,
    remaining_of,
    spend,
)

# What is earned at NOW and lives for one day lapses at this instant: NOW's day and the next one.
END = datetime(2026, 3, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def sweep(now, **options):
    return [posting for batch in expire_due_lots(now=now, **options) for posting in batch]


def test_a_lot_is_there_until_its_instant_and_not_at_it(member):
    earn(member, 10, days=1)

    assert sweep(END - INSTANT) == []
    assert [posting.amount for posting in sweep(END)] == [-10]

    assert entries_of(member) == [("earn", 10, 10), ("expire", -10, 0)]
    assert remaining_of(member) == [0]


def test_only_what_is_left_of_a_lot_lapses(member):
    earn(member, 10, days=1)
    spend(member, 7)

    [posting] = sweep(END)

    assert posting.amount == -3


def test_all_lots_of_a_member_that_are_due_lapse_as_one_transaction(member):
    earn(member, 10, days=1)
    earn(member, 20, days=2)
    earn(member, 40, days=30)

    [posting] = sweep(END + timedelta(days=1))

    assert posting.amount == -30
    entry = PointTransaction.objects.get(pk=posting.transaction_id)
    assert entry.occurred_at == END + timedelta(days=1)
    assert remaining_of(member) == [0, 0, 40]


def test_lapsing_is_told_like_any_other_posting(member):
    earn(member, 10, days=1)

    with listening(points_posted) as heard:
        postings = sweep(END)

    assert heard == [{"postings": postings}]


def test_more_than_one_transaction_may_move_lapses_in_several(member):
    for _ in range(3):
        earn(member, AMOUNT_MAX, days=1)
    earn(member, 5, days=1)

    sweep(END)

    assert account_of(member).balance == 0
    assert -sum(amount for kind, amount, _ in entries_of(member) if kind == "expire") == (
        3 * AMOUNT_MAX + 5
    )


@pytest.mark.parametrize("take", [spend, penalise])
def test_more_than_one_transaction_may_move_lapses_before_points_are_taken(member, take):
    for _ in range(3):
        earn(member, AMOUNT_MAX, days=1)
    earn(member, 5, days=90)

    take(member, 5, now=END)

    assert account_of(member).balance == 0
    assert remaining_of(member) == [0, 0, 0, 0]


def test_points_live_a_year_out_of_the_box(member):
    earn(member, 10)

    assert ends_of(member) == [datetime(2027, 3, 11, tzinfo=UTC)]


def test_the_days_points_live_are_a_setting(member, settings):
    settings.LOYALTY_POINTS_EXPIRE_AFTER_DAYS = 2

    earn(member, 10)

    assert ends_of(member) == [datetime(2026, 3, 13, tzinfo=UTC)]


def test_zero_days_is_for_ever(member, settings):
    settings.LOYALTY_POINTS_EXPIRE_AFTER_DAYS = 0

    earn(member, 10)

    assert ends_of(member) == [None]
    assert sweep(datetime(9000, 1, 1, tzinfo=UTC)) == []


@pytest.mark.parametrize(("days", "end"), [(5, datetime(2026, 3, 16, tzinfo=UTC)), (0, None)])
def test_an_actions_own_days_come_before_the_setting(member, days, end):
    earn(member, 10, days=days)

    assert ends_of(member) == [end]


@pytest.mark.parametrize(
    ("zone", "earned_at", "end"),
    [
        # Half past eleven at night and half past midnight in Kuala Lumpur are different days.
        (
            "Asia/Kuala_Lumpur",
            datetime(2026, 3, 10, 15, 30, tzinfo=UTC),
            datetime(2026, 3, 11, 16, tzinfo=UTC),
        ),
        (
            "Asia/Kuala_Lumpur",
            datetime(2026, 3, 10, 16, 30, tzinfo=UTC),
            datetime(2026, 3, 12, 16, tzinfo=UTC),
        ),
        # In Berlin the last day is 23 hours long in March and 25 in October.
        (
            "Europe/Berlin",
            datetime(2026, 3, 28, 12, tzinfo=UTC),
            datetime(2026, 3, 29, 22, tzinfo=UTC),
        ),
        (
            "Europe/Berlin",
            datetime(2026, 10, 24, 12, tzinfo=UTC),
            datetime(2026, 10, 25, 23, tzinfo=UTC),
        ),
        # In Beirut clocks jump from midnight to one: the day begins when the last one ends.
        (
            "Asia/Beirut",
            datetime(2026, 3, 27, 12, tzinfo=UTC),
            datetime(2026, 3, 28, 22, tzinfo=UTC),
        ),
        ("UTC", datetime(2028, 2, 28, 12, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
def test_points_live_to_the_end_of_the_last_day_in_the_programmes_zone(
    member, settings, zone, earned_at, end
):
    settings.LOYALTY_TIME_ZONE = zone

    earn(member, 10, days=1, now=earned_at)

    assert ends_of(member) == [end]


@pytest.mark.parametrize(("batch_size", "batches"), [(1, [1, 1, 1]), (2, [2, 1]), (500, [3])])
def test_a_batch_is_so_many_members(make_member, batch_size, batches):
    for _ in range(3):
        earn(make_member(), 10, days=1)

    swept = list(expire_due_lots(now=END, batch_size=batch_size))

    assert [len(batch) for batch in swept] == batches
    assert {posting.amount for batch in swept for posting in batch} == {-10}


def test_sweeping_again_finds_nothing(member):
    earn(member, 10, days=1)
    sweep(END)

    assert sweep(END) == []
    assert len(entries_of(member)) == 2


def test_one_member_alone_can_be_swept(member, make_member):
    noa = make_member("noa")
    for person in (member, noa):
        earn(person, 10, days=1)

    sweep(END, account_id=account_of(noa).pk)

    assert (account_of(member).balance, account_of(noa).balance) == (10, 0)


def test_what_is_due_can_be_counted_without_touching_it(member, make_member):
    earn(member, 10, days=1)
    earn(member, 5, days=1)
    earn(make_member("noa"), 7, days=1)

    assert count_due(now=END) == Due(accounts=2, points=22)
    assert count_due(now=END, account_id=account_of(member).pk) == Due(accounts=1, points=15)
    assert count_due(now=END - INSTANT) == Due(accounts=0, points=0)


def test_what_is_due_and_not_yet_swept_is_not_spendable(member):
    earn(member, 10, days=1)
    earn(member, 5, days=9)

    account = account_of(member)
    assert get_spendable_balance(account, now=END - INSTANT) == 15
    assert get_spendable_balance(account, now=END) == 5


def test_points_of_a_closed_account_lapse_too(member):
    earn(member, 10, days=1)
    close_account(member)

    assert [posting.amount for posting in sweep(END)] == [-10]


def test_the_nightly_task_sweeps_by_the_clock(member):
    earn(member, 10, days=1, now=datetime(2020, 1, 1, tzinfo=UTC))
    earn(member, 5, days=0)

    expire_due_points()

    assert account_of(member).balance == 5


@contextmanager
def somebody_holds(member):
    """Hold a member's account from another connection; yields what lets go of it."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM points_pointaccount WHERE member_id = %s FOR NO KEY UPDATE",
                [member.pk],
            )
        yield other.rollback
    finally:
        other.rollback()
        other.close()


@pytest.mark.django_db(transaction=True)
def test_an_account_somebody_holds_is_passed_over_and_come_back_to(make_member):
    held, free = make_member("held"), make_member("free")
    for person in (held, free):
        earn(person, 10, days=1)

    with somebody_holds(held) as let_go:
        batches = expire_due_lots(now=END)
        [first] = next(batches)
        assert first.member_id == free.pk
        assert account_of(held).balance == 10
        let_go()
        [second] = next(batches)

    assert second.member_id == held.pk
    assert list(batches) == []


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_let_every_lot_lapse_once(make_member):
    people = [make_member() for _ in range(24)]
    for person in people:
        earn(person, 10, days=1)

    results = run_together(2, lambda _: [p.member_id for p in sweep(END, batch_size=3)])

    assert len(winners(results)) == 2
    assert sorted(pk for swept in results for pk in swept) == sorted(p.pk for p in people)
    assert all(entries_of(person)[1:] == [("expire", -10, 0)] for person in people)


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_is_killed_keeps_its_batches_and_the_next_one_does_the_rest(make_member):
    people = [make_member() for _ in range(6)]
    for person in people:
        earn(person, 10, days=1)

    def sweep_and_die(_):
        batches = []

        def die_in_the_second_batch(sender, **carried):
            batches.append(carried["postings"])
            if len(batches) == 2:
                os._exit(9)

        points_posted.connect(die_in_the_second_batch)
        sweep(END, batch_size=2)

    [result] = run_together(1, sweep_and_die)

    assert isinstance(result, ProcessDied)
    assert PointLot.objects.filter(remaining=0).count() == 2
    assert len(sweep(END)) == 4
    assert all(entries_of(person)[1:] == [("expire", -10, 0)] for person in people)
