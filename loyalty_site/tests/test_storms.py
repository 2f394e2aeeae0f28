"""The storm helper itself: real processes, one instant, honest answers."""

import os
import time

import pytest
from django.db import connection, transaction

from loyalty_site.testing.storms import ProcessDied, losers, run_together, winners
from points.errors import InsufficientPoints

pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]


def test_every_call_runs_in_a_process_and_on_a_connection_of_its_own():
    def who(i):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid(), current_database()")
            backend, database = cursor.fetchone()
        return i, os.getpid(), backend, database

    results = winners(run_together(4, who))

    assert [number for number, *_ in results] == [0, 1, 2, 3]
    assert len({pid for _, pid, *_ in results} | {os.getpid()}) == 5
    assert len({backend for *_, backend, _ in results}) == 4
    assert {database for *_, database in results} == {connection.settings_dict["NAME"]}


def test_the_calls_overlap():
    def span(_):
        start = time.monotonic()
        time.sleep(0.2)
        return start, time.monotonic()

    spans = winners(run_together(4, span))

    assert max(start for start, _ in spans) < min(end for _, end in spans)


def test_a_call_that_raises_is_told_as_its_exception():
    def refuse(i):
        if i == 1:
            raise InsufficientPoints(required=5, available=2)
        return "fine"

    first, second = run_together(2, refuse)

    assert first == "fine"
    assert isinstance(second, InsufficientPoints)
    assert second.details == {"required": 5, "available": 2, "current": 2}


def test_a_process_that_dies_or_hangs_is_told_and_does_not_outlive_the_storm():
    def misbehave(i):
        if i == 0:
            os._exit(3)
        time.sleep(60)

    started = time.monotonic()
    results = run_together(2, misbehave, timeout_seconds=1)

    assert [type(error) for error in losers(results)] == [ProcessDied, ProcessDied]
    assert time.monotonic() - started < 10


def test_a_storm_inside_a_transaction_is_refused():
    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction=True"):
        run_together(2, lambda i: i)
