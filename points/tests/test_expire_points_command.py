"""`manage.py expire_points`."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from points.models import PointTransaction
from points.tests.books import account_of, earn

# What the books earn at their NOW and lives for one day lapses at this instant.
END = "2026-03-12T00:00:00Z"


@pytest.fixture
def due(member, make_member):
    """Two members with points that are due, and one of them with points that are not."""
    noa = make_member("noa")
    earn(member, 1_000, days=1)
    earn(member, 5, days=0)
    earn(noa, 234, days=1)
    return {"mia": member, "noa": noa}


def run(*arguments):
    out, err = StringIO(), StringIO()
    call_command("expire_points", *arguments, stdout=out, stderr=err)
    return out.getvalue()


def balances(due):
    return {name: account_of(person).balance for name, person in due.items()}


def test_it_says_what_lapsed(due):
    said = run("--before", END)

    assert said == ("1,234 points of 2 members lapsed (due before 2026-03-12T00:00:00Z).\n")
    assert balances(due) == {"mia": 5, "noa": 0}


def test_without_before_it_judges_by_the_clock(due):
    said = run()

    assert said.startswith("1,234 points of 2 members lapsed (due before ")
    assert balances(due) == {"mia": 5, "noa": 0}


def test_what_is_not_due_before_the_instant_stays(due):
    said = run("--before", "2026-03-11T23:59:59Z")

    assert said.startswith("0 points of 0 members lapsed")
    assert balances(due) == {"mia": 1_005, "noa": 234}


def test_the_instants_offset_counts(due):
    assert run("--before", "2026-03-12T02:00:00+02:00").startswith("1,234 points")


def test_running_it_again_does_nothing_more(due):
    run()

    assert run().startswith("0 points of 0 members lapsed")


def test_a_dry_run_says_what_would_lapse_and_changes_nothing(due):
    entries = PointTransaction.objects.count()

    said = run("--dry-run", "--before", END)

    assert said == ("1,234 points of 2 members would lapse (due before 2026-03-12T00:00:00Z).\n")
    assert balances(due) == {"mia": 1_005, "noa": 234}
    assert PointTransaction.objects.count() == entries


def test_only_one_member_when_asked(due):
    said = run("--member", "noa")

    assert said.startswith("234 points of 1 member lapsed")
    assert balances(due) == {"mia": 1_005, "noa": 0}


def test_a_dry_run_counts_only_that_member_too(due):
    assert run("--member", "noa", "--dry-run").startswith("234 points of 1 member would lapse")


@pytest.mark.parametrize("dry", [True, False])
def test_the_summary_comes_as_json_when_asked(due, dry):
    said = run("--json", "--before", END, *(["--dry-run"] if dry else []))

    assert json.loads(said) == {
        "dryRun": dry,
        "before": "2026-03-12T00:00:00Z",
        "members": 2,
        "points": 1_234,
    }


def test_small_batches_come_to_the_same(due):
    assert run("--batch-size", "1").startswith("1,234 points of 2 members lapsed")


def test_the_future_is_refused(due):
    tomorrow = timezone.now() + timedelta(days=1)

    with pytest.raises(CommandError, match="future"):
        run("--before", tomorrow.isoformat())

    assert balances(due) == {"mia": 1_005, "noa": 234}


@pytest.mark.parametrize(
    "instant", ["yesterday", "2026-03-12", "2026-03-12T00:00:00", "2026-02-30T00:00:00Z", ""]
)
def test_an_instant_that_cannot_be_read_is_refused(due, instant):
    with pytest.raises(CommandError, match="with an offset"):
        run("--before", instant)

    assert balances(due) == {"mia": 1_005, "noa": 234}


@pytest.mark.parametrize("size", ["0", "-1"])
def test_a_batch_of_nobody_is_refused(due, size):
    with pytest.raises(CommandError, match="at least 1"):
        run("--batch-size", size)


def test_an_unknown_member_is_refused(due):
    with pytest.raises(CommandError, match="'nobody'"):
        run("--member", "nobody")

    assert balances(due) == {"mia": 1_005, "noa": 234}


def test_a_member_counts_once_however_much_lapses_in_transactions(member):
    for _ in range(3):
        earn(member, 1_000_000_000, days=1)

    assert run().startswith("3,000,000,000 points of 1 member lapsed")


def test_progress_goes_to_the_error_stream_and_not_into_the_summary(due):
    out, err = StringIO(), StringIO()

    call_command("expire_points", "--json", stdout=out, stderr=err)

    assert json.loads(out.getvalue())["points"] == 1_234
    assert "Members" in err.getvalue()
