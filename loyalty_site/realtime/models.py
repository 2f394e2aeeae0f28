"""What the platform tells people, on record before anything is sent.

stream   one member's counter of events. Its row lock makes the numbers gapless and in commit order.
event    one thing one room is told. Written in the transaction that did it, sent after its commit.

Only `outbox.write_events` writes them. A member's events are numbered by `seq`, from 1; those of
the staff room are not, since one counter for all members would make them wait for each other.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

STAFF_ROOM = "staff"


class EventStream(models.Model):
    """The number of a member's latest event."""

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="event_stream",
    )
    last_seq = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_seq__gte=1), name="realtime_stream_last_seq_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"stream of {self.pk}: {self.last_seq}"


class OutboxEvent(models.Model):
    """One event of one room. `published_at` is empty until the relay has sent it."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="outbox_events",
        # The unique (member, seq) serves every query by member. An event is numbered in its own
        # statement by the member's stream, whose key says that there is such a member.
        db_index=False,
        db_constraint=False,
        help_text="Empty for the staff room.",
    )
    room = models.CharField(max_length=80)
    seq = models.BigIntegerField(null=True, blank=True)
    event = models.CharField(max_length=64)
    data = models.JSONField()
    # Drawn at random, and looked up by nobody but a search of the console: a unique index would
    # guard what chance does already, and be written once more when the event is published.
    event_id = models.UUIDField("id")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "event"
        constraints = [
            models.UniqueConstraint(fields=["member", "seq"], name="realtime_event_seq_unique"),
            models.CheckConstraint(
                condition=Q(member__isnull=True, seq__isnull=True)
                | Q(member__isnull=False, seq__isnull=False, seq__gte=1),
                name="realtime_event_numbered_for_member",
            ),
        ]
        indexes = [
            # Serves the relay (unpublished, by id), the console (pending first) and the pruning.
            models.Index(fields=["published_at", "id"], name="realtime_event_published"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.room}"
