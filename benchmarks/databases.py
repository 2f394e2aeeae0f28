"""Databases beside the first one, on the same server: empty, and gone afterwards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.db import OperationalError, connection


@contextmanager
def new_database(name: str, *, template: str = "template1") -> Iterator[str]:
    """Make a database, empty or a copy of another one, yield its address, and drop it at the end.

    Nobody may be connected to the one that is copied.
    """
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    drop_database(name)
    run_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    try:
        yield address
    finally:
        drop_database(name)


def drop_database(name: str) -> None:
    """Drop a database, if there is one, whoever is still connected to it."""
    try:
        # This ends PostgreSQL's own vacuum of it, which force is not allowed to.
        run_sql(f"DROP DATABASE IF EXISTS {name}")
    except OperationalError:
        run_sql(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def work_in_new_database(name: str, *, template: str = "template1") -> Iterator[None]:
    """Do the same, and let this process and those it starts work on it meanwhile."""
    with new_database(name, template=template) as address, work_in(address, name):
        yield


@contextmanager
def work_in(address: str, name: str) -> Iterator[None]:
    """Let this process and those it starts work on another database meanwhile."""
    before = os.environ["DATABASE_URL"], str(connection.settings_dict["NAME"])
    switch_to(address, name)
    try:
        yield
    finally:
        switch_to(*before)


def switch_to(address: str, name: str) -> None:
    """Leave the present database for another one."""
    connection.close()
    os.environ["DATABASE_URL"], connection.settings_dict["NAME"] = address, name


def run_sql(statement: str) -> None:
    """Run a statement that no transaction may hold."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
