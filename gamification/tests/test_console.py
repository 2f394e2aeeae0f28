"""Metrics and badges on the console: staff add and edit them without code."""

import pytest
from django.test import Client

from gamification.models import Badge, Metric
from points.models import PointAction

BADGES = "/admin/gamification/badge"
METRICS = "/admin/gamification/metric"


@pytest.fixture
def console(programme, make_staff):
    client = Client()
    client.force_login(make_staff("ann"))
    return client


def badge_form(**fields):
    form = {
        "type": "GENEROUS",
        "name": "Generous",
        "category": "Community",
        "description": "You give.",
        "criteria": "Make 3 donations",
        "is_active": "on",
        "metric": Metric.objects.get(code="events_attended").pk,
        "threshold": 3,
        "points": 25,
        "image_url": "",
    }
    return form | fields


def metric_form(*sources, **fields):
    form = {
        "code": "donations",
        "name": "Donations",
        "kind": "count",
        "log": "activities",
        "distinct_field": "",
        "sum_field": "",
        "streak_unit": "",
        "sources-TOTAL_FORMS": len(sources),
        "sources-INITIAL_FORMS": 0,
    }
    for n, (action, metadata_filter) in enumerate(sources):
        form[f"sources-{n}-action"] = PointAction.objects.get(code=action).pk
        form[f"sources-{n}-metadata_filter"] = metadata_filter
    return form | fields


@pytest.mark.parametrize("path", [BADGES, METRICS])
@pytest.mark.parametrize("query", [{}, {"q": "event"}])
def test_a_list_opens_and_searches(console, path, query):
    response = console.get(f"{path}/", query)

    assert response.status_code == 200
    assert "vent" in response.content.decode()


def test_staff_add_a_badge(console):
    assert console.get(f"{BADGES}/add/").status_code == 200

    response = console.post(f"{BADGES}/add/", badge_form(image_url="example.com/a.png"))

    assert response.status_code == 302
    badge = Badge.objects.get(type="GENEROUS")
    assert (badge.threshold, badge.image_url) == (3, "https://example.com/a.png")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "FIRST_FACE"),
        ("type", "first face"),
        ("threshold", 0),
        ("points", -1),
        ("points", 1_000_000_001),
        ("image_url", "http://example.com/a.png"),
        ("image_url", "javascript:alert(1)"),
    ],
)
def test_a_badge_that_cannot_be_is_explained_not_saved(console, field, value):
    response = console.post(f"{BADGES}/add/", badge_form(**{field: value}))

    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors
    assert not Badge.objects.filter(type="GENEROUS").exists()


def test_a_badge_is_made_inactive_not_deleted(console):
    badge = Badge.objects.get(type="FIRST_FACE")

    assert console.post(f"{BADGES}/{badge.pk}/delete/", {"post": "yes"}).status_code == 403


def test_staff_add_a_metric_with_its_sources(console):
    assert console.get(f"{METRICS}/add/").status_code == 200

    response = console.post(
        f"{METRICS}/add/",
        metric_form(("DONATE", '{"cause": "water"}'), ("VOLUNTEER", "{}")),
    )

    assert response.status_code == 302
    sources = Metric.objects.get(code="donations").sources
    assert list(sources.order_by("id").values_list("action__code", "metadata_filter")) == [
        ("DONATE", {"cause": "water"}),
        ("VOLUNTEER", {}),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"code": "Donations made"},
        {"kind": "streak"},
        {"kind": "gauge"},
        {"kind": "distinct"},
        {"distinct_field": "a b"},
        {"log": "badges", "kind": "sum"},
    ],
)
def test_a_metric_that_means_nothing_is_explained_not_saved(console, fields):
    response = console.post(f"{METRICS}/add/", metric_form(**fields))

    assert response.status_code == 200
    assert response.context["adminform"].form.errors
    assert not Metric.objects.filter(name="Donations").exists()


@pytest.mark.parametrize("metadata_filter", ["[]", '"sports"', "{"])
def test_a_filter_that_is_no_object_is_explained_not_saved(console, metadata_filter):
    response = console.post(f"{METRICS}/add/", metric_form(("DONATE", metadata_filter)))

    assert response.status_code == 200
    assert not Metric.objects.filter(code="donations").exists()


def test_a_metric_that_a_badge_rests_on_stays(console):
    metric = Metric.objects.get(code="events_attended")

    console.post(f"{METRICS}/{metric.pk}/delete/", {"post": "yes"})

    assert Metric.objects.filter(pk=metric.pk).exists()
