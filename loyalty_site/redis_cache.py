"""Django's cache in Redis, with one client for the process.

Django makes a cache for every thread, and under ASGI for every request, each with connections of
its own. The library is made to be shared: its pool hands connections to threads and knows of forks.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.core.cache.backends import redis


class KeptClient(redis.RedisCacheClient):
    """Django's client of the cache, which keeps the library's: making one takes as long as asking.

    Of several servers, the process reads from one of the others and stays with it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept: dict[bool, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """Return the client that reads, or the one that writes."""
        if write not in self._kept:
            self._kept[write] = super().get_client(key, write=write)
        return self._kept[write]


class RedisCache(redis.RedisCache):
    """Django's cache, as settings.CACHES names it."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = share_client


def share_client(servers: Sequence[str], **options: Any) -> KeptClient:
    """Return the process's client of these servers."""
    return _make_client(tuple(servers), tuple(sorted(options.items())))


@lru_cache
def _make_client(servers: tuple[str, ...], options: tuple[tuple[str, Any], ...]) -> KeptClient:
    return KeptClient(servers, **dict(options))
