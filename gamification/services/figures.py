"""The figures of the platform, kept for a minute: they read whole tables, and staff look often."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from ..selectors.figures import read_platform_figures

KEPT_SECONDS = 60


def get_platform_figures(*, now: datetime) -> dict[str, Any]:
    """Return PlatformFigures as a dict, with `as_of`, the instant they were read at.

    They are up to a minute old; without Redis they are read each time.
    """
    key = f"gamification:figures:{connection.settings_dict['NAME']}"
    figures: dict[str, Any] | None = _ask_redis(lambda: cache.get(key))
    if figures is None:
        figures = {**asdict(read_platform_figures()), "as_of": now}
        _ask_redis(lambda: cache.set(key, figures, KEPT_SECONDS))
    return figures


def _ask_redis(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except (RedisError, OSError):
        return None
