"""Pages, ranks and neighbours of a board are those of a plain sort, however many marks it has."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gamification.enums import PeriodKind
from gamification.models import BoardMark, Leaderboard, Metric, MetricScore
from gamification.selectors import (
    find_own_place,
    get_period,
    list_neighbours,
    list_places,
)
from gamification.services.boards import mark_changed_boards

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)
MONTH = get_period(kind=PeriodKind.MONTH, day=NOON.date())


@pytest.fixture
def metric(db):
    metric = Metric.objects.create(code="m", name="M", kind="sum", log="earnings")
    Leaderboard.objects.create(slug="m", title="M", metric=metric)
    return metric


def write_scores(metric, rows):
    """Write one score for each (value, minute at which it was reached); members are 1, 2, …"""
    MetricScore.objects.bulk_create(
        MetricScore(
            metric=metric,
            member_id=number,
            value=value,
            reached_at=NOON + timedelta(minutes=minute),
            period_kind=MONTH.kind,
            period_start=MONTH.first_day,
        )
        for number, (value, minute) in enumerate(rows, start=1)
    )


def sort_plainly(rows):
    """Return (place, rank, value, member) of every row, as ruled: by value, then who was first."""
    order = sorted((-value, minute, number) for number, (value, minute) in enumerate(rows, start=1))
    return [
        (place, 1 + sum(row[0] < negative for row in order), -negative, number)
        for place, (negative, _, number) in enumerate(order, start=1)
    ]


def read_page(metric, offset, limit):
    places = list_places(metric=metric, period=MONTH, viewer_id=0, offset=offset, limit=limit)
    return [(place.number, place.rank, place.value) for place in places]


def read_neighbours(metric, member_id, limit):
    places = list_neighbours(metric=metric, period=MONTH, viewer_id=member_id, limit=limit)
    return [(place.number, place.rank, place.value, place.is_viewer) for place in places]


scores = st.lists(st.tuples(st.integers(-3, 6), st.integers(0, 3)), max_size=40)


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(rows=scores, distance=st.integers(1, 9), limit=st.integers(1, 12))
def test_every_page_and_every_members_rank_and_neighbours_are_those_of_a_plain_sort(
    metric, django_atomic, rows, distance, limit
):
    with django_atomic():
        write_scores(metric, rows)
        assert list(mark_changed_boards(rows_per_mark=distance)) == ([True] if rows else [])
        assert BoardMark.objects.count() == len(rows) // distance
        plain = sort_plainly(rows)

        for offset in range(len(rows) + 2):
            expected = [row[:3] for row in plain[offset : offset + limit]]
            assert read_page(metric, offset, limit) == expected
        for place, rank, value, number in plain:
            own, total = find_own_place(metric=metric, period=MONTH, member_id=number)
            assert (own.value, own.rank, total) == (value, rank, len(rows))
            around = read_neighbours(metric, number, limit)
            first = max(0, min(place - 1 - limit // 2, len(rows) - limit))
            assert around == [(*row[:3], row[3] == number) for row in plain[first : first + limit]]


def test_a_large_board_by_its_marks(metric):
    chance = random.Random(5)
    rows = [(chance.randint(0, 30), chance.randint(0, 50)) for _ in range(2_500)]
    write_scores(metric, rows)
    list(mark_changed_boards(rows_per_mark=100))
    plain = sort_plainly(rows)

    assert BoardMark.objects.count() == 25
    for offset in (0, 99, 100, 101, 1_234, 2_450, 2_499):
        assert read_page(metric, offset, 50) == [row[:3] for row in plain[offset : offset + 50]]


def test_a_members_place_is_planned_with_the_statement_that_asks_for_it():
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN SELECT * FROM gamification_own_place(1, 0::smallint, '1-1-1', 1)")
        plan = "\n".join(row for (row,) in cursor.fetchall())

    assert "gamification_metricscore" in plan
    assert "Function Scan" not in plan


def test_a_member_without_a_score_has_value_0_no_rank_and_no_neighbours(metric):
    write_scores(metric, [(5, 0), (-1, 0)])

    own, total = find_own_place(metric=metric, period=MONTH, member_id=99)

    assert (own.value, own.rank, total) == (0, None, 2)
    assert read_neighbours(metric, 99, 10) == []
