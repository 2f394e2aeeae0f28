"""Reading a member's events back, for sockets that resume."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.utils.module_loading import import_string

from .frames import encode_event
from .models import EventStream, OutboxEvent

STAFF_PERMISSION = "rewards.decide_redemption"
PAGE_SIZE = 500
STAFF_PAGE_SIZE = 500

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


def map_last_seqs(*, member_ids: Collection[int]) -> dict[int, int]:
    """Return the numbers of members' latest committed events, by member; none for who has none."""
    streams = EventStream.objects.filter(member_id__in=member_ids)
    return dict(streams.values_list("member_id", "last_seq"))


def list_frames_after(*, member_id: int, seq: int) -> Sequence[tuple[int, str]]:
    """Return up to PAGE_SIZE events after a number, in order, as numbers and encoded frames."""
    events = OutboxEvent.objects.filter(member_id=member_id, seq__gt=seq).order_by("seq")
    return [(event.seq or 0, encode_event(event)) for event in events[:PAGE_SIZE]]


def list_staff_events_since(*, instant: datetime) -> Sequence[OutboxEvent]:
    """Return the latest STAFF_PAGE_SIZE events of the staff room since an instant, in order."""
    events = OutboxEvent.objects.filter(member=None, published_at__gte=instant)
    return list(events.order_by("-published_at", "-id")[:STAFF_PAGE_SIZE])[::-1]


def list_room_keepers(*, member_ids: Collection[int]) -> set[int]:
    """Return who of these people may be in the staff room."""
    if not member_ids:
        return set()
    people = ModelBackend().with_perm(STAFF_PERMISSION)
    return set(people.filter(is_staff=True, pk__in=member_ids).values_list("pk", flat=True))


def list_refused_tokens(*, tokens: Collection[str]) -> set[str]:
    """Return which of these tokens of sockets are good no longer."""
    return set(import_string(settings.LOYALTY_SOCKET_TOKEN_CHECKER)(tokens))
