"""Pages are remembered by the process that showed them, and never shown when they changed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from gamification.enums import PeriodKind
from gamification.models import BoardPreference, Leaderboard, Metric, MetricScore, NameStamp
from gamification.selectors import get_period, list_places
from gamification.services.boards import gather_name_stamps

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)
ALL = get_period(kind=PeriodKind.ALL, day=NOON.date())

pytestmark = pytest.mark.django_db


@pytest.fixture
def metric(db, member):
    metric = Metric.objects.create(code="m", name="M", kind="sum", log="earnings")
    Leaderboard.objects.create(slug="m", title="M", metric=metric)
    add(metric, member, 5)
    return metric


def add(metric, member, value):
    MetricScore.objects.create(
        metric=metric,
        member=member,
        value=value,
        reached_at=NOON,
        period_kind=0,
        period_start="0001-01-01",
    )


def read(metric, viewer_id=0):
    return list_places(metric=metric, period=ALL, viewer_id=viewer_id, offset=0, limit=50)


def change(member, **fields):
    get_user_model().objects.filter(pk=member.pk).update(**fields)


def test_a_page_that_did_not_change_is_one_query_however_often_it_is_read(
    metric, member, django_assert_num_queries
):
    first = read(metric)
    with django_assert_num_queries(1):
        assert read(metric) == first

    assert [place.is_viewer for place in read(metric, member.pk)] == [True]
    assert [place.is_viewer for place in read(metric)] == [False]


def test_a_page_further_down_is_remembered_by_its_rows_and_its_first_rank(
    metric, member, make_member, django_assert_num_queries
):
    def read_second():
        places = list_places(metric=metric, period=ALL, viewer_id=0, offset=1, limit=1)
        return [(place.number, place.rank, place.name) for place in places]

    add(metric, make_member("noa", name="Noa"), 6)
    assert read_second() == [(2, 2, "Mia")]
    with django_assert_num_queries(1):
        assert read_second() == [(2, 2, "Mia")]

    MetricScore.objects.filter(value=6).update(value=5, reached_at=NOON - timedelta(hours=1))
    assert read_second() == [(2, 1, "Mia")]


@pytest.mark.parametrize(
    ("alter", "seen"),
    [
        (lambda member: change(member, name="Mary"), ("Mary", True, False, "")),
        (lambda member: change(member, is_active=False), ("Mia", False, False, "")),
        (
            lambda member: BoardPreference.objects.create(member=member, is_hidden=True),
            ("Mia", True, True, ""),
        ),
        (
            lambda member: BoardPreference.objects.create(member=member, alias="Owl"),
            ("Mia", True, False, "Owl"),
        ),
    ],
)
def test_who_is_renamed_leaves_hides_or_takes_an_alias_is_shown_so_at_once(
    metric, member, alter, seen
):
    read(metric)
    alter(member)

    [place] = read(metric)
    assert (place.name, place.is_active, place.is_hidden, place.alias) == seen

    gather_name_stamps()
    BoardPreference.objects.all().delete()
    change(member, name="Mia", is_active=True)
    [place] = read(metric)
    assert (place.name, place.is_active, place.is_hidden, place.alias) == ("Mia", True, False, "")


def test_new_values_and_newcomers_are_shown_at_once(metric, member, make_member):
    read(metric)
    add(metric, make_member("noa", name="Noa"), 6)
    assert [(place.rank, place.name) for place in read(metric)] == [(1, "Noa"), (2, "Mia")]

    MetricScore.objects.filter(member=member).update(value=7)
    assert [(place.name, place.value) for place in read(metric)] == [("Mia", 7), ("Noa", 6)]


def test_only_what_boards_show_of_a_person_is_stamped(metric, member):
    before = NameStamp.objects.count()
    change(member, last_login=timezone.now(), name="Mia")

    assert NameStamp.objects.count() == before


def test_many_stamps_become_one_that_never_was(metric, member, monkeypatch):
    monkeypatch.setattr("gamification.services.boards.NAME_STAMPS_MAX", 2)
    for name in ("A", "B"):
        change(member, name=name)
    gather_name_stamps()
    assert NameStamp.objects.count() == 2

    change(member, name="C")
    before = set(NameStamp.objects.values_list("stamp", flat=True))
    gather_name_stamps()

    [stamp] = NameStamp.objects.values_list("stamp", flat=True)
    assert stamp not in before
    assert [place.name for place in read(metric)] == ["C"]
