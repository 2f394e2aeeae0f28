"""Databases beside the first one, on the same server: empty, and gone afterwards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.db import connection


@contextmanager
def new_database(name: str) -> Iterator[str]:
    """Make an empty database, yield its address, and drop it at the end."""
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    run_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    run_sql(f"CREATE DATABASE {name}")
    try:
        yield address
    finally:
        run_sql(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def work_in_new_database(name: str) -> Iterator[None]:
    """Do the same, and let this process and those it starts work on it meanwhile."""
    before = os.environ["DATABASE_URL"], connection.settings_dict["NAME"]
    with new_database(name) as address:
        try:
            switch_to(address, name)
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
