"""What counts for which score, and in which period."""

from datetime import UTC, datetime

import pytest

from gamification.models import GaugeReading, Metric, MetricScore, MetricSource
from gamification.selectors import map_scores
from gamification.services.gauges import report_gauges
from gamification.services.projecting import project_backlog
from gamification.services.rebuilding import rebuild_pending
from loyalty_site.accounts.models import User
from points.models import PointAccount, PointAction
from points.services.postings import Cause, Source, penalise_member, spend_points

pytestmark = pytest.mark.django_db


def account_of(user_id):
    return PointAccount.objects.get(member__public_id=user_id).pk


def cause(now, name):
    return Cause(source=Source(type="test", id=name, rule="r"), occurred_at=now)


def test_a_row_counts_in_its_four_periods(record, score):
    record("mia", "2026-03-31T12:00:00Z")

    rows = MetricScore.objects.filter(metric__code="events_attended")
    assert sorted(rows.values_list("period_kind", "period_start", "value")) == [
        (0, datetime(1, 1, 1, tzinfo=UTC).date(), 1),
        (1, datetime(2026, 1, 1, tzinfo=UTC).date(), 1),
        (2, datetime(2026, 3, 1, tzinfo=UTC).date(), 1),
        (3, datetime(2026, 3, 30, tzinfo=UTC).date(), 1),
    ]


def test_boards_go_by_the_programmes_midnight_whatever_the_members_clock(record, score, settings):
    settings.LOYALTY_TIME_ZONE = "Asia/Singapore"
    # Two instants around Singapore's new year, told by clocks of other places.
    record("mia", "2025-12-31T15:59:59Z", "2025-12-31T11:00:00-05:00")

    assert score("events_attended", "mia", "year", "2025-01-01") == 1
    assert score("events_attended", "mia", "year", "2026-01-01") == 1


def test_a_tie_goes_to_who_did_it_first_however_late_it_is_told(record):
    record("mia", "2026-03-02T12:00:00Z", "2026-03-04T12:00:00Z")
    record("noa", "2026-03-03T12:00:00Z", "2026-03-01T12:00:00Z")

    board = MetricScore.objects.filter(metric__code="events_attended", period_kind=0)
    assert [
        (row.member.public_id, row.reached_at.day) for row in board.order_by("-value", "reached_at")
    ] == [("noa", 3), ("mia", 4)]


def test_points_boards_count_what_was_earned_and_no_penalty_or_spend(record, score, now):
    record("mia", "2026-03-02T12:00:00Z", "2026-03-03T12:00:00Z")
    penalise_member(account_id=account_of("mia"), amount=5, cause=cause(now, "a"), now=now)
    spend_points(account_id=account_of("mia"), amount=10, cause=cause(now, "b"), now=now)
    record("mia", "2026-03-04T12:00:00Z", action="SPAM_DETECTED")

    # The first event earned a badge of 25 points as well.
    assert score("points_earned", "mia") == 45
    assert score("points_earned", "mia", "month", "2026-03-01") == 45


def test_what_a_cap_let_earn_nothing_counts_as_done(record, score):
    PointAction.objects.filter(code="ATTEND_EVENT").update(times_per_day_max=1)
    record("mia", "2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z")

    assert score("events_attended", "mia") == 2
    assert score("points_earned", "mia") == 10 + 25


def test_a_row_that_fits_two_sources_counts_once(record, score, make_metric):
    metric = make_metric("sporty", "ATTEND_EVENT")
    MetricSource.objects.create(
        metric=metric,
        action=PointAction.objects.get(code="ATTEND_EVENT"),
        metadata_filter={"eventType": "sports"},
    )
    record("mia", "2026-03-02T12:00:00Z", eventType="sports")

    assert score("sporty", "mia") == 1


def test_a_sum_keeps_the_decimals_of_its_metric(record, score, make_metric):
    make_metric("spent", "PURCHASE", kind="sum", sum_field="amount", decimals=2)
    record("mia", "2026-03-02T12:00:00Z", action="PURCHASE", amount=29.33)
    record("mia", "2026-03-02T12:00:00Z", action="PURCHASE", amount=0.345)

    assert score("spent", "mia") == 2968
    member_id = User.objects.get(public_id="mia").pk
    assert map_scores(member_id=member_id, codes=["spent", "events_hosted"]) == {
        "spent": 29.68,
        "events_hosted": 0,
    }


@pytest.mark.parametrize("amount", ["12", True, None, [1], 1e30, -1e30])
def test_what_is_no_number_to_add_adds_nothing_and_stops_nobody(record, score, make_metric, amount):
    make_metric("weight", "ATTEND_EVENT", kind="sum", sum_field="weight")
    record("mia", "2026-03-02T12:00:00Z", weight=amount)
    record("mia", "2026-03-02T12:00:00Z", weight=7)

    assert score("weight", "mia") == 7


def test_different_values_are_counted_once_in_each_period(record, score):
    for day, place in (("02", "park"), ("03", "hall"), ("09", "park"), ("10", ""), ("11", None)):
        record("mia", f"2026-03-{day}T12:00:00Z", locationId=place)

    assert score("event_locations", "mia") == 2
    assert score("event_locations", "mia", "week", "2026-03-02") == 2
    assert score("event_locations", "mia", "week", "2026-03-09") == 1


def test_a_value_met_earlier_than_known_moves_the_instant_back(record):
    record("mia", "2026-03-05T12:00:00Z", locationId="park")
    record("mia", "2026-03-02T12:00:00Z", locationId="park")

    row = MetricScore.objects.get(metric__code="event_locations", period_kind=0)
    assert (row.value, row.reached_at.day) == (1, 2)


def test_an_inactive_metric_loses_its_scores_and_gets_them_back(record, score):
    record("mia", "2026-03-02T12:00:00Z")
    metric = Metric.objects.get(code="events_attended")
    metric.is_active = False
    metric.save()
    list(rebuild_pending())
    assert score("events_attended", "mia") is None
    record("mia", "2026-03-03T12:00:00Z")
    assert score("events_attended", "mia") is None

    metric.is_active = True
    metric.save()
    list(rebuild_pending())

    assert score("events_attended", "mia") == 2


def test_a_metric_added_later_counts_what_was_before(record, score, make_metric):
    record("mia", "2026-03-02T12:00:00Z", "2026-03-03T12:00:00Z")
    make_metric("late", "ATTEND_EVENT")

    assert score("late", "mia") == 2


def test_a_source_that_changes_changes_the_past(record, score):
    record("mia", "2026-03-02T12:00:00Z", eventType="sports")
    source = MetricSource.objects.get(metric__code="sports_events")
    source.metadata_filter = {"eventType": "chess"}
    source.save()
    list(rebuild_pending())
    assert score("sports_events", "mia") is None

    source.delete()
    list(rebuild_pending())
    assert score("sports_events", "mia") == 1, "a metric without sources reads everything"


def test_trust_is_what_was_last_reported_and_a_period_its_change(make_member, programme, score):
    mia = make_member("mia")
    for month, trust in ((1, 80), (1, 85.5), (2, 85.5), (3, 70.25)):
        now = datetime(2026, month, 10, tzinfo=UTC)
        report_gauges(member=mia, numbers={"trust_score": trust}, now=now)
        list(project_backlog())

    assert GaugeReading.objects.count() == 3
    assert score("trust_score", "mia") == 7025
    assert score("trust_score", "mia", "year", "2026-01-01") == 7025
    assert score("trust_score", "mia", "month", "2026-01-01") == 8550
    assert score("trust_score", "mia", "month", "2026-02-01") is None
    assert score("trust_score", "mia", "month", "2026-03-01") == -1525
