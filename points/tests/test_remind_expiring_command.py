"""`manage.py remind_expiring`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from points.models import ExpiryReminder
from points.services.reminders import remind_of_expiring_points
from points.tests.books import earn


@pytest.fixture
def losers(make_member, now):
    """Two members who lose points within a week, and one who does not."""
    people = [make_member(name) for name in ("mia", "noa", "leo")]
    for person, points, days in zip(people, (1_000, 234, 5), (3, 6, 90), strict=True):
        earn(person, points, days=days, now=now)
    return people


def run(*arguments):
    out, err = StringIO(), StringIO()
    call_command("remind_expiring", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_says_what_it_sent(losers):
    out, err = run()

    assert out == "Reminders sent: 2, about 1,234 points.\n"
    assert "Reminders" in err
    assert ExpiryReminder.objects.count() == 2


def test_running_it_again_does_nothing_more(losers):
    run()

    assert run()[0] == "Reminders sent: 0, about 0 points.\n"
    assert ExpiryReminder.objects.count() == 2


def test_a_dry_run_says_what_would_be_sent_and_changes_nothing(losers):
    assert run("--dry-run")[0] == "Reminders would be sent: 2, about 1,234 points.\n"
    assert not ExpiryReminder.objects.exists()


@pytest.mark.parametrize("dry", [True, False])
def test_the_summary_comes_as_json_when_asked(losers, dry):
    out, _ = run("--json", *(["--dry-run"] if dry else []))

    assert json.loads(out) == {"dryRun": dry, "reminders": 2, "points": 1_234}


def test_small_batches_come_to_the_same(losers):
    assert run("--batch-size", "1")[0] == "Reminders sent: 2, about 1,234 points.\n"


def test_it_is_silent_when_told_to_be(losers):
    assert run("--verbosity", "0")[1] == ""


@pytest.mark.parametrize("size", ["0", "-1"])
def test_a_batch_of_nobody_is_refused(losers, size):
    with pytest.raises(CommandError, match="at least 1"):
        run("--batch-size", size)


def test_who_was_told_by_the_worker_is_not_told_by_the_command(losers, now):
    list(remind_of_expiring_points(now=now))

    assert run()[0] == "Reminders sent: 0, about 0 points.\n"
