"""The whole way with real processes: a commit here, a broker, a worker, and the score is there."""

import time

import pytest
from django.utils import timezone

from gamification.models import Backlog, MetricScore
from gamification.tasks import project_scores
from loyalty_site import receivers
from loyalty_site.nudging import Nudger
from loyalty_site.realtime.tests.test_live import WORKER, _running
from points.services.activities import ActivityReport, record_activities

pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def worker(monkeypatch, tmp_path):
    """A worker on the test database, and a projector's nudger of our own."""
    fresh = Nudger("projector", project_scores, pause_seconds=0.1)
    monkeypatch.setattr(receivers, "projector", fresh)
    log = tmp_path / "worker.log"
    with _running(WORKER, log):
        yield log


def seconds_until_counted(n):
    report = ActivityReport(
        event_id=f"live-{n}", user_id="mia", action="ATTEND_EVENT", occurred_at=timezone.now()
    )
    started = time.monotonic()
    record_activities(reports=[report], now=timezone.now())
    # A worker that has just been started takes some seconds on a busy machine.
    while time.monotonic() < started + 60:
        scores = MetricScore.objects.filter(metric__code="events_attended", period_kind=0)
        if scores.filter(value=n).exists():
            return time.monotonic() - started
        time.sleep(0.01)
    return None


def test_what_happens_is_in_the_scores_within_a_second(programme, make_member, worker):
    make_member("mia")
    found = [seconds_until_counted(n) for n in range(1, 7)]

    assert None not in found, worker.read_text()
    # The others may have met whatever else the machine was doing.
    assert min(found) < 1, found
    assert not Backlog.objects.exists()
