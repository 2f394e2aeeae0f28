"""A request takes a connection that works, and hardly ever has to ask whether one does."""

from contextlib import closing, contextmanager
from copy import deepcopy

import pytest
from django.db import connection as own_connection
from psycopg_pool import ConnectionPool

from loyalty_site.postgres import base
from loyalty_site.postgres.base import DatabaseWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture
def take():
    """Return a function that takes a pool's connection for as long as a request takes."""
    settings = deepcopy(own_connection.settings_dict)
    settings["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 1, "timeout": 10}
    pooled = DatabaseWrapper(settings)

    @contextmanager
    def request():
        pooled.inc_thread_sharing()
        with closing(pooled), pooled.cursor() as cursor:
            yield cursor

    yield request
    pooled.close_pool()


@pytest.fixture
def asked(monkeypatch):
    """Return the connections that were asked whether they work."""
    seen = []
    ask = ConnectionPool.check_connection

    def note(connection):
        seen.append(connection)
        ask(connection)

    monkeypatch.setattr(ConnectionPool, "check_connection", staticmethod(note))
    return seen


def read_process_id(take):
    with take() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_a_connection_in_use_is_not_asked_each_time(take, asked):
    first = read_process_id(take)

    assert [read_process_id(take) for _ in range(5)] == [first] * 5
    assert len(asked) == 1


def test_one_that_rested_is_asked(take, asked, monkeypatch):
    monkeypatch.setattr(base, "REST_SECONDS", 0.0)

    assert read_process_id(take) == read_process_id(take)
    assert len(asked) == 2


@pytest.mark.parametrize("rest_seconds", [0.0, 60.0])
def test_one_that_the_server_ended_is_replaced_before_anybody_notices(
    take, monkeypatch, rest_seconds
):
    monkeypatch.setattr(base, "REST_SECONDS", rest_seconds)
    first = read_process_id(take)
    with own_connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])

    assert read_process_id(take) != first
