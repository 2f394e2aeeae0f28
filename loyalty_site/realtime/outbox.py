"""Writing events down, in the transaction that causes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from psycopg.types.json import Jsonb

from .models import STAFF_ROOM, EventStream, OutboxEvent
from .nudge import nudge_relay


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """An event to be: `member_id` (primary key) says whose room it is for, None is the staff room.

    `data` is JSON; the member's own `userId` is added to what members are told.
    """

    member_id: int | None
    event: str
    data: Mapping[str, Any]


# Streams are locked in ascending order of members, so that two batches cannot wait for each other,
# and stay locked until the commit: whoever sees number 8 can see number 7.
WRITE_EVENTS = """
    WITH news AS (
        SELECT n, member_id, event, data
        FROM unnest(%(member_ids)s::bigint[], %(events)s::text[], %(data)s::jsonb[])
             WITH ORDINALITY AS news(member_id, event, data, n)
    ), advanced AS (
        INSERT INTO {stream} AS stream (member_id, last_seq)
        SELECT member_id, count(*) FROM news
        WHERE member_id IS NOT NULL GROUP BY member_id ORDER BY member_id
        ON CONFLICT (member_id) DO UPDATE SET last_seq = stream.last_seq + excluded.last_seq
        RETURNING stream.member_id, stream.last_seq
    )
    INSERT INTO {event} (member_id, room, seq, event, data, event_id, created_at)
    SELECT
        news.member_id,
        CASE WHEN news.member_id IS NULL THEN %(staff_room)s ELSE 'user-' || person.public_id END,
        advanced.last_seq - count(*) OVER mine + row_number() OVER (mine ORDER BY news.n),
        news.event,
        CASE WHEN news.member_id IS NULL THEN news.data
             ELSE news.data || jsonb_build_object('userId', person.public_id) END,
        gen_random_uuid(),
        %(now)s
    FROM news
    LEFT JOIN advanced ON advanced.member_id = news.member_id
    LEFT JOIN {person} AS person ON person.id = news.member_id
    WINDOW mine AS (PARTITION BY news.member_id)
    ORDER BY news.n
"""


def write_events(*, events: Sequence[NewEvent], now: datetime) -> None:
    """Number and store events in one statement, and wake the relay once they are committed.

    To be called inside the transaction that causes them: they commit or vanish with it.
    """
    if not events:
        return
    assert connection.in_atomic_block, "an event belongs to a transaction"  # noqa: S101
    sql = WRITE_EVENTS.format(
        stream=EventStream._meta.db_table,  # noqa: SLF001
        event=OutboxEvent._meta.db_table,  # noqa: SLF001
        person=get_user_model()._meta.db_table,  # noqa: SLF001
    )
    params: dict[str, Any] = {
        "member_ids": [event.member_id for event in events],
        "events": [event.event for event in events],
        "data": [Jsonb(dict(event.data)) for event in events],
        "staff_room": STAFF_ROOM,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
    transaction.on_commit(nudge_relay, robust=True)
