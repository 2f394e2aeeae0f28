"""How often an action earns: caps per member, day and week, and the pause between two."""

from datetime import UTC, datetime, timedelta

import pytest

from points.enums import ActivityStatus
from points.models import Activity
from points.services.activities import record_activities
from points.tests.books import NOW, account_of, make_action, report

POSTED, CAPPED, COOLDOWN = ActivityStatus.POSTED, ActivityStatus.CAPPED, ActivityStatus.COOLDOWN
MONDAY = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture(params=["one report", "one report each"])
def record(request, member):
    """Record a member's activities of one action at the instants given; return the statuses.

    How they are reported makes no difference: together, or each by itself.
    """

    def record_at(*instants, code="WAVE", who=member):
        prefix = Activity.objects.count()
        reports = [
            report(f"{who.public_id}-{prefix}-{n}", who, code, occurred_at=instant)
            for n, instant in enumerate(instants)
        ]
        if request.param == "one report":
            outcomes = record_activities(reports=reports, now=NOW)
        else:
            outcomes = [record_activities(reports=[item], now=NOW)[0] for item in reports]
        return [outcome.status for outcome in outcomes]

    return record_at


def test_an_action_without_limits_always_earns(record):
    make_action("WAVE")

    assert record(MONDAY, MONDAY, MONDAY) == [POSTED] * 3


def test_once_per_member_is_once_for_ever(record, member):
    make_action("WAVE", once_per_member=True)

    assert record(MONDAY, MONDAY + timedelta(days=4_000)) == [POSTED, CAPPED]
    assert record(MONDAY - timedelta(days=4_000)) == [CAPPED]
    assert account_of(member).balance == 10


def test_once_per_member_is_once_for_each_member_and_action(record, make_member):
    make_action("WAVE", once_per_member=True)
    make_action("NOD", once_per_member=True)

    assert record(MONDAY) == [POSTED]
    assert record(MONDAY, who=make_member("noa")) == [POSTED]
    assert record(MONDAY, code="NOD") == [POSTED]


def test_a_capped_activity_is_logged_and_says_why(member):
    make_action("WAVE", times_per_day_max=1)

    _, outcome = record_activities(reports=[report("e1", member), report("e2", member)], now=NOW)

    assert outcome.reason == "WAVE earns at most 1 times a day."
    assert (outcome.points, outcome.balance, outcome.posting) == (0, 10, None)
    activity = Activity.objects.get(event_id="e2")
    assert (activity.status, activity.points, activity.reason) == ("capped", 0, outcome.reason)


def test_a_daily_cap_ends_with_the_day(record):
    make_action("WAVE", times_per_day_max=2)
    midnight = datetime(2026, 3, 10, tzinfo=UTC)
    last, first = midnight - timedelta(microseconds=1), midnight

    assert record(last, last, last, first) == [POSTED, POSTED, CAPPED, POSTED]


def test_a_daily_cap_goes_by_the_day_it_happened_and_not_by_the_report(record):
    make_action("WAVE", times_per_day_max=1)

    assert record(MONDAY, MONDAY - timedelta(days=1), MONDAY - timedelta(days=2)) == [POSTED] * 3


def test_a_daily_cap_goes_by_the_day_where_the_member_was(record, settings):
    settings.LOYALTY_TIME_ZONE = "Asia/Kuala_Lumpur"
    make_action("WAVE", times_per_day_max=1)

    # Four in the afternoon in Greenwich is midnight in Kuala Lumpur.
    before = datetime(2026, 3, 10, 15, 59, tzinfo=UTC)
    after = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)

    assert record(before, after) == [POSTED, POSTED]
    assert record(after + timedelta(hours=23)) == [CAPPED]


def test_a_weekly_cap_runs_from_monday_to_sunday(record):
    make_action("WAVE", times_per_week_max=2)
    sunday = datetime(2026, 3, 15, 23, 59, tzinfo=UTC)
    next_monday = datetime(2026, 3, 16, tzinfo=UTC)

    assert record(MONDAY, sunday, sunday, next_monday) == [POSTED, POSTED, CAPPED, POSTED]


def test_a_week_may_lie_in_two_years(record):
    make_action("WAVE", times_per_week_max=1)

    new_years_eve = datetime(2026, 12, 31, 12, tzinfo=UTC)
    assert record(new_years_eve, new_years_eve + timedelta(days=1)) == [POSTED, CAPPED]
    assert record(new_years_eve + timedelta(days=4)) == [POSTED]


def test_only_what_earned_counts_towards_a_cap(record):
    make_action("WAVE", times_per_day_max=1, times_per_week_max=2)
    tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)

    assert record(MONDAY, MONDAY, MONDAY) == [POSTED, CAPPED, CAPPED]
    assert record(tuesday, wednesday) == [POSTED, CAPPED]


def test_a_cap_of_zero_never_earns(record):
    make_action("WAVE", times_per_day_max=0)

    assert record(MONDAY) == [CAPPED]


def test_the_pause_ends_after_exactly_its_seconds(record):
    make_action("WAVE", cooldown_seconds=60)

    instants = [MONDAY, MONDAY + timedelta(seconds=59, microseconds=999_999)]
    assert record(*instants, MONDAY + timedelta(seconds=60)) == [POSTED, COOLDOWN, POSTED]


def test_the_pause_holds_for_what_happened_before_and_is_reported_late(record):
    make_action("WAVE", cooldown_seconds=60)

    assert record(MONDAY) == [POSTED]
    assert record(MONDAY - timedelta(seconds=59)) == [COOLDOWN]
    assert record(MONDAY - timedelta(seconds=60)) == [POSTED]


def test_only_what_earned_starts_a_pause(record):
    make_action("WAVE", cooldown_seconds=60)

    seconds = [0, 40, 80]
    instants = [MONDAY + timedelta(seconds=n) for n in seconds]
    assert record(*instants) == [POSTED, COOLDOWN, POSTED]


def test_an_activity_in_the_pause_says_how_long_it_is(member):
    make_action("WAVE", cooldown_seconds=60)

    _, outcome = record_activities(reports=[report("e1", member), report("e2", member)], now=NOW)

    assert outcome.reason == "WAVE earns again after 60 seconds."
    assert (outcome.points, outcome.balance, outcome.posting) == (0, 10, None)
    assert Activity.objects.get(event_id="e2").status == "cooldown"


def test_a_penalty_may_have_a_cap(record, member):
    make_action("GIFT", 100)
    make_action("SPAM", -10, times_per_day_max=1)

    assert record(MONDAY, code="GIFT") == [POSTED]
    assert record(MONDAY, MONDAY, code="SPAM") == [POSTED, CAPPED]
    assert account_of(member).balance == 90
