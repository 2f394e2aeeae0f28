"""Reports that arrive at the same instant: no circle of waiting, no event twice, no cap passed."""

from collections import Counter

import pytest
from django.db import OperationalError, transaction

from loyalty_site.testing.storms import losers, run_together
from points.enums import ActivityStatus
from points.models import Activity, PointTransaction
from points.services.activities import record_activities
from points.tests.books import NOW, account_of, earn, make_action, make_levels, report, run_all

pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]

POSTED, CAPPED, DUPLICATE = (
    ActivityStatus.POSTED,
    ActivityStatus.CAPPED,
    ActivityStatus.DUPLICATE,
)


def record(*reports):
    return [outcome.status for outcome in record_activities(reports=reports, now=NOW)]


@pytest.fixture(params=["one statement", "one by one"])
def action(request):
    """An action that is recorded the fast way, and one whose limit needs the careful one."""
    limit = None if request.param == "one statement" else 1_000
    return make_action("WAVE", 10, times_per_day_max=limit)


def test_opposing_reports_over_the_same_members_never_wait_in_a_circle(make_member, action):
    people = [make_member() for _ in range(12)]

    def send(i):
        order = people if i % 2 else people[::-1]
        counts: Counter[ActivityStatus] = Counter()
        for n in range(5):
            counts.update(record(*(report(f"{i}-{n}-{who.pk}", who) for who in order)))
        return counts

    results = run_all(8, send)

    assert sum(results, Counter()) == {POSTED: 8 * 5 * 12}
    assert {account_of(person).balance for person in people} == {8 * 5 * 10}


def test_the_storm_sees_a_circle_of_waiting(make_member):
    """Awards in the callers' own order, within one transaction: what reports must never do."""
    people = [make_member() for _ in range(6)]

    def send(i):
        for _ in range(5):
            with transaction.atomic():
                for person in people if i % 2 else people[::-1]:
                    earn(person, 1)

    results = run_together(4, send)

    assert any(isinstance(error, OperationalError) for error in losers(results))


def test_one_report_sent_by_twelve_at_once_counts_once(make_member, action):
    make_levels(bronze=0, silver=20)
    people = [make_member() for _ in range(5)]
    reports = [report(f"e{n}", people[n % 5]) for n in range(20)]

    results = run_all(12, lambda _: Counter(record(*reports)))

    assert sum(results, Counter()) == {POSTED: 20, DUPLICATE: 220}
    assert {account_of(person).balance for person in people} == {40}


@pytest.mark.parametrize("size", [1, 2, 10])
def test_an_event_id_reported_for_two_members_at_once_belongs_to_one(make_member, action, size):
    people = [make_member() for _ in range(6)]

    def send(i):
        return record(*(report(f"e{n}", people[i]) for n in range(size)))

    results = run_all(6, send)

    for n in range(size):
        assert Counter(answers[n] for answers in results) == {POSTED: 1, DUPLICATE: 5}
    assert Activity.objects.count() == PointTransaction.objects.count() == size


def test_event_ids_shared_in_opposite_orders_are_answered_too(make_member, action):
    people = [make_member() for _ in range(6)]

    def send(i):
        order = range(10) if i % 2 else reversed(range(10))
        return Counter(record(*(report(f"e{n}", people[i]) for n in order)))

    results = run_all(6, send)

    assert sum(results, Counter()) == {POSTED: 10, DUPLICATE: 50}


@pytest.mark.parametrize(
    "limit", [{"once_per_member": True}, {"times_per_day_max": 1}, {"times_per_week_max": 1}]
)
def test_a_cap_holds_against_twelve_at_once(member, limit):
    make_action("WAVE", 10, **limit)

    results = run_all(12, lambda i: record(report(f"e{i}", member)))

    assert Counter(status for [status] in results) == {POSTED: 1, CAPPED: 11}
    assert account_of(member).balance == 10


def test_a_pause_holds_against_twelve_at_once(member):
    make_action("WAVE", 10, cooldown_seconds=60)

    results = run_all(12, lambda i: record(report(f"e{i}", member)))

    assert Counter(status for [status] in results) == {POSTED: 1, ActivityStatus.COOLDOWN: 11}
