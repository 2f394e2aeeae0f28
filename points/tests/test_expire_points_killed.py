"""`manage.py expire_points` as a process of its own: killed on the way, and two at once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from points.models import PointLot, PointTransaction
from points.tests.books import account_of, earn

END = "2026-03-12T00:00:00Z"
PEOPLE = 40
SECONDS_MAX = 240


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start the command on the test's database."""
    place = connection.settings_dict
    who = quote(place["USER"]) + (f":{quote(place['PASSWORD'])}" if place["PASSWORD"] else "")
    host, port = quote(place["HOST"], safe=""), place["PORT"] or 5432
    return subprocess.Popen(
        [sys.executable, "manage.py", "expire_points", "--before", END, "--json", *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": f"postgres://{who}@{host}:{port}/{place['NAME']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == 0, err
    summary: dict[str, Any] = json.loads(out)
    return summary


@pytest.fixture
def people(make_member):
    """Members of whom each has ten points that are due."""
    found = [make_member() for _ in range(PEOPLE)]
    for person in found:
        earn(person, 10, days=1)
    return found


def count_lapsed() -> int:
    return PointTransaction.objects.filter(type="expire").count()


def wait_until(is_so, what: str) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not is_so():
        assert time.monotonic() < deadline, f"{what} took too long"
        time.sleep(0.002)


@contextmanager
def holding(member) -> Iterator[None]:
    """Hold a member's account from another connection, so that no sweep can end."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM points_pointaccount WHERE member_id = %s FOR NO KEY UPDATE",
                [member.pk],
            )
        yield
    finally:
        other.rollback()
        other.close()


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_is_killed_loses_nothing_and_the_next_one_does_the_rest(people):
    with holding(people[-1]):
        process = start("--batch-size", "1")
        wait_until(lambda: count_lapsed() >= 5, "the sweep's first steps")
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=SECONDS_MAX)
    killed_after = count_lapsed()

    assert process.returncode == -signal.SIGKILL
    assert 5 <= killed_after < PEOPLE
    assert PointLot.objects.filter(remaining=0).count() == killed_after
    assert finish(start()) == {
        "dryRun": False,
        "before": "2026-03-12T00:00:00Z",
        "members": PEOPLE - killed_after,
        "points": 10 * (PEOPLE - killed_after),
    }
    assert count_lapsed() == PEOPLE
    assert [account_of(person).balance for person in people] == [0] * PEOPLE


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_tell_together_what_lapsed(people):
    summaries = [finish(process) for process in [start("--batch-size", "1") for _ in range(2)]]

    assert sum(summary["points"] for summary in summaries) == 10 * PEOPLE
    assert sum(summary["members"] for summary in summaries) == PEOPLE
    assert count_lapsed() == PEOPLE


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_is_interrupted_says_how_far_it_came(people):
    with holding(people[-1]):
        process = start()
        wait_until(lambda: count_lapsed() == PEOPLE - 1, "the sweep")
        # It has counted the batch that was seen to be committed, and waits for the last account.
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=SECONDS_MAX)

    assert process.returncode == 130
    assert json.loads(out)["points"] == 10 * (PEOPLE - 1)
    assert "Stopped" in err
    assert "Traceback" not in err
