"""Writing events down, in the transaction that causes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from .nudge import nudge_relay


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """An event to be: `member_id` (primary key) says whose room it is for, None is the staff room.

    `data` is JSON; the member's own `userId` is added to what members are told.
    """

    member_id: int | None
    event: str
    data: Mapping[str, Any]


def write_events(*, events: Sequence[NewEvent], now: datetime) -> None:
    """Number and store events in one statement, and wake the relay once they are committed.

    To be called inside the transaction that causes them: they commit or vanish with it.
    """
    if not events:
        return
    assert connection.in_atomic_block, "an event belongs to a transaction"  # noqa: S101
    params: list[Any] = [
        [event.member_id for event in events],
        [event.event for event in events],
        [Jsonb(dict(event.data)) for event in events],
        now,
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT realtime_write_events(%s, %s, %s, %s)", params)
    transaction.on_commit(nudge_relay, robust=True)
