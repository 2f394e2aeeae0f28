"""Instants come from the database as they were stored, however PostgreSQL prints them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DataError, connection
from django.utils import timezone
from psycopg.pq import Format

from loyalty_site.postgres.timestamps import InstantLoader

pytestmark = pytest.mark.django_db


def ask(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchone()[0]


@pytest.mark.parametrize("microseconds", [0, 1, 10, 120_000, 999_999])
@pytest.mark.parametrize("year", [1, 1890, 1970, 2026, 9999])
def test_an_instant_comes_back_as_it_went(year, microseconds):
    instant = datetime(year, 3, 29, 1, 30, 59, microseconds, tzinfo=UTC)
    found = ask("SELECT %s::timestamptz", instant)
    assert (found, found.utcoffset()) == (instant, timedelta(0))


def test_it_is_in_the_connections_time_zone():
    assert ask("SELECT now()").tzinfo is connection.timezone
    assert abs(ask("SELECT clock_timestamp()") - timezone.now()) < timedelta(minutes=1)


@pytest.mark.parametrize("text", ["infinity", "-infinity", "0044-03-15 BC", "12026-01-01"])
def test_what_python_has_no_instant_for_is_refused(text):
    with pytest.raises(DataError):
        ask("SELECT %s::timestamptz", text)


def test_lists_of_instants_are_read_as_well():
    instants = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2)]
    assert ask("SELECT %s::timestamptz[]", instants) == instants


def test_this_is_how_connections_read_them():
    oid = connection.connection.adapters.types["timestamptz"].oid
    assert issubclass(connection.connection.adapters.get_loader(oid, Format.TEXT), InstantLoader)
