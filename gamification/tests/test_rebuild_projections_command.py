"""`rebuild_projections`: the same result again, for everybody, one metric or one member."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from gamification.models import MetricRebuild, MetricScore, SeenValue, StreakDay
from gamification.services import rebuilding
from points.tests.audits import run_sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(record):
    list(rebuilding.rebuild_pending())
    for name in ("mia", "noa", "oto"):
        record(name, "2026-03-02T12:00:00Z", "2026-03-09T12:00:00Z", locationId="park")


def snapshot():
    return [
        sorted(model.objects.values_list(), key=str)
        for model in (MetricScore, SeenValue, StreakDay)
    ]


def run(*arguments, **options):
    out = StringIO()
    call_command("rebuild_projections", *arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_everything_comes_out_as_it_was(there, monkeypatch):
    monkeypatch.setattr(rebuilding, "ACCOUNTS_PER_CHUNK", 2)
    before = snapshot()
    run_sql("UPDATE gamification_metricscore SET value = value + 5")
    run_sql("DELETE FROM gamification_streakday")
    run_sql("INSERT INTO gamification_metricscore VALUES (1, 99999, 1, now(), '2026-01-01', 1)")
    run_sql(
        "INSERT INTO gamification_metricscore "
        "SELECT 99999999, min(metric_id), 1, now(), '2026-01-01', 1 FROM gamification_metricscore"
    )

    said = run()

    assert snapshot() == before
    assert not MetricRebuild.objects.exists()
    assert said == "17 metrics of all members folded again from 15 rows.\n"


def test_one_metric_leaves_the_others_alone(there):
    run_sql("UPDATE gamification_metricscore SET value = 77")
    said = run("--metric", "events_attended", "--metric", "event_locations")

    rows = MetricScore.objects.filter(period_kind=0).values_list("metric__code", "value")
    assert set(rows) == {
        ("events_attended", 2),
        ("event_locations", 1),
        ("event_weeks_in_a_row", 77),
        ("badges_earned", 77),
        ("points_earned", 77),
    }
    assert said == "2 metrics of all members folded again from 6 rows.\n"


def test_one_member_leaves_the_others_alone(there):
    run_sql("UPDATE gamification_metricscore SET value = 77")
    said = run("--member", "noa", "--metric", "events_attended")

    rows = MetricScore.objects.filter(period_kind=0, metric__code="events_attended")
    assert set(rows.values_list("member__public_id", "value")) == {
        ("mia", 77),
        ("noa", 2),
        ("oto", 77),
    }
    assert said == "1 metric of member noa folded again from 2 rows.\n"


def test_a_rebuild_that_was_stopped_goes_on_where_it_was(there, monkeypatch):
    monkeypatch.setattr(rebuilding, "ACCOUNTS_PER_CHUNK", 1)
    before = snapshot()
    run_sql("UPDATE gamification_metricscore SET value = 77")
    metric_ids = list(MetricScore.objects.values_list("metric_id", flat=True).distinct())
    steps = rebuilding.rebuild_metrics(metric_ids=metric_ids)
    next(steps)
    steps.close()
    assert MetricScore.objects.filter(value=77).exists()

    assert sum(step.account_count for step in rebuilding.rebuild_pending()) == 2
    assert snapshot() == before


def test_an_unknown_metric_is_refused_with_the_known_ones(there):
    with pytest.raises(CommandError, match=r"No metric has the code nonsense\. There are: any_con"):
        run("--metric", "nonsense")


def test_an_unknown_member_is_refused(there):
    with pytest.raises(CommandError, match="No member has the userId nobody"):
        run("--member", "nobody")


def test_without_members_there_is_nothing_to_fold(programme):
    assert run() == "17 metrics of all members folded again from 0 rows.\n"
