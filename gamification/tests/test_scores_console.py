"""Scores on the console: by metric, period and member, however many there are."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from gamification.enums import PeriodKind
from gamification.models import ALL_TIME, Metric, MetricScore

pytestmark = pytest.mark.django_db

REACHED_AT = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def metric(programme):
    return Metric.objects.get(code="events_attended")


@pytest.fixture
def score(metric):
    """Return a function that gives a member a score of all time or of a month."""

    def give(member, value, month=None):
        MetricScore.objects.create(
            metric=metric,
            member=member,
            value=value,
            reached_at=REACHED_AT,
            period_kind=PeriodKind.MONTH if month else PeriodKind.ALL,
            period_start=month or ALL_TIME,
        )

    return give


@pytest.fixture
def look(client, make_staff, metric):
    """Return a function that opens the page as an auditor and gives the members in its order."""
    client.force_login(make_staff("ada", "auditor"))

    def open_page(**query):
        response = client.get(reverse("admin:gamification_metric_scores", args=[metric.pk]), query)
        assert response.status_code == 200
        rows = response.context.get("rows", [])
        return [(row["member"].split("</a>")[0].split(">")[-1], row["value"]) for row in rows]

    return open_page


def test_scores_are_narrowed_by_period_and_member(look, score, make_member):
    mia, leo = make_member("mia"), make_member("leo")
    score(mia, 3)
    score(leo, 9)
    score(mia, 2, month=date(2026, 3, 1))

    assert look() == [("Leo", 9), ("Mia", 3)]
    assert look(period="month", at="2026-03-17") == [("Mia", 2)]
    assert look(period="month", at="2026-04-01") == []
    assert look(member="mia") == [("Mia", 3)]
    assert look(member="mia", period="month", at="2026-03-31") == [("Mia", 2)]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"period": "decade"}, "Select a valid choice"),
        ({"at": "soon"}, "Enter a valid date"),
        ({"member": "nobody"}, "Member not found"),
        ({"page": "21"}, "less than or equal to 20"),
    ],
)
def test_what_is_not_understood_is_said(look, client, metric, query, sentence):
    assert look(**query) == []
    address = reverse("admin:gamification_metric_scores", args=[metric.pk])
    assert sentence in client.get(address, query).content.decode()


def test_a_long_list_has_pages_and_an_end(look, score, make_member, monkeypatch):
    monkeypatch.setattr("gamification.admin.scores.ROWS_PER_PAGE", 2)
    for n in range(3):
        score(make_member(f"m{n}"), n)

    assert look() == [("M2", 2), ("M1", 1)]
    assert look(page=2) == [("M0", 0)]


def test_the_page_says_when_there_is_nothing(look, client, metric):
    look()
    address = reverse("admin:gamification_metric_scores", args=[metric.pk])

    assert "No scores here." in client.get(address).content.decode()


def test_who_may_not_view_scores_is_refused(client, make_staff, metric):
    client.force_login(make_staff("shop", "host"))

    address = reverse("admin:gamification_metric_scores", args=[metric.pk])
    assert client.get(address).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_takes_as_many_queries_for_three_rows_as_for_one(
    look, score, make_member, django_assert_num_queries, rows
):
    for n in range(rows):
        score(make_member(), n)
    look()

    # The session, who looks and what they may do (4), what waits for staff (2), metric, scores.
    with django_assert_num_queries(8):
        look()
