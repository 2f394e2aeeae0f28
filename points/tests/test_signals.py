"""What the ledger tells the apps above it: in lists, inside the transaction that did the work."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.dispatch import Signal

from points.enums import ActivityStatus
from points.models import Activity, PointTransaction, ReachedLevel
from points.services.activities import record_activities
from points.services.expiry import expire_due_lots
from points.signals import activities_recorded, level_reached, points_posted
from points.tests.books import (
    NOW,
    account_of,
    earn,
    entries_of,
    listening,
    make_action,
    make_levels,
    penalise,
    remaining_of,
    report,
    reverse,
    spend,
)

LATER = NOW + timedelta(days=30)


@pytest.fixture(autouse=True)
def programme_of_two_levels(db):
    make_action("WAVE", 10)
    make_action("SPAM", -5)
    return make_levels(bronze=0, silver=100)


class Breakdown(Exception):
    """A receiver that fails."""


@contextmanager
def failing(signal: Signal):
    def fail(**carried):
        raise Breakdown

    signal.connect(fail)
    try:
        yield
    finally:
        signal.disconnect(fail)


def test_a_posting_is_told_as_it_is_returned(member):
    with listening(points_posted) as heard:
        posting = earn(member, 10)

    assert heard == [{"postings": [posting]}]


def test_what_lapsed_on_the_way_is_told_before_what_was_asked_for(member):
    earn(member, 10, days=1)
    earn(member, 50, days=90)

    with listening(points_posted) as heard:
        spend(member, 20, now=LATER)
        spend(member, 5, now=LATER)

    told = [[posting.amount for posting in carried["postings"]] for carried in heard]
    assert told == [[-10, -20], [-5]]


def test_every_kind_of_posting_is_told(member):
    with listening(points_posted) as heard:
        earn(member, 50)
        taken = spend(member, 20)
        reverse(taken)
        penalise(member, 5)
        list(expire_due_lots(now=NOW + timedelta(days=900)))

    told = [posting.type for carried in heard for posting in carried["postings"]]
    assert told == ["earn", "spend", "reversal", "penalty", "expire"]


def test_what_was_posted_before_is_not_told_again(member):
    earn(member, 150, source_id="s1")
    taken = spend(member, 20, source_id="s2")
    penalise(member, 5, source_id="s3")
    reverse(taken)
    record_activities(reports=[report("e1", member)], now=NOW)

    with (
        listening(points_posted) as posted,
        listening(level_reached) as reached,
        listening(activities_recorded) as recorded,
    ):
        earn(member, 150, source_id="s1")
        spend(member, 20, source_id="s2")
        penalise(member, 5, source_id="s3")
        reverse(taken)
        record_activities(reports=[report("e1", member)], now=NOW)

    assert (posted, reached, recorded) == ([], [], [])


def test_a_report_is_told_as_one_list_in_its_order(member, make_member):
    noa = make_member("noa")
    reports = [
        report("e1", noa),
        report("e2", member, "DANCE"),
        report("e3", member),
        report("e4", "nobody"),
        report("e5", noa, "SPAM"),
        report("e6", member),
    ]

    with listening(activities_recorded) as recorded, listening(points_posted) as posted:
        outcomes = record_activities(reports=reports, now=NOW)

    expected = [item for item in outcomes if item.status == ActivityStatus.POSTED]
    assert recorded == [{"outcomes": expected}]
    assert [item.report.event_id for item in expected] == ["e1", "e3", "e5", "e6"]
    assert len(posted) == 1
    assert sorted(posting.amount for posting in posted[0]["postings"]) == [-5, 10, 10, 10]


def test_activities_that_earned_nothing_are_told_as_recorded_only(member):
    make_action("ONCE", 5, once_per_member=True)
    record_activities(reports=[report("e1", member, "ONCE")], now=NOW)

    with listening(activities_recorded) as recorded, listening(points_posted) as posted:
        [outcome] = record_activities(reports=[report("e2", member, "ONCE")], now=NOW)

    assert recorded == [{"outcomes": [outcome]}]
    assert posted == []


def test_postings_are_told_in_the_ledgers_order(make_member):
    people = [make_member() for _ in range(7)]
    for person in people[:3]:
        earn(person, 3, days=1)
    reports = [
        report(f"e{n}", people[n * 5 % 7], "SPAM" if n % 4 == 3 else "WAVE") for n in range(140)
    ]

    with listening(points_posted) as heard:
        record_activities(reports=reports, now=LATER)

    [carried] = heard
    for person in people:
        told = [p.transaction_id for p in carried["postings"] if p.member_id == person.pk]
        entries = PointTransaction.objects.filter(account__member=person, created_at=LATER)
        assert told == list(entries.order_by("version").values_list("pk", flat=True))


def test_a_receiver_sees_what_was_written(member):
    seen = []

    def look(**carried):
        seen.append((account_of(member).balance, connection.in_atomic_block))

    points_posted.connect(look)
    try:
        earn(member, 10)
    finally:
        points_posted.disconnect(look)

    assert seen == [(10, True)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("signal", [points_posted, level_reached])
def test_a_receiver_that_fails_undoes_an_award(member, signal):
    with failing(signal), pytest.raises(Breakdown):
        earn(member, 150)

    assert entries_of(member) == []
    assert account_of(member).balance == 0
    assert not ReachedLevel.objects.exists()
    earn(member, 150)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("signal", [activities_recorded, points_posted, level_reached])
def test_a_receiver_that_fails_undoes_a_whole_report(member, make_member, signal):
    noa = make_member("noa")
    earn(member, 95)
    reports = [report("e1", noa), report("e2", member), report("e3", noa)]

    with failing(signal), pytest.raises(Breakdown):
        record_activities(reports=reports, now=NOW)

    assert not Activity.objects.exists()
    assert (account_of(member).balance, account_of(noa).balance) == (95, 0)
    outcomes = record_activities(reports=reports, now=NOW)
    assert {outcome.status for outcome in outcomes} == {ActivityStatus.POSTED}


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_fails_undoes_a_spend_and_what_lapsed_on_the_way(member):
    earn(member, 10, days=1)
    earn(member, 50, days=90)

    with failing(points_posted), pytest.raises(Breakdown):
        spend(member, 20, now=LATER)

    assert remaining_of(member) == [10, 50]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("take", [spend, penalise])
def test_a_receiver_that_fails_undoes_a_reversal(member, take):
    earn(member, 50)
    taken = take(member, 20)

    with failing(points_posted), pytest.raises(Breakdown):
        reverse(taken)

    assert account_of(member).balance == 30
    assert not reverse(taken).replayed


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_fails_undoes_only_its_batch_of_a_sweep(make_member):
    people = [make_member() for _ in range(2)]
    for person in people:
        earn(person, 10, days=1)
    batches = expire_due_lots(now=LATER, batch_size=1)
    next(batches)

    with failing(points_posted), pytest.raises(Breakdown):
        next(batches)

    assert [account_of(person).balance for person in people] == [0, 10]
