"""The sweep that marks boards: it loses no change, runs twice at once and swaps marks whole."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, connections, transaction

from gamification.models import BoardChange, BoardMark, Leaderboard, Metric, MetricScore
from gamification.services.boards import mark_changed_boards
from loyalty_site.testing.storms import run_together, winners

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)


@pytest.fixture
def metric(db):
    metric = Metric.objects.create(code="m", name="M", kind="sum", log="earnings")
    Leaderboard.objects.create(slug="m", title="M", metric=metric)
    return metric


def write(metric, numbers, *, start="0001-01-01", kind=0):
    MetricScore.objects.bulk_create(
        MetricScore(
            metric=metric,
            member_id=number,
            value=number,
            reached_at=NOON,
            period_kind=kind,
            period_start=start,
        )
        for number in numbers
    )


def read_marks():
    order = ("period_kind", "period_start", "position")
    return list(BoardMark.objects.order_by(*order).values_list("position", "value"))


@pytest.mark.django_db
def test_only_boards_that_changed_are_marked_anew(metric):
    write(metric, range(1, 5))
    write(metric, range(1, 3), kind=1, start="2026-01-01")
    assert list(mark_changed_boards(rows_per_mark=2)) == [True, True]
    assert read_marks() == [(2, 3), (4, 1), (2, 1)]
    assert list(mark_changed_boards(rows_per_mark=2)) == []

    MetricScore.objects.filter(period_kind=0, member_id=1).update(value=9)
    assert list(mark_changed_boards(rows_per_mark=2)) == [True]
    assert read_marks() == [(2, 4), (4, 2), (2, 1)]

    MetricScore.objects.filter(period_kind=0).delete()
    assert list(mark_changed_boards(rows_per_mark=2)) == [True]
    assert read_marks() == [(2, 1)]


@pytest.mark.django_db
def test_boards_that_nobody_sees_have_no_marks_until_somebody_does(metric):
    Leaderboard.objects.update(is_active=False)
    write(metric, range(1, 5))
    assert list(mark_changed_boards(rows_per_mark=2)) == [True]
    assert read_marks() == []

    Leaderboard.objects.update(is_active=True)
    assert list(mark_changed_boards(rows_per_mark=2)) == [True]
    assert read_marks() == [(2, 3), (4, 1)]


@pytest.mark.django_db
def test_a_new_board_on_an_old_metric_is_marked():
    metric = Metric.objects.create(code="m", name="M", kind="sum", log="earnings")
    write(metric, range(1, 5))
    list(mark_changed_boards(rows_per_mark=2))

    Leaderboard.objects.create(slug="m", title="M", metric=metric)
    list(mark_changed_boards(rows_per_mark=2))

    assert read_marks() == [(2, 3), (4, 1)]


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_not_committed_yet_is_kept_for_the_next_sweep(metric):
    write(metric, range(1, 5))
    written, swept = threading.Event(), threading.Event()

    def write_slowly():
        with transaction.atomic():
            write(metric, [5])
            written.set()
            swept.wait(20)
        connections.close_all()

    writer = threading.Thread(target=write_slowly)
    writer.start()
    written.wait(20)
    assert list(mark_changed_boards(rows_per_mark=1)) == [True]
    swept.set()
    writer.join()

    assert [value for _, value in read_marks()] == [4, 3, 2, 1]
    assert list(mark_changed_boards(rows_per_mark=1)) == [True]
    assert [value for _, value in read_marks()] == [5, 4, 3, 2, 1]


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_dies_leaves_marks_and_notes_as_they_were(metric):
    write(metric, range(1, 4))
    list(mark_changed_boards(rows_per_mark=1))
    write(metric, [4])

    with transaction.atomic():
        list(mark_changed_boards(rows_per_mark=1))
        assert len(read_marks()) == 4
        transaction.set_rollback(True)

    assert len(read_marks()) == 3
    assert BoardChange.objects.count() == 1


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_a_board_somebody_is_at_is_passed_over(metric):
    write(metric, range(1, 4))
    held, done = threading.Event(), threading.Event()

    def sweep_slowly():
        with transaction.atomic():
            list(mark_changed_boards(rows_per_mark=1))
            held.set()
            done.wait(20)
        connections.close_all()

    sweeper = threading.Thread(target=sweep_slowly)
    sweeper.start()
    held.wait(20)
    assert list(mark_changed_boards(rows_per_mark=1)) == [False]
    done.set()
    sweeper.join()
    assert len(read_marks()) == 3


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_writers_sweeps_and_readers_at_once_end_with_every_row_marked(metric):
    def work(i):
        if i < 3:
            for number in range(30):
                write(metric, [1 + i * 1_000 + number])
            return 0
        for _ in range(40):
            list(mark_changed_boards(rows_per_mark=1))
            with connection.cursor() as cursor:
                # A statement sees marks whole: place n of n is the last mark's.
                cursor.execute(
                    "SELECT count(*), coalesce(max(position), 0) FROM gamification_boardmark"
                )
                count, last = cursor.fetchone()
                assert count == last
        return 1

    assert len(winners(run_together(6, work))) == 6
    list(mark_changed_boards(rows_per_mark=1))

    assert [position for position, _ in read_marks()] == list(range(1, 91))
    assert not BoardChange.objects.exists()
