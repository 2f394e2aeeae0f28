"""Whether the site and what it stands on answer, each asked with a short patience."""

from collections.abc import Callable
from time import monotonic, time
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils.module_loading import import_string

from loyalty_site.celery import HEARTBEAT_AGE_SECONDS_MAX, HEARTBEAT_KEY, SCHEDULE_KEY

DATABASE_PATIENCE_SECONDS = 2
REDIS_PATIENCE_SECONDS = 0.5
OUTBOX_AGE_SECONDS_MAX = 60

Facts = dict[str, Any]


def version() -> str:
    """Return the version of the platform, from the one place that names it."""
    return str(settings.SPECTACULAR_SETTINGS["VERSION"])


def database_address() -> dict[str, Any]:
    """Return where the database is and how to sign in to it."""
    parameters = connection.get_connection_params()
    names = ("host", "port", "dbname", "user", "password", "sslmode", "service")
    return {name: parameters[name] for name in names if parameters.get(name)}


def ask_database(query: str) -> Any:
    """Return the one value of a query, None for no row. A connection of its own: a pool would
    wait for its turn.
    """
    with psycopg.connect(
        **database_address(),
        connect_timeout=DATABASE_PATIENCE_SECONDS,
        options=f"-c statement_timeout={DATABASE_PATIENCE_SECONDS}s",
    ) as asked:
        row = asked.execute(query).fetchone()
    return row[0] if row else None


def check_database() -> Facts:
    """Raise unless PostgreSQL answers."""
    ask_database("SELECT 1")
    return {}


def check_redis() -> Facts:
    """Raise unless Redis answers."""
    with redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=REDIS_PATIENCE_SECONDS,
        socket_connect_timeout=REDIS_PATIENCE_SECONDS,
    ) as asked:
        asked.ping()
    return {}


def check_worker() -> Facts:
    """Raise unless a Celery worker has shown itself within the last minute."""
    return {"ageSeconds": age_of(HEARTBEAT_KEY)}


def check_schedule() -> Facts:
    """Raise unless a scheduled job has run within the last minute."""
    return {"ageSeconds": age_of(SCHEDULE_KEY)}


def age_of(key: str) -> float:
    """Return how many seconds ago a sign of life was left. Raises LookupError without one."""
    seen = cache.get(key)
    age = max(0.0, time() - seen) if seen is not None else HEARTBEAT_AGE_SECONDS_MAX + 1
    if age > HEARTBEAT_AGE_SECONDS_MAX:
        raise LookupError
    return round(age, 1)


def check_outbox() -> Facts:
    """Say how long the oldest event waits; one that waits for more than a minute is stuck."""
    age = ask_database(import_string(settings.LOYALTY_OUTBOX_AGE_QUERY)) or 0.0
    status = {"status": "down"} if age > OUTBOX_AGE_SECONDS_MAX else {}
    return {"ageSeconds": round(max(0.0, age), 1), **status}


# Each part with the one it stands on: what stands on nothing need not be asked.
CHECKS: dict[str, tuple[Callable[[], Facts], str]] = {
    "database": (check_database, ""),
    "redis": (check_redis, ""),
    "worker": (check_worker, "redis"),
    "schedule": (check_schedule, "redis"),
    "outbox": (check_outbox, "database"),
}


def run_checks() -> dict[str, Facts]:
    """Return for each part whether it is up and how many milliseconds its answer took."""
    found: dict[str, Facts] = {}
    for name, (check, base) in CHECKS.items():
        stands = not base or found[base]["status"] == "up"
        found[name] = run_check(check) if stands else {"status": "down"}
    return found


def run_check(check: Callable[[], Facts]) -> Facts:
    """Ask one part. Why it is down belongs in the logs of that part, not in a public answer."""
    started = monotonic()
    try:
        facts = check()
    except (psycopg.Error, redis.RedisError, LookupError, OSError):
        return {"status": "down"}
    milliseconds = round((monotonic() - started) * 1000, 1)
    return {"status": "up", "milliseconds": milliseconds} | facts
