"""Streaks, case by case: weeks and years, clocks and travels, outages, and what comes late."""

from datetime import date

import pytest

from gamification.models import MetricScore, OutageDay
from gamification.selectors import find_current_streaks
from gamification.services.rebuilding import rebuild_pending
from loyalty_site.accounts.models import User

WEEKS = "event_weeks_in_a_row"
pytestmark = pytest.mark.django_db


@pytest.fixture
def days(make_metric):
    make_metric("days", "ATTEND_EVENT", kind="streak", streak_unit="day")
    return "days"


def declare_outage(*day_texts):
    for day in day_texts:
        OutageDay.objects.create(day=date.fromisoformat(day), reason="The site was down.")
    list(rebuild_pending())


def current(user_id, code, today):
    member_id = User.objects.get(public_id=user_id).pk
    found = find_current_streaks(member_id=member_id, today=date.fromisoformat(today))[code]
    return (found.length, found.is_done) if found else None


def test_weeks_follow_each_other_over_the_end_of_a_year(record, score):
    # The ISO weeks 52 of 2020, 53 of 2020 and 1 of 2021.
    record("mia", "2020-12-27T12:00:00Z", "2020-12-28T12:00:00Z", "2021-01-04T12:00:00Z")

    assert score(WEEKS, "mia") == 3
    # Week 53 has its Thursday on 31 December, so it is one of 2020's.
    assert score(WEEKS, "mia", "year", "2020-01-01") == 2
    assert score(WEEKS, "mia", "year", "2021-01-01") == 1
    assert score(WEEKS, "mia", "month", "2020-12-01") == 2
    assert score(WEEKS, "mia", "week", "2020-12-28") == 1


def test_sunday_and_monday_are_two_weeks_and_monday_and_sunday_one(record, score):
    record("mia", "2026-03-01T23:59:59Z", "2026-03-02T00:00:00Z")
    record("noa", "2026-03-02T00:00:00Z", "2026-03-08T23:59:59Z")

    assert score(WEEKS, "mia") == 2
    assert score(WEEKS, "noa") == 1


def test_a_missed_week_breaks_and_the_longest_run_counts(record, score):
    record("mia", "2026-01-05T12:00:00Z", "2026-01-12T12:00:00Z", "2026-01-26T12:00:00Z")

    assert score(WEEKS, "mia") == 2


def test_a_week_that_comes_late_joins_two_runs(record, score):
    record("mia", "2026-01-26T12:00:00Z", "2026-01-05T12:00:00Z", "2026-01-12T12:00:00Z")
    record("mia", "2026-01-19T12:00:00Z")

    assert score(WEEKS, "mia") == 4


def test_the_run_was_reached_when_its_last_day_began(record, days):
    record("mia", "2026-03-03T09:00:00Z", "2026-03-03T18:00:00Z", "2026-03-02T12:00:00Z")

    reached = MetricScore.objects.get(metric__code=days, period_kind=0).reached_at
    assert reached.isoformat() == "2026-03-03T09:00:00+00:00"


def test_of_two_equal_runs_the_earlier_counts(record, days):
    record("mia", "2026-03-10T12:00:00Z", "2026-03-11T12:00:00Z")
    record("mia", "2026-03-02T12:00:00Z", "2026-03-03T12:00:00Z")

    reached = MetricScore.objects.get(metric__code=days, period_kind=0).reached_at
    assert reached.isoformat() == "2026-03-03T12:00:00+00:00"


def test_a_run_is_cut_where_a_period_ends(record, score, days):
    record(
        "mia",
        *(
            f"2026-0{month}-{day}T12:00:00Z"
            for month, day in ((1, 29), (1, 30), (1, 31), (2, "01"), (2, "02"))
        ),
    )

    assert score(days, "mia") == 5
    assert score(days, "mia", "month", "2026-01-01") == 3
    assert score(days, "mia", "month", "2026-02-01") == 2
    assert score(days, "mia", "week", "2026-01-26") == 4


def test_the_day_is_the_members_own(record, score, days):
    # One UTC day, two days in Singapore; and two UTC days, one day in New York.
    record("mia", "2026-03-01T23:30:00+08:00", "2026-03-02T00:30:00+08:00")
    record("noa", "2026-03-01T01:00:00-05:00", "2026-03-01T23:00:00-05:00")

    assert score(days, "mia") == 2
    assert score(days, "noa") == 1


def test_a_night_in_which_the_clocks_change_breaks_nothing(record, score, days):
    record(
        "mia",
        "2026-03-28T23:30:00+01:00",
        "2026-03-29T23:30:00+02:00",
        "2026-03-30T00:10:00+02:00",
    )
    record(
        "noa", "2026-10-24T23:30:00+02:00", "2026-10-25T00:30:00+02:00", "2026-10-26T23:30:00+01:00"
    )

    assert score(days, "mia") == 3
    assert score(days, "noa") == 3


def test_moving_to_another_zone_changes_nothing_that_was(record, score, days):
    record("mia", "2026-03-01T06:00:00Z", "2026-03-02T05:00:00Z")
    User.objects.filter(public_id="mia").update(time_zone="America/Los_Angeles")
    list(rebuild_pending())

    assert score(days, "mia") == 2


def test_crossing_the_date_line_costs_no_day(record, score, days):
    # Twenty hours later, and two dates.
    record("mia", "2026-03-01T20:00:00-10:00", "2026-03-03T15:00:00+13:00")
    # The same dates at one place leave a day out.
    record("noa", "2026-03-01T20:00:00+13:00", "2026-03-03T15:00:00+13:00")

    assert score(days, "mia") == 2
    assert score(days, "noa") == 1
    assert current("mia", days, "2026-03-03") == (2, True)


def test_an_outage_bridges_everyones_streak_and_counts_for_nobody(record, score, days):
    record("mia", "2026-03-01T12:00:00Z", "2026-03-04T12:00:00Z")
    record("noa", "2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z", "2026-03-04T12:00:00Z")
    record("oto", "2026-03-01T12:00:00Z", "2026-03-05T12:00:00Z")
    declare_outage("2026-03-02", "2026-03-03")

    assert [score(days, name) for name in ("mia", "noa", "oto")] == [2, 3, 1]
    assert current("mia", days, "2026-03-04") == (2, True)


def test_an_outage_that_is_taken_back_breaks_what_it_bridged(record, score, days):
    record("mia", "2026-03-01T12:00:00Z", "2026-03-03T12:00:00Z")
    declare_outage("2026-03-02")
    assert score(days, "mia") == 2

    OutageDay.objects.all().delete()
    list(rebuild_pending())

    assert score(days, "mia") == 1


def test_a_week_with_an_outage_breaks_no_weekly_streak(record, score):
    record("mia", "2026-03-02T12:00:00Z", "2026-03-16T12:00:00Z")
    declare_outage("2026-03-14")

    assert score(WEEKS, "mia") == 2


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2026-03-04", (3, True)),
        ("2026-03-05", (3, False)),
        ("2026-03-06", None),
    ],
)
def test_the_current_streak_stands_until_a_day_is_over(record, days, today, expected):
    record("mia", *(f"2026-03-0{day}T12:00:00Z" for day in (2, 3, 4)))

    assert current("mia", days, today) == expected


def test_the_current_streak_waits_out_an_outage(record, days):
    record("mia", "2026-03-03T12:00:00Z", "2026-03-04T12:00:00Z")
    declare_outage("2026-03-05", "2026-03-06")

    assert current("mia", days, "2026-03-07") == (2, False)
    assert current("mia", days, "2026-03-08") is None


def test_a_long_current_streak_is_counted_to_its_beginning(record, days):
    record(
        "mia",
        *(f"2026-0{month}-{day:02}T12:00:00Z" for month in (3, 4, 5, 6) for day in range(1, 31)),
        "2026-03-31T12:00:00Z",
        "2026-05-31T12:00:00Z",
    )

    assert current("mia", days, "2026-06-30") == (122, True)
    assert current("mia", WEEKS, "2026-06-30") == (19, True)


def test_who_never_came_has_no_streak(make_member, days):
    make_member("mia")

    assert current("mia", days, "2026-03-07") is None
