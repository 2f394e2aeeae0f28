"""Whether the site and what it stands on answer, each asked with a short patience."""

from collections.abc import Callable
from time import monotonic, time
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from loyalty_site.celery import HEARTBEAT_AGE_SECONDS_MAX, HEARTBEAT_KEY

DATABASE_PATIENCE_SECONDS = 2
REDIS_PATIENCE_SECONDS = 0.5


def version() -> str:
    """Return the version of the platform, from the one place that names it."""
    return str(settings.SPECTACULAR_SETTINGS["VERSION"])


def database_address() -> dict[str, Any]:
    """Return where the database is and how to sign in to it."""
    parameters = connection.get_connection_params()
    names = ("host", "port", "dbname", "user", "password", "sslmode", "service")
    return {name: parameters[name] for name in names if parameters.get(name)}


def check_database() -> None:
    """Raise unless PostgreSQL answers. A connection of its own: a pool would wait for its turn."""
    with psycopg.connect(
        **database_address(),
        connect_timeout=DATABASE_PATIENCE_SECONDS,
        options=f"-c statement_timeout={DATABASE_PATIENCE_SECONDS}s",
    ) as asked:
        asked.execute("select 1")


def check_redis() -> None:
    """Raise unless Redis answers."""
    with redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=REDIS_PATIENCE_SECONDS,
        socket_connect_timeout=REDIS_PATIENCE_SECONDS,
    ) as asked:
        asked.ping()


def check_worker() -> None:
    """Raise unless a Celery worker has shown itself within the last minute."""
    seen = cache.get(HEARTBEAT_KEY)
    if seen is None or time() - seen > HEARTBEAT_AGE_SECONDS_MAX:
        raise LookupError


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "redis": check_redis,
    "worker": check_worker,
}


def run_checks() -> dict[str, dict[str, Any]]:
    """Return for each part whether it is up and how many milliseconds its answer took."""
    return {name: run_check(check) for name, check in CHECKS.items()}


def run_check(check: Callable[[], None]) -> dict[str, Any]:
    """Ask one part. Why it is down belongs in the logs of that part, not in a public answer."""
    started = monotonic()
    try:
        check()
    except (psycopg.Error, redis.RedisError, LookupError, OSError):
        return {"status": "down"}
    return {"status": "up", "milliseconds": round((monotonic() - started) * 1000, 1)}
