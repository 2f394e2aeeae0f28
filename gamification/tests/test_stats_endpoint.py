"""`PUT /v2/gamification/members/:userId/stats`: what hosts compute, reported and repeated."""

import pytest

from gamification.models import GaugeReading, Metric
from gamification.selectors import map_gauges
from gamification.services.projecting import project_backlog

PATH = "/v2/gamification/members/mia/stats"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme", "member")]


@pytest.fixture
def host(make_staff, sign_in):
    return sign_in(make_staff("host", "host"))


def test_both_numbers_are_kept_and_answered(host, member, score):
    response = host.put(PATH, {"trustScore": 95.8, "profileCompletion": 80})

    assert response.status_code == 200
    assert response.json()["data"] == {
        "userId": "mia",
        "trustScore": 95.8,
        "profileCompletion": 80,
    }
    list(project_backlog())
    assert (score("trust_score", "mia"), score("profile_completion", "mia")) == (9580, 80)


def test_what_is_left_out_stays(host, member):
    assert host.put(PATH, {"trustScore": 50}).json()["data"]["profileCompletion"] is None
    assert host.put(PATH, {"profileCompletion": 20}).json()["data"]["trustScore"] == 50


def test_the_same_again_changes_nothing(host, member):
    for _ in range(3):
        assert host.put(PATH, {"trustScore": 50, "profileCompletion": 0}).status_code == 200

    assert GaugeReading.objects.count() == 2
    assert map_gauges(member_id=member.pk) == {"trust_score": 50.0, "profile_completion": 0}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, None),
        ([], None),
        ({"trustScore": -0.01}, "trustScore"),
        ({"trustScore": 100.01}, "trustScore"),
        ({"trustScore": "80"}, "trustScore"),
        ({"trustScore": None}, "trustScore"),
        ({"trustScore": True}, "trustScore"),
        ({"profileCompletion": 101}, "profileCompletion"),
        ({"trustscore": 80}, "trustscore"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_kept(host, body, field):
    response = host.put(PATH, body)

    assert response.status_code == 400
    assert response.json()["code"] == "validation_failed"
    assert field in [fault["field"] for fault in response.json()["details"]]
    assert not GaugeReading.objects.exists()


def test_an_unknown_member_is_not_found(host):
    response = host.put("/v2/gamification/members/nobody/stats", {"trustScore": 1})

    assert (response.status_code, response.json()["code"]) == (404, "member_not_found")


def test_only_hosts_report(make_staff, make_member, sign_in):
    for person in (make_member("noa"), make_staff("sue", "support")):
        response = sign_in(person).put("/v2/gamification/members/nobody/stats", {"x": 1})
        assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert sign_in().put(PATH, {"trustScore": 1}).status_code == 401


def test_a_measure_that_is_not_kept_is_a_conflict(host):
    Metric.objects.filter(code="trust_score").update(is_active=False)
    response = host.put(PATH, {"trustScore": 1})

    assert (response.status_code, response.json()["code"]) == (409, "measure_missing")
    assert response.json()["details"] == {"missing": ["trust_score"]}
