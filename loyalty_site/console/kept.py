"""Keeping a figure that takes a look at many rows, for some minutes."""

from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

T = TypeVar("T")


def keep(name: str, *, seconds: int, measure: Callable[[], T]) -> T:
    """Return what `measure` found at most so many seconds ago; measure anew without Redis."""
    key = f"console:{name}:{connection.settings_dict['NAME']}:{settings.LOYALTY_TIME_ZONE}"
    try:
        found: T | None = cache.get(key)
    except RedisError:
        return measure()
    if found is not None:
        return found
    measured = measure()
    try:
        cache.set(key, measured, seconds)
    except RedisError:
        return measured
    return measured
