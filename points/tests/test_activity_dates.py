"""The calendar day of an activity is the day where the member was."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from points.enums import ActivityStatus
from points.models import Activity
from points.services.activities import record_activities
from points.tests.books import NOW, make_action, report

EVENING = datetime(2026, 3, 10, 20, 30, tzinfo=UTC)
TENTH, ELEVENTH = date(2026, 3, 10), date(2026, 3, 11)


@pytest.fixture(autouse=True)
def wave(db):
    return make_action("WAVE")


def local_date(who, occurred_at, **fields):
    record_activities(reports=[report("e1", who, occurred_at=occurred_at, **fields)], now=NOW)
    return Activity.objects.get().local_date


def test_without_anything_else_it_is_the_day_in_greenwich(member):
    assert local_date(member, EVENING) == TENTH


def test_the_programmes_zone_says_what_day_it_was(member, settings):
    settings.LOYALTY_TIME_ZONE = "Asia/Kuala_Lumpur"

    assert local_date(member, EVENING) == ELEVENTH


def test_the_members_zone_comes_before_the_programmes(make_member, settings):
    settings.LOYALTY_TIME_ZONE = "America/New_York"
    mia = make_member("mia", time_zone="Asia/Kuala_Lumpur")

    assert local_date(mia, EVENING) == ELEVENTH


def test_the_reports_zone_comes_before_the_members(make_member):
    mia = make_member("mia", time_zone="America/New_York")

    assert local_date(mia, EVENING, time_zone="Asia/Kuala_Lumpur") == ELEVENTH


@pytest.mark.parametrize(
    ("offset", "day"),
    [
        (timedelta(hours=8), ELEVENTH),
        (timedelta(hours=-11), TENTH),
        (timedelta(hours=3.5), ELEVENTH),
    ],
)
def test_an_offset_in_the_instant_comes_before_every_zone(make_member, settings, offset, day):
    settings.LOYALTY_TIME_ZONE = "Pacific/Kiritimati"
    mia = make_member("mia", time_zone="Pacific/Kiritimati")

    assert local_date(mia, EVENING.astimezone(timezone(offset))) == day


def test_an_offset_of_zero_is_no_offset(make_member):
    mia = make_member("mia", time_zone="Asia/Kuala_Lumpur")

    assert local_date(mia, EVENING.astimezone(timezone(timedelta()))) == ELEVENTH


def test_a_zone_in_the_instant_itself_does_not_speak_for_the_member(make_member):
    mia = make_member("mia", time_zone="America/New_York")

    assert local_date(mia, EVENING.astimezone(ZoneInfo("Asia/Kuala_Lumpur"))) == TENTH


@pytest.mark.parametrize("nonsense", ["Mars/Olympus", "../../etc/passwd", "a" * 64, "\x7f"])
def test_a_zone_that_does_not_exist_falls_back_to_the_programmes(make_member, settings, nonsense):
    settings.LOYALTY_TIME_ZONE = "Asia/Kuala_Lumpur"
    mia = make_member("mia", time_zone=nonsense)

    assert local_date(mia, EVENING) == ELEVENTH


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kuala_Lumpur"])
@pytest.mark.parametrize(
    "edge", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_the_edges_of_the_calendar_spoil_nothing(member, settings, zone, edge):
    settings.LOYALTY_TIME_ZONE = zone

    outcomes = record_activities(
        reports=[report("e1", member, occurred_at=edge), report("e2", member)], now=NOW
    )

    assert [outcome.status for outcome in outcomes] == [ActivityStatus.POSTED] * 2


def test_the_instant_itself_is_kept_whatever_the_zone(make_member):
    mia = make_member("mia", time_zone="Asia/Kuala_Lumpur")

    local_date(mia, EVENING.astimezone(timezone(timedelta(hours=-9))))

    assert Activity.objects.get().occurred_at == EVENING
