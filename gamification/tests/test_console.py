"""Metrics and badges on the console: staff add and edit them without code."""

import pytest
from django.test import Client

from gamification.models import Badge, Metric, MetricRebuild
from gamification.services.rebuilding import rebuild_pending
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
        "decimals": 0,
        "is_active": "on",
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


def test_a_metric_shows_who_leads_and_how_far_its_rebuild_has_come(console, record):
    metric = Metric.objects.get(code="events_attended")
    page = console.get(f"{METRICS}/{metric.pk}/change/").content.decode()
    assert "Waits to be folded again" in page
    assert "Nobody yet" in page

    list(rebuild_pending())
    record("mia", "2026-03-02T12:00:00Z", "2026-03-03T12:00:00Z")
    page = console.get(f"{METRICS}/{metric.pk}/change/").content.decode()
    assert "Up to date" in page
    assert "Mia (mia): 2" in page

    MetricRebuild.objects.create(metric=metric, after_account=1)
    assert "Folded again for 0 of" in console.get(f"{METRICS}/").content.decode()


def test_staff_declare_an_outage_and_streaks_follow(console, record, score):
    list(rebuild_pending())
    record("mia", "2026-03-02T12:00:00Z", "2026-03-16T12:00:00Z")

    form = {"day": "2026-03-11", "reason": "The hall was closed."}
    assert console.post("/admin/gamification/outageday/add/", form).status_code == 302
    list(rebuild_pending())
    assert score("event_weeks_in_a_row", "mia") == 2

    assert console.get("/admin/gamification/outageday/").status_code == 200
    console.post("/admin/gamification/outageday/2026-03-11/delete/", {"post": "yes"})
    list(rebuild_pending())
    assert score("event_weeks_in_a_row", "mia") == 1
