"""Importing attended events: real ones against a recomputation from the file's text alone, in any
order, twice and from two sides, and every way a line can be wrong.
"""

import csv
import gzip
import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from gamification.models import Badge, BadgeAward, Metric, MetricScore, MetricSource
from gamification.services.projecting import project_backlog
from gamification.services.rebuilding import rebuild_metrics, rebuild_pending
from loyalty_site.accounts.models import User
from loyalty_site.imports import import_activities
from loyalty_site.testing.storms import run_together, winners
from points.models import Activity, PointAccount, PointAction

REAL_FILE = Path(__file__).parents[1] / "demo" / "activities.csv"
HEADER = "event_id,member,occurred_at,location_id,event_type\n"
KINDS = ("all", "year", "month", "week")
SPIRITUAL = {"spiritual", "ilm"}

Figures = dict[tuple[str, str, str, date], int]


@pytest.fixture
def metrics(programme: None) -> None:
    """The programme's metrics, and one of days in a row. What badges bring is counted elsewhere."""
    Badge.objects.update(is_active=False)
    metric = Metric.objects.create(
        code="event_days", name="Days", kind="streak", log="activities", streak_unit="day"
    )
    MetricSource.objects.create(metric=metric, action=PointAction.objects.get(code="ATTEND_EVENT"))
    list(rebuild_pending())


@pytest.fixture
def events(tmp_path: Path) -> Any:
    """Return a function that writes lines under the header and gives the file's path."""

    def write(*lines: str, name: str = "events.csv") -> Path:
        path = tmp_path / name
        path.write_text(HEADER + "".join(line + "\n" for line in lines), encoding="utf-8")
        return path

    return write


def run_import(path: Path, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("import_activities", str(path), stdout=out, stderr=err, **options)
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}\nCommandError: {error}"
    return out.getvalue(), err.getvalue()


def read_text(path: Path) -> str:
    packed = path.read_bytes()
    return (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode()


def recompute(path: Path) -> Figures:
    """Return every figure of every member and period, from the file's text alone."""
    counts: dict[Any, int] = defaultdict(int)
    places: dict[Any, set[str]] = defaultdict(set)
    days: dict[Any, set[date]] = defaultdict(set)
    weeks: dict[Any, set[date]] = defaultdict(set)
    for line in csv.DictReader(read_text(path).splitlines()):
        member, written = line["member"], datetime.fromisoformat(line["occurred_at"])
        for kind, start in periods_of(written.astimezone(UTC).date()):
            counts["events_attended", member, kind, start] += 1
            counts["points_earned", member, kind, start] += 10
            if line["event_type"] == "sports":
                counts["sports_events", member, kind, start] += 1
            if line["event_type"] in SPIRITUAL:
                counts["spiritual_events", member, kind, start] += 1
            places["event_locations", member, kind, start].add(line["location_id"])
        local = written.date()
        for kind, start in periods_of(local):
            days["event_days", member, kind, start].add(local)
        monday = local - timedelta(days=local.weekday())
        for kind, start in periods_of(monday + timedelta(days=3)):
            weeks["event_weeks_in_a_row", member, kind, start].add(monday)
    return (
        dict(counts)
        | {key: len(found) for key, found in places.items()}
        | {key: longest_run(found, 1) for key, found in days.items()}
        | {key: longest_run(found, 7) for key, found in weeks.items()}
    )


def periods_of(day: date) -> list[tuple[str, date]]:
    return [
        ("all", date.min),
        ("year", date(day.year, 1, 1)),
        ("month", date(day.year, day.month, 1)),
        ("week", day - timedelta(days=day.weekday())),
    ]


def longest_run(days: set[date], step: int) -> int:
    best = length = 0
    for day in sorted(days):
        length = length + 1 if day - timedelta(days=step) in days else 1
        best = max(best, length)
    return best


def read_figures() -> Figures:
    rows = MetricScore.objects.values_list(
        "metric__code", "member__public_id", "period_kind", "period_start", "value"
    )
    return {(code, member, KINDS[kind], at): value for code, member, kind, at, value in rows}


@pytest.mark.django_db
@pytest.mark.usefixtures("metrics")
def test_real_events_give_every_member_what_the_file_says() -> None:
    expected = recompute(REAL_FILE)
    list(import_activities(REAL_FILE, now=timezone.now()))
    assert sum(project_backlog()) == 2 * Activity.objects.count() == 3_680

    assert read_figures() == expected

    [*_, again] = import_activities(REAL_FILE, now=timezone.now())
    assert again.imported == 0
    assert list(project_backlog()) == []
    assert read_figures() == expected
    list(rebuild_metrics(metric_ids=list(Metric.objects.values_list("pk", flat=True))))
    assert read_figures() == expected


@pytest.mark.django_db
@pytest.mark.usefixtures("metrics")
def test_the_order_of_the_lines_does_not_matter(events: Any) -> None:
    header, *lines = read_text(REAL_FILE).splitlines()
    random.Random(7).shuffle(lines)
    path = events(*lines)
    for _ in import_activities(path, now=timezone.now()):
        list(project_backlog(rows_per_log=700))
    assert f"{header}\n" == HEADER
    assert read_figures() == recompute(REAL_FILE)


def recompute_badges(path: Path) -> dict[tuple[str, str], datetime]:
    """Return when each member earned which badge, from the file's text alone."""
    events: dict[str, list[tuple[datetime, str, str]]] = defaultdict(list)
    for line in csv.DictReader(read_text(path).splitlines()):
        at = datetime.fromisoformat(line["occurred_at"])
        events[line["member"]].append((at, line["event_type"], line["location_id"]))
    earned: dict[tuple[str, str], datetime] = {}
    for member, mine in events.items():
        mine.sort()
        weeks: dict[date, datetime] = {}
        places: dict[str, datetime] = {}
        for at, _, place in mine:
            weeks.setdefault(at.date() - timedelta(days=at.weekday()), at)
            places.setdefault(place, at)
        runs = [[weeks.get(week + timedelta(days=7 * n)) for n in range(4)] for week in weeks]
        met: dict[str, list[datetime]] = {
            "FIRST_FACE": [at for at, _, _ in mine][:1],
            "SUKAN_SQUAD_MVP": [at for at, kind, _ in mine if kind == "sports"][4:5],
            "SOUL_NOURISHER": [at for at, kind, _ in mine if kind in SPIRITUAL][4:5],
            "LOCAL_GUIDE": sorted(places.values())[4:5],
            "STREAK_CHAMP": sorted(max(filter(None, run)) for run in runs if all(run))[:1],
        }
        met["ALL_ROUNDER"] = sorted(at for ats in met.values() for at in ats)[4:5]
        earned |= {(member, badge): at for badge, ats in met.items() for at in ats}
    return earned


@pytest.mark.django_db
@pytest.mark.usefixtures("programme")
@pytest.mark.parametrize("seed", [7, 8])
def test_badges_were_earned_when_the_file_says_whatever_its_order(seed: int, events: Any) -> None:
    _, *lines = read_text(REAL_FILE).splitlines()
    random.Random(seed).shuffle(lines)
    for _ in import_activities(events(*lines), now=timezone.now()):
        list(project_backlog(rows_per_log=200))

    earned = recompute_badges(REAL_FILE)
    awards = BadgeAward.objects.values_list("member__public_id", "badge__type", "earned_at")
    assert {(member, badge): at for member, badge, at in awards} == earned
    figures: dict[Any, int] = defaultdict(int)
    for (member, _), at in earned.items():
        for kind, start in periods_of(at.astimezone(UTC).date()):
            figures["badges_earned", member, kind, start] += 1
            figures["points_earned", member, kind, start] += 25
    days = {key: value for key, value in recompute(REAL_FILE).items() if key[0] != "event_days"}
    for key, value in days.items():
        figures[key] += value
    assert read_figures() == figures


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("metrics")
def test_two_imports_and_two_projectors_at_once_count_each_event_once(events: Any) -> None:
    lines = read_text(REAL_FILE).splitlines()[1:]
    # The halves overlap: a third of the events come from both sides.
    third = len(lines) // 3
    paths = [events(*lines[: 2 * third], name="a.csv"), events(*lines[third:], name="b.csv")]

    def work(i: int) -> int:
        if i < 2:
            return sum(1 for _ in import_activities(paths[i], now=timezone.now()))
        idle = rows = 0
        while idle < 20:
            done = sum(project_backlog(rows_per_log=150))
            idle = 0 if done else idle + 1
            rows += done
        return rows

    results = run_together(4, work)
    assert len(winners(results)) == 4, results
    rows = sum(winners(results)[2:]) + sum(project_backlog())
    assert rows == 2 * len(lines)
    assert read_figures() == recompute(REAL_FILE)


@pytest.mark.django_db
@pytest.mark.usefixtures("metrics")
def test_the_command_says_what_it_imported_and_may_be_repeated(events: Any) -> None:
    path = events("e1,ann,2020-01-31T23:30:00-05:00,hall,sports", "e2,ann,2020-02-01T12:00:00Z,,")
    assert "2 of 2 events can be imported." in run_import(path, dry_run=True)[0]
    assert not User.objects.filter(public_id="ann").exists()
    out, _ = run_import(path)
    assert "2 events imported for 20 points, 0 were there already." in out
    assert "0 events imported for 0 points, 2 were there already." in run_import(path)[0]
    first, second = Activity.objects.order_by("event_id")
    assert first.local_date == date(2020, 1, 31)
    assert first.metadata == {"locationId": "hall", "eventType": "sports"}
    assert second.metadata == {}
    assert PointAccount.objects.get(member__public_id="ann").balance == 20


@pytest.mark.django_db
@pytest.mark.usefixtures("programme")
def test_the_local_day_is_the_one_that_was_written_down(events: Any, settings: Any) -> None:
    settings.LOYALTY_TIME_ZONE = "Asia/Tokyo"
    run_import(events("e1,ann,2020-01-31T23:30:00+00:00,hall,sports"))
    assert Activity.objects.get().local_date == date(2020, 1, 31)


@pytest.mark.django_db
@pytest.mark.usefixtures("programme")
def test_a_packed_file_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "events.csv.gz"
    path.write_bytes(gzip.compress((HEADER + "e1,ann,2020-01-31T23:30:00Z,a,b\n").encode()))
    assert "1 events imported" in run_import(path)[0]
    path.write_bytes(path.read_bytes()[:-12])
    assert "cannot be read" in run_import(path)[1]


@pytest.mark.django_db
@pytest.mark.usefixtures("programme")
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("e2,bob,2020-01-31T12:00:00Z,a", "expected 5 cells, found 4"),
        (",bob,2020-01-31T12:00:00Z,a,b", "event_id"),
        ("site:e2,bob,2020-01-31T12:00:00Z,a,b", "event_id"),
        ("e1,bob,2020-01-31T12:00:00Z,a,b", "this id stands on line 2 already"),
        ("e2,,2020-01-31T12:00:00Z,a,b", "member"),
        (
            "e2,bob,2020-01-31T12:00:00,a,b",
            "occurred_at: 2020-01-31T12:00:00 needs an offset from UTC",
        ),
        ("e2,bob,31.1.2020,a,b", "occurred_at: '31.1.2020' is not an instant"),
        ("e2,bob,1969-12-31T23:59:59Z,a,b", "occurred_at: 1969-12-31T23:59:59Z does not lie"),
        ("e2,bob,2999-01-01T00:00:00Z,a,b", "occurred_at: 2999-01-01T00:00:00Z does not lie"),
        (f"e2,bob,2020-01-31T12:00:00Z,{'a' * 101},b", "location_id"),
    ],
)
def test_a_bad_line_is_named_and_left_out(events: Any, line: str, said: str) -> None:
    path = events("e1,ann,2020-01-31T12:00:00Z,a,b", line, "e3,cid,2020-01-31T12:00:00Z,a,b")
    out, err = run_import(path)
    assert f"line 3: {said}" in err
    assert "CommandError: 1 lines were left out." in err
    assert "2 events imported" in out
    assert not User.objects.filter(public_id="bob").exists()
