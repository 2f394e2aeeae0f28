from time import monotonic, time

import pytest
from celery.signals import heartbeat_sent
from django.core.cache import cache

from loyalty_site.api import health
from loyalty_site.celery import HEARTBEAT_KEY


def test_health_tells_who_answers_without_asking_the_database(client):
    body = client.get("/health").json()
    facts = {"environment": "test", "version": health.version()}
    assert body["data"] == {"status": "ok", **facts}
    assert {"environment": body["environment"], "version": body["version"]} == facts
    assert body["success"] is True


def test_a_bad_token_does_not_spoil_health(client):
    assert client.get("/health", headers={"Authorization": "Bearer x"}).status_code == 200


@pytest.mark.django_db
def test_the_deeper_health_names_each_part(client):
    heartbeat_sent.send(sender=None)
    data = client.get("/api/health").json()["data"]
    assert data["status"] == "ok"
    assert {name: part["status"] for name, part in data["checks"].items()} == {
        "database": "up",
        "redis": "up",
        "worker": "up",
    }


@pytest.mark.django_db
def test_a_worker_that_was_not_seen_for_a_while_degrades_the_site(client):
    cache.set(HEARTBEAT_KEY, time() - 3600, 60)
    response = client.get("/api/health")
    assert response.status_code == 200
    assert response.json()["data"]["status"] == "degraded"
    assert response.json()["data"]["checks"]["worker"] == {"status": "down"}


@pytest.mark.django_db
def test_redis_away_degrades_the_site(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    data = client.get("/api/health").json()["data"]
    assert data["status"] == "degraded"
    assert data["checks"]["redis"] == {"status": "down"}


@pytest.mark.django_db
def test_without_the_database_the_answer_is_503_and_says_nothing_of_why(
    client, refusal, monkeypatch
):
    monkeypatch.setattr(health, "database_address", lambda: {"host": "127.0.0.1", "port": 9})
    response = client.get("/api/health")
    body = refusal(response, 503, "service_unavailable")
    assert body["details"]["checks"]["database"] == {"status": "down"}
    assert "127.0.0.1" not in response.content.decode()
    assert int(response["Retry-After"]) >= 1


@pytest.mark.django_db
def test_a_database_that_hangs_is_given_up_after_three_seconds(client, monkeypatch, silent_server):
    monkeypatch.setattr(health, "database_address", lambda: silent_server)
    started = monotonic()
    assert client.get("/api/health").status_code == 503
    assert monotonic() - started < 4
