"""What goes over the wire: one JSON object per frame, `{event, data, seq, id, at}`."""

import json
from datetime import UTC, datetime
from typing import Any

from .models import OutboxEvent


def encode_event(event: OutboxEvent) -> str:
    """Return an event as a frame."""
    return encode_frame(
        event=event.event,
        data=event.data,
        seq=event.seq,
        id=str(event.event_id),
        at=event.created_at,
    )


def encode_frame(
    *,
    event: str,
    data: dict[str, Any],
    at: datetime,
    seq: int | None = None,
    id: str | None = None,  # noqa: A002 -- the frame's own word
) -> str:
    """Return a frame. Those of the connection itself (pong, error, resync) have no number or id."""
    instant = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    frame = {"event": event, "data": data, "seq": seq, "id": id, "at": instant}
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
