from datetime import timedelta
from time import monotonic, time
from uuid import uuid4

import pytest
from celery.signals import heartbeat_sent
from django.core.cache import cache

from loyalty_site.api import health
from loyalty_site.api.tasks import show_schedule
from loyalty_site.celery import HEARTBEAT_KEY, SCHEDULE_KEY
from loyalty_site.realtime.models import OutboxEvent


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
    show_schedule()
    data = client.get("/api/health").json()["data"]
    assert data["status"] == "ok"
    assert {name: part["status"] for name, part in data["checks"].items()} == {
        "database": "up",
        "redis": "up",
        "worker": "up",
        "schedule": "up",
        "outbox": "up",
    }
    assert data["checks"]["worker"]["ageSeconds"] < 5
    assert data["checks"]["outbox"]["ageSeconds"] == 0


@pytest.mark.django_db
def test_a_worker_that_was_not_seen_for_a_while_degrades_the_site(client):
    cache.set(HEARTBEAT_KEY, time() - 3600, 60)
    response = client.get("/api/health")
    assert response.status_code == 200
    assert response.json()["data"]["status"] == "degraded"
    assert response.json()["data"]["checks"]["worker"] == {"status": "down"}


@pytest.mark.django_db
def test_a_schedule_that_stands_still_degrades_the_site(client):
    heartbeat_sent.send(sender=None)
    cache.delete(SCHEDULE_KEY)
    data = client.get("/api/health").json()["data"]
    assert data["status"] == "degraded"
    assert data["checks"]["schedule"] == {"status": "down"}
    assert data["checks"]["worker"]["status"] == "up"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("waits", "status"), [(5, "up"), (300, "down")])
def test_events_that_wait_for_minutes_degrade_the_site(client, make_member, now, waits, status):
    member = make_member("mia", points=5)
    OutboxEvent.objects.update(published_at=now)
    OutboxEvent.objects.create(
        member=member, room="user-mia", seq=99, event="x", data={}, event_id=uuid4(),
        created_at=now - timedelta(seconds=waits),
    )  # fmt: skip
    part = client.get("/api/health").json()["data"]["checks"]["outbox"]
    assert part["status"] == status
    assert waits <= part["ageSeconds"] < waits + 30


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
