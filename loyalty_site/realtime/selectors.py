"""Reading a member's events back, for sockets that resume."""

from collections.abc import Sequence

from .frames import encode_event
from .models import EventStream, OutboxEvent

PAGE_SIZE = 500

# How many seconds the oldest event waits to be published; NULL when none does.
OUTBOX_AGE = """
    SELECT extract(epoch FROM statement_timestamp() - created_at)::float8
    FROM realtime_outboxevent
    WHERE published_at IS NULL
    ORDER BY id
    LIMIT 1
"""


def get_last_seq(*, member_id: int) -> int:
    """Return the number of a member's latest committed event; 0 when there was none."""
    last_seq = EventStream.objects.filter(member_id=member_id).values_list("last_seq", flat=True)
    return last_seq.first() or 0


def list_frames_after(*, member_id: int, seq: int) -> Sequence[tuple[int, str]]:
    """Return up to PAGE_SIZE events after a number, in order, as numbers and encoded frames."""
    events = OutboxEvent.objects.filter(member_id=member_id, seq__gt=seq).order_by("seq")
    return [(event.seq or 0, encode_event(event)) for event in events[:PAGE_SIZE]]
