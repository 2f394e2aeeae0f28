"""Activities as the host reports them, and what became of them."""

from datetime import UTC, datetime, timedelta

from rest_framework import serializers

from ..enums import SITE_EVENT_PREFIX, ActivityStatus
from ..models import SOURCE_ID_LENGTH_MAX
from .bases import LeanSerializer
from .fields import AwareDateTimeField, MetadataField, StrictCharField, StrictSerializer

# A host's clock may run ahead of ours by this much before we doubt the instant it reports.
CLOCK_SKEW_MAX = timedelta(minutes=10)
# Nobody did anything before; calendars of other zones would have no day for the first instants.
OCCURRED_AT_MIN = datetime(1970, 1, 1, tzinfo=UTC)


class ActivityReportSerializer(StrictSerializer):
    """One thing a member did, as the host reports it."""

    eventId = StrictCharField(source="event_id", max_length=SOURCE_ID_LENGTH_MAX)
    userId = StrictCharField(source="user_id", max_length=64)
    action = StrictCharField(max_length=64)
    occurredAt = AwareDateTimeField(source="occurred_at", required=False)
    metadata = MetadataField(required=False)
    subjectId = StrictCharField(
        source="subject_id", max_length=SOURCE_ID_LENGTH_MAX, required=False
    )

    def validate_eventId(self, value: str) -> str:
        """Refuse the ids that the site gives to its own events."""
        if value.startswith(SITE_EVENT_PREFIX):
            raise serializers.ValidationError(f"Ids that begin with {SITE_EVENT_PREFIX} are ours.")
        return value

    def validate_occurredAt(self, value: datetime) -> datetime:
        """Refuse the future, beyond what two clocks may differ by, and the distant past."""
        if value > self.context["now"] + CLOCK_SKEW_MAX:
            raise serializers.ValidationError("This instant lies in the future.")
        if value < OCCURRED_AT_MIN:
            raise serializers.ValidationError("This instant lies before 1970.")
        return value


class ActivityOutcomeSerializer(LeanSerializer):
    """What became of one reported activity."""

    eventId = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=ActivityStatus.choices)
    points = serializers.IntegerField()
    balance = serializers.IntegerField(allow_null=True)
    level = serializers.CharField(required=False, help_text="The level this activity reached.")
    reason = serializers.CharField(allow_null=True)
