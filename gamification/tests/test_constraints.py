"""The database refuses metrics that mean nothing and badges nobody could earn."""

import pytest
from django.db import IntegrityError, transaction

from gamification.models import Badge, GaugeReading, Metric, MetricScore, MetricSource
from points.models import PointAction


def make_metric(**fields):
    row = {"code": "m", "name": "M", "kind": "count", "log": "activities"}
    return Metric.objects.create(**row | fields)


@pytest.fixture
def metric(db):
    return make_metric()


def make_badge(metric, **fields):
    row = {"type": "B", "name": "B", "metric": metric, "threshold": 1}
    return Badge.objects.create(**row | fields)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"kind": "median"}, "gamification_metric_kind_known"),
        ({"log": ""}, "gamification_metric_log_unless_gauge"),
        ({"log": "dreams"}, "gamification_metric_log_unless_gauge"),
        ({"kind": "gauge"}, "gamification_metric_log_unless_gauge"),
        ({"kind": "sum", "log": "badges"}, "gamification_metric_badges_are_counted"),
        ({"kind": "distinct"}, "gamification_metric_distinct_field_fits"),
        ({"distinct_field": "place"}, "gamification_metric_distinct_field_fits"),
        ({"sum_field": "amount"}, "gamification_metric_sum_field_fits"),
        ({"kind": "streak"}, "gamification_metric_streak_unit_fits"),
        ({"kind": "streak", "streak_unit": "year"}, "gamification_metric_streak_unit_fits"),
        ({"streak_unit": "day"}, "gamification_metric_streak_unit_fits"),
        ({"decimals": 1}, "gamification_metric_decimals_fit"),
        ({"kind": "sum", "decimals": 5}, "gamification_metric_decimals_fit"),
    ],
)
def test_a_metric_that_means_nothing_is_refused(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        make_metric(**fields)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"kind": "sum", "log": "earnings"},
        {"kind": "sum", "sum_field": "amount"},
        {"kind": "distinct", "distinct_field": "place"},
        {"kind": "streak", "streak_unit": "day"},
        {"kind": "gauge", "log": ""},
        {"log": "badges"},
    ],
)
def test_every_kind_of_metric_can_be_made(fields):
    assert make_metric(**fields).pk


def test_a_metrics_code_is_its_own(metric):
    with pytest.raises(IntegrityError, match="code"):
        make_metric()


@pytest.mark.parametrize("metadata_filter", [[], "sports", 3, [{"eventType": "sports"}]])
def test_a_filter_is_an_object(programme, metric, metadata_filter):
    action = PointAction.objects.get(code="DONATE")

    with pytest.raises(IntegrityError, match="gamification_source_filter_is_object"):
        MetricSource.objects.create(metric=metric, action=action, metadata_filter=metadata_filter)


def test_a_metric_reads_a_source_once(programme, metric):
    action = PointAction.objects.get(code="DONATE")
    MetricSource.objects.create(metric=metric, action=action, metadata_filter={"a": 1})
    MetricSource.objects.create(metric=metric, action=action, metadata_filter={"a": 2})

    with pytest.raises(IntegrityError, match="gamification_source_unique"):
        MetricSource.objects.create(metric=metric, action=action, metadata_filter={"a": 1})


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"type": "first face"}, "gamification_badge_type_is_code"),
        ({"type": "7"}, "gamification_badge_type_is_code"),
        ({"points": -1}, "gamification_badge_points_bounded"),
        ({"points": 1_000_000_001}, "gamification_badge_points_bounded"),
        ({"threshold": 0}, "gamification_badge_threshold_positive"),
        ({"image_url": "http://example.com/a.png"}, "gamification_badge_image_over_https"),
        ({"image_url": "javascript:alert(1)"}, "gamification_badge_image_over_https"),
    ],
)
def test_a_badge_nobody_should_see_is_refused(metric, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        make_badge(metric, **fields)


def test_a_badge_is_worth_25_points_unless_said_otherwise(metric):
    badge = make_badge(metric, image_url="https://example.com/a.png")
    badge.refresh_from_db()

    assert badge.points == 25


def test_a_badges_type_is_its_own(metric):
    make_badge(metric)

    with pytest.raises(IntegrityError, match="type"):
        make_badge(metric)


@pytest.mark.django_db
def test_a_score_of_no_known_period_is_refused(metric, member, now):
    with pytest.raises(IntegrityError, match="gamification_score_period_known"):
        MetricScore.objects.create(
            metric=metric,
            member=member,
            period_kind=4,
            period_start=now.date(),
            value=1,
            reached_at=now,
        )


@pytest.mark.django_db
def test_a_reading_is_neither_changed_nor_deleted(metric, member, now):
    reading = GaugeReading.objects.create(metric=metric, member=member, value=1, reported_at=now)
    for change in (lambda: GaugeReading.objects.update(value=2), reading.delete):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
