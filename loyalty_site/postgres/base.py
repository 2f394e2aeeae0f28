"""Connections that spare round trips and Python which Django spends on every use.

Django's pool sends an empty query before every request, so that none fails because the database
was restarted meanwhile. That was a quarter of a small request's round trips. A server that ends
a session says so, or closes the socket; either can be seen without asking. Only a machine that
vanished says nothing, so a connection that rested for some seconds is asked as before.

Its cursors are those of `cursors`, as long as nobody logs queries, and `timestamps` reads instants.
"""

import select
from time import monotonic
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

from .cursors import IdleCursors, KeepingCursor
from .timestamps import read_instants

REST_SECONDS = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    """The backend's connection, pooled or not."""

    def get_connection_params(self) -> dict[str, Any]:
        """Return what a connection is opened with."""
        params: dict[str, Any] = super().get_connection_params()
        params["context"] = read_instants(params["context"], self.timezone)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection that works; pooled ones that do not are left to the pool."""
        while True:
            connection = super().get_new_connection(conn_params)
            if self.pool is None:
                self.idle_cursors = IdleCursors()
                return connection
            if works(connection):
                # They stay with the connection, whoever takes it next.
                self.idle_cursors = connection.__dict__.setdefault("idle_cursors", IdleCursors())
                return connection
            connection.close()
            self.pool.putconn(connection)

    def cursor(self) -> Any:
        """Return a cursor, opening a connection if necessary."""
        if self.settings_dict["CONN_HEALTH_CHECKS"]:
            self.close_if_health_check_failed()
        # Refuses to work in an event loop.
        self.ensure_connection()
        if self.queries_logged or self.connection.closed:
            return super().cursor()
        self.validate_thread_sharing()
        return KeepingCursor(self)


def works(connection: Any) -> bool:
    """Say whether a pooled connection's session still stands."""
    now = monotonic()
    rested = now - getattr(connection, "taken_at", now - REST_SECONDS)
    connection.taken_at = now
    try:
        if rested < REST_SECONDS and is_silent(connection.fileno()):
            return True
        ConnectionPool.check_connection(connection)
    except psycopg.OperationalError:
        return False
    return True


def is_silent(file_number: int) -> bool:
    """Say whether nothing came over an idle socket: no farewell, no end, no news either."""
    waiting = select.poll()
    waiting.register(file_number, select.POLLIN)
    return not waiting.poll(0)
