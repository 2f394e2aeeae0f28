"""Random histories, reported and projected in any order, score as plain Python says."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gamification.models import Metric, MetricSource, OutageDay
from gamification.services.projecting import project_backlog
from gamification.services.rebuilding import rebuild_metrics, rebuild_pending
from points.models import PointAction
from points.services.activities import ActivityReport, record_activities

from .plain import compute_scores, read_scores

MEMBERS = ("mia", "noa", "oto")
ACTIONS = ("ATTEND_EVENT", "ILM_EVENT", "SPAM_DETECTED", "PURCHASE")
OFFSETS = (0, 60, -600, 840, 345)
START = datetime(2024, 12, 20, tzinfo=UTC)

happenings = st.lists(
    st.tuples(
        st.sampled_from(MEMBERS),
        st.sampled_from(ACTIONS),
        # Minutes after the start: some months around a new year.
        st.integers(0, 60 * 24 * 50) | st.integers(0, 60 * 24 * 10),
        st.sampled_from(OFFSETS),
        st.sampled_from(("park", "hall", "", 5, 5.5, None, True)),
        st.sampled_from((0, 1, 2.345, 19.99, -3, 1e30, "7")),
    ),
    max_size=40,
)


def install_metrics() -> None:
    """Add a metric of every kind, log, unit and sort of source."""
    action = {action.code: action for action in PointAction.objects.all()}
    rows: list[tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]] = [
        ({"code": "everything", "kind": "count", "log": "activities"}, []),
        (
            {"code": "at_the_park", "kind": "count", "log": "activities"},
            [("ATTEND_EVENT", {"place": "park"}), ("ATTEND_EVENT", {}), ("ILM_EVENT", {"n": 1})],
        ),
        (
            {"code": "volume", "kind": "sum", "log": "activities", "sum_field": "n", "decimals": 2},
            [("ILM_EVENT", {}), ("ATTEND_EVENT", {})],
        ),
        ({"code": "all_earned", "kind": "sum", "log": "earnings"}, []),
        ({"code": "points_of_all", "kind": "sum", "log": "activities", "decimals": 1}, []),
        (
            {"code": "places", "kind": "distinct", "log": "activities", "distinct_field": "place"},
            [],
        ),
        (
            {"code": "days", "kind": "streak", "log": "activities", "streak_unit": "day"},
            [("ATTEND_EVENT", {}), ("ILM_EVENT", {})],
        ),
        ({"code": "weeks", "kind": "streak", "log": "activities", "streak_unit": "week"}, []),
        ({"code": "earning_days", "kind": "streak", "log": "earnings", "streak_unit": "day"}, []),
    ]
    for fields, sources in rows:
        metric = Metric.objects.create(name=fields["code"], **fields)
        for code, wanted in sources:
            MetricSource.objects.create(metric=metric, action=action[code], metadata_filter=wanted)


def report(n: int, happening: tuple[Any, ...]) -> ActivityReport:
    """Return the report of a happening."""
    member, action, minutes, offset, place, number = happening
    at = (START + timedelta(minutes=minutes)).astimezone(timezone(timedelta(minutes=offset)))
    metadata = {"n": number, "amount": 3} | ({} if place is None else {"place": place})
    return ActivityReport(
        event_id=f"e{n}", user_id=member, action=action, occurred_at=at, metadata=metadata
    )


@pytest.fixture
def world(programme: None, make_member: Any, settings: Any) -> None:
    settings.LOYALTY_TIME_ZONE = "America/New_York"
    for name in MEMBERS:
        make_member(name)
    Metric.objects.update(is_active=False)
    install_metrics()
    list(rebuild_pending())


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    happenings=happenings,
    order=st.randoms(use_true_random=False),
    batch=st.integers(1, 7),
    outages=st.sets(st.integers(0, 40), max_size=4),
)
def test_scores_are_what_plain_python_says(
    world: None, django_atomic: Any, happenings: Any, order: Any, batch: int, outages: Any
) -> None:
    with django_atomic():
        reports = [report(n, happening) for n, happening in enumerate(happenings)]
        order.shuffle(reports)
        metric_ids = list(Metric.objects.values_list("pk", flat=True))
        for day in sorted(outages):
            OutageDay.objects.create(day=date(2024, 12, 20) + timedelta(days=day), reason="x")
        for start in range(0, len(reports), batch):
            record_activities(reports=reports[start : start + batch], now=START)
            if order.random() < 0.3:
                list(project_backlog(rows_per_log=order.randint(1, 5)))
            if order.random() < 0.1:
                # With rows in the backlog that must not be counted twice.
                list(rebuild_metrics(metric_ids=metric_ids))
        list(project_backlog(rows_per_log=order.randint(1, 50)))
        expected = compute_scores()
        assert read_scores() == expected

        list(rebuild_pending())
        assert read_scores() == expected
        list(rebuild_metrics(metric_ids=metric_ids))
        assert read_scores() == expected
