"""When the background work runs: by the programme's clock, whatever the server's."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery.schedules import crontab
from django.conf import settings

from loyalty_site.celery import app

ENTRIES: dict[str, Any] = {
    entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()
}
HOURLY, DAYTIME = "points.expire_due_points", "points.remind_of_expiring_points"


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()

    assert set(ENTRIES) <= set(app.tasks)


def test_the_hours_are_those_of_the_programmes_zone():
    assert str(app.timezone) == settings.LOYALTY_TIME_ZONE
    assert app.conf.enable_utc


def runs(task: str, zone: str, start: datetime, hours: int) -> list[datetime]:
    """Return the instants (in UTC) at which beat would start a task in a programme's zone."""
    script = (
        "import sys; from datetime import datetime, timedelta\n"
        "from loyalty_site.celery import app\n"
        "schedule = next(e['schedule'] for e in app.conf.beat_schedule.values()"
        f" if e['task'] == {task!r})\n"
        f"last = now = datetime.fromisoformat({start.isoformat()!r})\n"
        f"end = now + timedelta(hours={hours})\n"
        "schedule.app, schedule.nowfun = app, lambda: now\n"
        "while now < end:\n"
        "    due, _ = schedule.is_due(last)\n"
        "    if due:\n"
        "        print(now.isoformat()); last = now\n"
        "    now += timedelta(minutes=5)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=settings.BASE_DIR,
        env=os.environ | {"LOYALTY_TIME_ZONE": zone},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [datetime.fromisoformat(line) for line in done.stdout.split()]


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("UTC", datetime(2026, 3, 12, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 3, 11, 18, 30, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 3, 12, 7, tzinfo=UTC)),
        # In Cairo the clocks of this night go from midnight to one.
        ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
    ],
)
def test_points_lapse_ten_minutes_after_the_programmes_midnight(zone, midnight):
    start = midnight - timedelta(minutes=55)

    assert midnight + timedelta(minutes=10) in runs(HOURLY, zone, start, 3)


def test_a_night_without_a_worker_is_made_up_for_within_the_hour():
    assert ENTRIES[HOURLY] == crontab(minute=10)


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("UTC", datetime(2026, 3, 12, 9, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 3, 12, 3, 30, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 3, 12, 16, tzinfo=UTC)),
    ],
)
def test_members_are_reminded_in_the_morning_and_never_at_night(zone, first):
    found = runs(DAYTIME, zone, first - timedelta(hours=10), 24)

    assert found == [first + timedelta(hours=n) for n in range(12)]
