"""What the tests of live events share."""

import json
from collections.abc import Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.db import connection, transaction

from loyalty_site.accounts.services import issue_tokens
from loyalty_site.realtime import nudge
from loyalty_site.realtime.outbox import NewEvent, write_events
from loyalty_site.realtime.publishing import publish_events
from loyalty_site.realtime.relay import relay_events
from loyalty_site.realtime.routing import websocket_urlpatterns

application = URLRouter(websocket_urlpatterns)


@pytest.fixture(autouse=True)
def silent_nudger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave relaying to the tests."""
    monkeypatch.setattr(nudge, "_nudger", SilentNudger())


class SilentNudger:
    def nudge(self) -> None:
        """Do nothing."""


@pytest.fixture
def tell(now: datetime) -> Callable[..., None]:
    """Return a function that commits events for a member: `tell(mia, "a", "b")`."""

    def commit(member: Any, *names: str) -> None:
        with transaction.atomic():
            write_events(
                events=[
                    NewEvent(member_id=member and member.pk, event=name, data={"name": name})
                    for name in names
                ],
                now=now,
            )

    return commit


@pytest.fixture
def relay(now: datetime) -> Callable[[], int]:
    """Return a function that publishes what is pending over the real Redis."""
    return lambda: relay_events(publish=publish_events, now=now)


def token_of(person: Any) -> str:
    return issue_tokens(user=person)["accessToken"]


@asynccontextmanager
async def connected(person: Any = None, path: str = "/ws/", **query: Any):
    """Give a connected socket of a person; `token=` in the query instead of the subprotocol."""
    subprotocols = ["loyalty.v1", token_of(person)] if person else []
    socket = WebsocketCommunicator(
        application, f"{path}?{urlencode(query)}", subprotocols=subprotocols
    )
    accepted, subprotocol = await socket.connect(timeout=5)
    assert accepted
    assert subprotocol == ("loyalty.v1" if person else None)
    try:
        yield socket
    finally:
        await socket.disconnect(timeout=5)


async def close_code(socket: WebsocketCommunicator) -> int:
    output = await socket.receive_output(timeout=5)
    assert output["type"] == "websocket.close", output
    return int(output["code"])


async def receive(socket: WebsocketCommunicator, count: int) -> list[dict[str, Any]]:
    return [json.loads(await socket.receive_from(timeout=5)) for _ in range(count)]


def names(frames: Iterable[dict[str, Any]]) -> list[tuple[int | None, str]]:
    return [(frame["seq"], frame["event"]) for frame in frames]


async def in_thread(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Call a function that queries, in a thread of its own, and close its connection."""

    def run() -> Any:
        try:
            return function(*arguments, **keywords)
        finally:
            connection.close()

    return await sync_to_async(run, thread_sensitive=False)()
