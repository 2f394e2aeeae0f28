"""A commit wakes the relay, and nobody ever waits for the broker."""

import os
import threading
import time

import pytest
from django.core.cache import cache
from django.db import transaction

from loyalty_site import nudging
from loyalty_site.realtime import nudge
from loyalty_site.realtime.models import OutboxEvent
from loyalty_site.realtime.tasks import relay_outbox
from loyalty_site.testing.storms import run_together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def broker(monkeypatch):
    """A broker of our own making, and a nudger that speaks to it."""
    broker = Broker()
    monkeypatch.setattr(relay_outbox, "apply_async", broker)
    monkeypatch.setattr(nudging, "PAUSE_AFTER_FAILURE_SECONDS", 0.05)
    nudger = nudging.Nudger("test-relay", relay_outbox)
    monkeypatch.setattr(nudge, "_nudger", nudger)
    cache.delete(nudger._key)
    yield broker
    broker.obstacle = None
    broker.may_answer.set()


class Broker:
    def __init__(self):
        self.nudges = 0
        self.nudged = threading.Condition()
        self.obstacle = None
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self, **options):
        self.may_answer.wait(10)
        if self.obstacle:
            raise self.obstacle
        with self.nudged:
            self.nudges += 1
            self.nudged.notify_all()

    def wait_for_nudge(self):
        with self.nudged:
            return self.nudged.wait_for(lambda: self.nudges, timeout=5)


def test_a_commit_wakes_the_relay(member, tell, broker):
    tell(member, "a")
    assert broker.wait_for_nudge()


def test_a_rollback_wakes_nobody(member, tell, broker):
    with transaction.atomic():
        tell(member, "a")
        transaction.set_rollback(True)
    time.sleep(0.2)
    assert broker.nudges == 0


def test_many_commits_share_nudges(member, tell, broker):
    for _ in range(50):
        tell(member, "a")
    assert broker.wait_for_nudge()
    assert broker.nudges < 50


def test_a_broker_that_hangs_holds_up_nobody(member, tell, broker):
    broker.may_answer.clear()
    started = time.monotonic()
    for _ in range(3):
        tell(member, "a")
    assert time.monotonic() - started < 1
    assert OutboxEvent.objects.count() == 3
    broker.may_answer.set()
    assert broker.wait_for_nudge()


def test_a_broker_that_is_away_fails_nobody_and_is_tried_again(member, tell, broker, caplog):
    broker.obstacle = ConnectionError("no broker")
    tell(member, "a")
    deadline = time.monotonic() + 5
    while "was not woken" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "no broker" in caplog.text
    broker.obstacle = None
    # The attempt that failed had promised a relay to others, for a second.
    cache.delete(nudge._nudger._key)
    tell(member, "b")
    assert broker.wait_for_nudge()


def test_nobody_sends_for_a_relay_while_one_is_on_its_way(member, tell, broker):
    tell(member, "a")
    assert broker.wait_for_nudge()
    tell(member, "b")
    time.sleep(0.2)
    assert broker.nudges == 1


def test_a_relay_that_has_begun_has_to_be_sent_for_again(member, tell, broker):
    tell(member, "a")
    assert broker.wait_for_nudge()
    relay_outbox.apply()
    broker.nudges = 0
    tell(member, "b")
    assert broker.wait_for_nudge()


@pytest.mark.storm
def test_a_forked_process_nudges_by_itself(member, tell, broker):
    tell(member, "a")
    assert broker.wait_for_nudge()

    def commit(_):
        nudge._nudger._key = f"relay-on-its-way-to-{os.getpid()}"
        broker.nudges = 0
        tell(member, "b")
        return bool(broker.wait_for_nudge())

    assert run_together(2, commit) == [True, True]
