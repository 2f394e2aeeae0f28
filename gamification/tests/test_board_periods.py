"""The period a board shows: by the programme's calendar, now or at a date."""

from datetime import UTC, date, datetime

import pytest

from gamification.enums import PeriodKind
from gamification.models import Leaderboard, Metric, MetricScore
from gamification.selectors import get_period

PATH = "/v2/gamification/leaderboard/events"


@pytest.fixture
def board(sign_in, member):
    """Return a function that reads the board of events as (userId, value) and its period."""
    client = sign_in(member)

    def read(**query):
        response = client.get(PATH, query)
        assert response.status_code == 200, response.content
        data = response.json()["data"]
        period = data["period"]["start"], data["period"]["end"]
        return [(row["userId"], row["value"]) for row in data["leaderboard"]], period

    return read


@pytest.mark.parametrize(
    ("kind", "day", "first", "last"),
    [
        ("WEEK", "2026-01-01", "2025-12-29", "2026-01-04"),
        ("WEEK", "2027-01-03", "2026-12-28", "2027-01-03"),
        ("WEEK", "2027-01-04", "2027-01-04", "2027-01-10"),
        ("WEEK", "0001-01-01", "0001-01-01", "0001-01-07"),
        ("MONTH", "2024-02-10", "2024-02-01", "2024-02-29"),
        ("MONTH", "2026-12-31", "2026-12-01", "2026-12-31"),
        ("YEAR", "2026-12-31", "2026-01-01", "2026-12-31"),
        ("ALL", "2026-12-31", "0001-01-01", None),
    ],
)
def test_the_calendars_periods(kind, day, first, last):
    period = get_period(kind=PeriodKind[kind], day=date.fromisoformat(day))

    assert period.first_day == date.fromisoformat(first)
    assert period.last_day == (date.fromisoformat(last) if last else None)


def test_every_score_lies_in_the_period_that_the_board_reads(record):
    instants = ["2024-12-30T00:00:00Z", "2026-01-01T12:00:00Z", "2024-02-29T23:59:59Z"]
    record("mia", *instants)

    for instant in map(datetime.fromisoformat, instants):
        for kind in PeriodKind:
            period = get_period(kind=kind, day=instant.date())
            assert MetricScore.objects.filter(
                metric__code="events_attended", period_kind=kind, period_start=period.first_day
            ).exists()


def test_at_picks_the_period_that_holds_a_date(record, board):
    record("ben", "2025-05-14T12:00:00Z", "2025-05-21T12:00:00Z")

    week = ("2025-05-12", "2025-05-18")
    assert board(timeframe="week", at="2025-05-18") == ([("ben", 1)], week)
    month = ("2025-05-01", "2025-05-31")
    assert board(timeframe="month", at="2025-05-01") == ([("ben", 2)], month)
    assert board(timeframe="year", at="2025-01-01")[0] == [("ben", 2)]
    assert board(timeframe="year", at="2024-12-31")[0] == []
    assert board(timeframe="all", at="2024-12-31") == ([("ben", 2)], (None, None))


def test_without_a_date_it_is_the_present_period(record, board, now):
    record("ben", now.isoformat(), "2020-01-01T00:00:00Z")

    for timeframe in ("week", "month", "year"):
        rows, (start, end) = board(timeframe=timeframe)
        assert rows == [("ben", 1)]
        assert date.fromisoformat(start) <= now.date() <= date.fromisoformat(end)


def test_a_late_report_changes_the_past_week_it_belongs_to(record, board):
    record("ben", "2025-05-14T12:00:00Z", "2025-05-15T12:00:00Z")
    record("ann", "2025-05-14T12:00:00Z")
    record("ann", "2025-05-12T12:00:00Z", "2025-05-13T12:00:00Z")

    assert board(timeframe="week", at="2025-05-14")[0] == [("ann", 3), ("ben", 2)]


@pytest.mark.parametrize(
    ("zone", "instant", "monday"),
    [
        # The night in which Berlin's clocks go forward belongs to the old week.
        ("Europe/Berlin", "2026-03-29T21:59:59Z", "2026-03-23"),
        ("Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30"),
        # And the one in which they go back is an hour longer.
        ("Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-19"),
        ("Europe/Berlin", "2026-10-25T23:00:00Z", "2026-10-26"),
        ("Asia/Kuala_Lumpur", "2025-12-28T15:59:59Z", "2025-12-22"),
        ("Asia/Kuala_Lumpur", "2025-12-28T16:00:00Z", "2025-12-29"),
    ],
)
def test_a_week_begins_at_the_programmes_midnight(record, board, settings, zone, instant, monday):
    settings.LOYALTY_TIME_ZONE = zone
    record("ben", instant)

    rows, (start, _) = board(timeframe="week", at=monday)

    assert (rows, start) == ([("ben", 1)], monday)


def test_today_is_the_programmes_and_tomorrow_is_refused(member, sign_in, settings, time_machine):
    time_machine.move_to(datetime(2026, 5, 10, 12, tzinfo=UTC))
    client = sign_in(member)
    settings.LOYALTY_TIME_ZONE = "Pacific/Kiritimati"
    Leaderboard.objects.create(
        slug="m",
        title="M",
        metric=Metric.objects.create(code="m", name="M", kind="count", log="activities"),
    )
    path = "/v2/gamification/leaderboard/m"
    monday = {"timeframe": "week", "at": "2026-05-11"}
    assert client.get(path, monday).json()["data"]["period"]["start"] == "2026-05-11"

    settings.LOYALTY_TIME_ZONE = "Pacific/Pago_Pago"
    now = client.get(path, {"timeframe": "week"}).json()["data"]
    assert now["period"]["start"] == "2026-05-04"
    response = client.get(path, monday)
    assert (response.status_code, response.json()["code"]) == (400, "validation_failed")
