"""Queries of sockets, which must not hold up the loop that serves them all."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections


async def query(function: Callable[..., Any], **arguments: Any) -> Any:
    """Call a function that queries in a thread of its own, and return what it returns."""

    def run() -> Any:
        close_old_connections()
        try:
            return function(**arguments)
        finally:
            close_old_connections()

    return await sync_to_async(run, thread_sensitive=False)()
