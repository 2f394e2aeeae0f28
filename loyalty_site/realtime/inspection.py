"""Looking into the outbox, and publishing again what stands in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db.models import Count, F, Max, Min, Q, QuerySet

from .models import OutboxEvent

BATCH_SIZE = 1_000


class MemberNotFound(LookupError):
    """Nobody has this public id."""


@dataclass(frozen=True, kw_only=True)
class EventCount:
    """How many events of one name wait and were sent, and when the latest was written."""

    event: str
    waiting: int
    sent: int
    last_at: datetime


@dataclass(frozen=True, kw_only=True)
class OutboxStatus:
    """What the outbox holds. `oldest_waiting_at` and `oldest_at` are None when there is nothing."""

    waiting: int
    oldest_waiting_at: datetime | None
    sent: int
    oldest_at: datetime | None
    events: Sequence[EventCount]


@dataclass(frozen=True, kw_only=True)
class Room:
    """Whose events are meant: a member's, by public id, within numbers; None is the staff room."""

    user_id: str | None
    first_seq: int = 1
    last_seq: int | None = None


def read_outbox() -> OutboxStatus:
    """Count the outbox by event. Reads all of it: seconds for some million events."""
    is_waiting = Q(published_at=None)
    rows = (
        OutboxEvent.objects.values("event")
        .annotate(
            waiting=Count("pk", filter=is_waiting),
            all=Count("pk"),
            last_at=Max("created_at"),
            first_at=Min("created_at"),
            waiting_at=Min("created_at", filter=is_waiting),
        )
        .order_by("event")
    )
    counts = list(rows)
    return OutboxStatus(
        waiting=sum(row["waiting"] for row in counts),
        oldest_waiting_at=min(
            (row["waiting_at"] for row in counts if row["waiting"]), default=None
        ),
        sent=sum(row["all"] - row["waiting"] for row in counts),
        oldest_at=min((row["first_at"] for row in counts), default=None),
        events=[
            EventCount(
                event=row["event"],
                waiting=row["waiting"],
                sent=row["all"] - row["waiting"],
                last_at=row["last_at"],
            )
            for row in counts
        ],
    )


def list_latest_events(*, room: Room, limit: int) -> Sequence[OutboxEvent]:
    """Return the latest events of a room, the oldest of them first. Raises MemberNotFound."""
    return list(_select(room).order_by(F("seq").desc(nulls_last=True), "-id")[:limit])[::-1]


def count_events(*, room: Room) -> int:
    """Return how many events `publish_again` would publish. Raises MemberNotFound."""
    return _select(room).count()


def publish_again(*, room: Room, publish: Callable[[Sequence[OutboxEvent]], None]) -> int:
    """Publish a room's events once more, in order, and return how many. Raises MemberNotFound.

    The rows stay as they are: what waits goes on waiting for the relay, and sockets drop what they
    were sent before.
    """
    events = _select(room).order_by("seq", "id")
    count = 0
    while batch := list(events[count : count + BATCH_SIZE]):
        publish(batch)
        count += len(batch)
    return count


def _select(room: Room) -> QuerySet[OutboxEvent]:
    if room.user_id is None:
        return OutboxEvent.objects.filter(member=None)
    member = get_user_model().objects.filter(public_id=room.user_id).first()
    if member is None:
        raise MemberNotFound(room.user_id)
    events = OutboxEvent.objects.filter(member=member, seq__gte=room.first_seq)
    return events if room.last_seq is None else events.filter(seq__lte=room.last_seq)
