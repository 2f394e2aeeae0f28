"""Projectors, reports, rebuilds and changed rules, all at once: each row counts exactly once."""

import random
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from gamification.models import Backlog, Badge, Metric, MetricRebuild, OutageDay
from gamification.services.gauges import report_gauges
from gamification.services.projecting import project_backlog, project_batch
from gamification.services.rebuilding import rebuild_chunk, rebuild_pending, request_rebuild
from loyalty_site.accounts.models import User
from loyalty_site.testing.storms import run_together, winners
from points.services.activities import ActivityReport, record_activities

from .plain import compute_scores, read_scores

MEMBERS = [f"member-{n}" for n in range(8)]
SPRING = datetime(2026, 3, 1, tzinfo=UTC)
pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(programme, make_member):
    # What badges bring is another storm's.
    Badge.objects.update(is_active=False)
    for name in MEMBERS:
        make_member(name)
    list(rebuild_pending())


def report(n, luck):
    return ActivityReport(
        event_id=f"e{n}",
        user_id=luck.choice(MEMBERS),
        action=luck.choice(["ATTEND_EVENT", "CAFE_MEETUP", "GIVE_TRUST_MOMENT"]),
        occurred_at=SPRING + timedelta(hours=luck.randrange(24 * 60)),
        metadata={"locationId": luck.choice("abcdef"), "positive": True},
    )


def report_some(i, count):
    luck = random.Random(i)
    for n in range(count):
        reports = [report(f"{i}-{n}-{k}", luck) for k in range(luck.choice([1, 1, 5]))]
        record_activities(reports=reports, now=SPRING)
        member = User.objects.get(public_id=luck.choice(MEMBERS))
        at = SPRING + timedelta(hours=n)
        report_gauges(member=member, numbers={"trust_score": luck.randrange(100)}, now=at)


def project_for(seconds, rows_per_log):
    end = time.monotonic() + seconds
    rows = 0
    while time.monotonic() < end:
        rows += sum(project_backlog(rows_per_log=rows_per_log))
    return rows


def rebuild_for(seconds):
    end = time.monotonic() + seconds
    ids = list(Metric.objects.values_list("pk", flat=True))
    chunks = 0
    while time.monotonic() < end:
        request_rebuild(metric_ids=ids)
        while rebuild_chunk():
            chunks += 1
    return chunks


def change_rules(seconds):
    for day in range(5):
        OutageDay.objects.create(day=SPRING + timedelta(days=5 * day), reason="x")
        Metric.objects.filter(code="cafe_meetups").update(is_active=day % 2 == 0)
        time.sleep(seconds / 8)


def storm(people, *, seconds, count, monkeypatch, with_rules):
    monkeypatch.setattr("gamification.services.rebuilding.ACCOUNTS_PER_CHUNK", 3)

    def work(i):
        if i < 3:
            return report_some(i, count)
        if i < 5:
            return project_for(seconds, rows_per_log=7 * (i - 2))
        if i == 5:
            return rebuild_for(seconds)
        return change_rules(seconds) if with_rules else report_some(i, count)

    results = run_together(7, work)
    assert len(winners(results)) == 7, results
    list(project_backlog())
    if with_rules:
        list(rebuild_pending())
    # Otherwise nothing is folded again at the end: that would put right what had gone wrong.
    assert not MetricRebuild.objects.exists()
    assert not Backlog.objects.exists()
    expected = compute_scores()
    assert len(expected) > 200
    assert read_scores() == expected
    assert all(winners(results)[3:6])


@pytest.mark.parametrize("with_rules", [False, True])
def test_nothing_is_counted_twice_or_lost(people, monkeypatch, with_rules):
    storm(people, seconds=2, count=30, monkeypatch=monkeypatch, with_rules=with_rules)


@pytest.mark.long
@pytest.mark.parametrize("round_number", range(6))
def test_nothing_is_counted_twice_or_lost_in_a_long_storm(people, round_number, monkeypatch):
    with_rules = bool(round_number % 2)
    storm(people, seconds=20, count=200, monkeypatch=monkeypatch, with_rules=with_rules)


def test_a_projector_that_dies_has_taken_nothing(people):
    report_some(0, 5)
    waiting = Backlog.objects.count()

    def die(_):
        with transaction.atomic():
            assert project_batch().row_count == waiting
            raise SystemExit

    run_together(1, die)

    assert Backlog.objects.count() == waiting
    assert read_scores() == {}
    assert sum(project_backlog()) == waiting
    assert read_scores() == compute_scores()


def test_one_that_works_alone_leaves_the_work_to_another(people):
    report_some(0, 5)
    waiting = Backlog.objects.count()
    results = run_together(4, lambda _: sum(project_backlog(rows_per_log=3, alone=True)))

    assert sum(winners(results)) + sum(project_backlog(alone=True)) == waiting
    assert read_scores() == compute_scores()
