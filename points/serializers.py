"""The building blocks of every request and response, and the ledger's own shapes."""

import json
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from .enums import SITE_EVENT_PREFIX, ActivityStatus, TransactionType
from .models import AMOUNT_MAX, SOURCE_ID_LENGTH_MAX, LevelConfig, PointAction, PointTransaction
from .services.calendar import get_programme_date

# A host's clock may run ahead of ours by this much before we doubt the instant it reports.
CLOCK_SKEW_MAX = timedelta(minutes=10)
MONTH_PATTERN = re.compile(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])")
EXPIRY_DAYS_MAX = 3_650
METADATA_KEYS_MAX = 50
METADATA_TEXT_LENGTH_MAX = 4_000
METADATA_LENGTH_MAX = 32_000
# Nobody did anything before; calendars of other zones would have no day for the first instants.
OCCURRED_AT_MIN = datetime(1970, 1, 1, tzinfo=UTC)


class StrictSerializer(serializers.Serializer):
    """A request body that refuses keys it does not know, so that a typing error never passes."""

    default_error_messages = {"invalid": "An object is required."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Validate, after naming every unknown key."""
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError(
                    {key: ["This field is not known here."] for key in unknown}
                )
        result: dict[str, Any] = super().to_internal_value(data)
        return result


class StrictIntegerField(serializers.IntegerField):
    """A whole JSON number: no text, no fraction, no true or false."""

    default_error_messages = {"not_integer": "A whole number is required."}

    def to_internal_value(self, data: Any) -> int:
        """Accept only a JSON integer."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("not_integer")
        result: int = super().to_internal_value(data)
        return result


class PointsField(StrictIntegerField):
    """An amount of points, 1 to 10⁹."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": AMOUNT_MAX} | kwargs)


class StrictBooleanField(serializers.BooleanField):
    """A JSON true or false: no number, no text in disguise."""

    default_error_messages = {"not_boolean": "True or false is required."}

    def to_internal_value(self, data: Any) -> bool:
        """Accept only a JSON boolean."""
        if not isinstance(data, bool):
            self.fail("not_boolean")
        return data


class StrictCharField(serializers.CharField):
    """Text that arrives as a JSON string, never a number in disguise."""

    default_error_messages = {"not_text": "Text is required."}

    def to_internal_value(self, data: Any) -> str:
        """Accept only a JSON string."""
        if not isinstance(data, str):
            self.fail("not_text")
        result: str = super().to_internal_value(data)
        return result


class ListedChoiceField(serializers.ChoiceField):
    """One of a few words; the refusal of another one lists them."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        super().__init__(choices, **kwargs)
        self.error_messages["invalid_choice"] = f"Must be one of: {', '.join(self.choices)}."


class AwareDateTimeField(serializers.DateTimeField):
    """An instant with its offset from UTC, kept as it was sent: the offset tells the local day."""

    default_error_messages = {"naive": "An offset from UTC is required, for example Z or +08:00."}

    def enforce_timezone(self, value: datetime) -> datetime:
        """Keep the offset; refuse an instant without one."""
        if timezone.is_naive(value):
            self.fail("naive")
        try:
            value.astimezone(timezone.get_default_timezone())
        except (OverflowError, ValueError):
            self.fail("overflow")
        return value


class DayOrInstantField(serializers.Field):
    """A query's bound in time: an ISO date or an ISO instant with its offset.

    A date is that day in the programme's zone: its beginning, or with `end_of_day` the beginning
    of the next one, so that a half-open comparison takes in the whole day.
    """

    default_error_messages = {
        "invalid": "Use a date like 2026-01-31 or an instant like 2026-01-31T12:00:00Z."
    }

    def __init__(self, *, end_of_day: bool = False, **kwargs: Any) -> None:
        self.end_of_day = end_of_day
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> datetime:
        """Return an aware instant."""
        try:
            day = parse_date(data)
            instant = None if day else parse_datetime(data)
            if day:
                zone = ZoneInfo(settings.LOYALTY_TIME_ZONE)
                day += timedelta(days=1 if self.end_of_day else 0)
                instant = datetime.combine(day, time.min, tzinfo=zone)
            if instant is None or timezone.is_naive(instant):
                self.fail("invalid")
            return instant.astimezone(UTC)
        except (ValueError, OverflowError, TypeError):
            self.fail("invalid")

    def to_representation(self, value: datetime) -> str:
        """Return the instant in ISO form."""
        return value.isoformat()


@extend_schema_field({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "example": "2026-01"})
class MonthField(serializers.Field):
    """A calendar month of a query, like 2026-01; kept as its first day."""

    default_error_messages = {"invalid": "Use a month like 2026-01."}

    def to_internal_value(self, data: Any) -> date:
        """Return the month's first day."""
        if not isinstance(data, str) or not MONTH_PATTERN.fullmatch(data):
            self.fail("invalid")
        return date(int(data[:4]), int(data[5:]), 1)

    def to_representation(self, value: date) -> str:
        """Return the month as it is written."""
        return f"{value:%Y-%m}"


class MetadataField(serializers.JSONField):
    """A JSON object the host attaches to an activity: at most 50 keys, texts up to 4,000
    characters, and 32,000 characters of JSON in all.
    """

    default_error_messages = {
        "not_object": "An object is required.",
        "too_many": f"At most {METADATA_KEYS_MAX} keys are kept.",
        "too_long": f"A text may have at most {METADATA_TEXT_LENGTH_MAX:,} characters.",
        "too_large": f"At most {METADATA_LENGTH_MAX:,} characters of JSON are kept.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Accept a JSON object of bounded size."""
        if not isinstance(data, dict):
            self.fail("not_object")
        if len(data) > METADATA_KEYS_MAX:
            self.fail("too_many")
        if any(isinstance(v, str) and len(v) > METADATA_TEXT_LENGTH_MAX for v in data.values()):
            self.fail("too_long")
        if len(json.dumps(data, ensure_ascii=False)) > METADATA_LENGTH_MAX:
            self.fail("too_large")
        return dict(data)


class LevelSerializer(serializers.ModelSerializer):
    """A level and what it takes."""

    minPoints = serializers.IntegerField(source="min_points")
    perks = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = LevelConfig
        fields = ["name", "tier", "minPoints", "perks"]


class ActionSerializer(serializers.ModelSerializer):
    """An action and what it earns; `perUnitOf` names the number it earns by, null when flat."""

    action = serializers.CharField(source="code")
    perUnitOf = serializers.SerializerMethodField()
    isActive = serializers.BooleanField(source="is_active")

    class Meta:
        model = PointAction
        fields = ["action", "points", "description", "category", "perUnitOf", "isActive"]

    def get_perUnitOf(self, action: PointAction) -> str | None:
        """Return the metadata key, or None."""
        return action.unit_field or None


class LevelListSerializer(serializers.Serializer):
    """All levels."""

    levels = LevelSerializer(many=True)
    total = serializers.IntegerField()


class ActionListSerializer(serializers.Serializer):
    """All actions."""

    actions = ActionSerializer(many=True)
    total = serializers.IntegerField()


class TransactionSerializer(serializers.ModelSerializer):
    """One line of a member's ledger; `amount` is signed."""

    id = serializers.CharField()
    type = serializers.ChoiceField(choices=TransactionType.choices)
    balanceAfter = serializers.IntegerField(source="balance_after")
    action = serializers.CharField(source="action.code", default=None, allow_null=True)
    createdAt = serializers.DateTimeField(source="created_at")
    occurredAt = serializers.DateTimeField(source="occurred_at")
    expiresAt = serializers.DateTimeField(source="expires_at", allow_null=True)

    class Meta:
        model = PointTransaction
        fields = [
            "id",
            "type",
            "amount",
            "shortfall",
            "balanceAfter",
            "action",
            "category",
            "description",
            "createdAt",
            "occurredAt",
            "expiresAt",
        ]


class TransactionFilterSerializer(serializers.Serializer):
    """How a member narrows the list of transactions: `type`, `from` and `to`."""

    type = ListedChoiceField(choices=TransactionType.choices, required=False)
    to = DayOrInstantField(end_of_day=True, required=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add `from`, which Python keeps for itself."""
        return super().get_fields() | {"from": DayOrInstantField(required=False)}


class ExpiryQuerySerializer(StrictSerializer):
    """How far ahead a member looks: `days`, as digits."""

    days = serializers.RegexField(r"^[0-9]{1,4}\Z", default="30", trim_whitespace=False)

    def validate_days(self, text: str) -> int:
        """Return a number from 1 to 3,650."""
        if not 1 <= int(text) <= EXPIRY_DAYS_MAX:
            raise serializers.ValidationError(f"Must be from 1 to {EXPIRY_DAYS_MAX:,} days.")
        return int(text)


class ExpirySerializer(serializers.Serializer):
    """So many points lapse at that instant."""

    expiresAt = serializers.DateTimeField(source="expires_at")
    points = serializers.IntegerField()


class ExpiringSerializer(serializers.Serializer):
    """What lapses within the days asked for, soonest first, and what lapses next of all."""

    total = serializers.IntegerField()
    expiring = ExpirySerializer(many=True)
    nextExpiry = ExpirySerializer(allow_null=True, help_text="However far ahead; null when never.")


class BalanceQuerySerializer(StrictSerializer):
    """Whose balance and when: `at` is an instant with its offset, now without it."""

    at = AwareDateTimeField(required=False)
    userId = serializers.CharField(source="user_id", max_length=64, required=False)

    def validate_at(self, value: datetime) -> datetime:
        """Refuse the future."""
        if value > self.context["now"]:
            raise serializers.ValidationError("This instant lies in the future.")
        return value


class BalanceSerializer(serializers.Serializer):
    """A balance and the instant it stood at."""

    balance = serializers.IntegerField()
    at = serializers.DateTimeField()


class StatementQuerySerializer(StrictSerializer):
    """Whose statement, of which month."""

    month = MonthField()
    userId = serializers.CharField(source="user_id", max_length=64, required=False)

    def validate_month(self, first_day: date) -> date:
        """Refuse a month that has not begun."""
        if first_day > get_programme_date(self.context["now"]):
            raise serializers.ValidationError("This month lies in the future.")
        return first_day


class TotalsSerializer(serializers.Serializer):
    """Signed sums by type; a type without lines has 0."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return one number for each type."""
        return {name: serializers.IntegerField() for name in TransactionType.values}


class StatementSerializer(serializers.Serializer):
    """A month of a member's ledger, oldest line first; `to` is the first instant after it."""

    userId = serializers.CharField(source="user_id")
    month = MonthField()
    timeZone = serializers.CharField(source="time_zone")
    to = serializers.DateTimeField(source="ends_at")
    openingBalance = serializers.IntegerField(source="statement.opening_balance")
    closingBalance = serializers.IntegerField(source="statement.closing_balance")
    totals = TotalsSerializer(source="statement.totals")
    lines = TransactionSerializer(source="statement.lines", many=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add `from`, which Python keeps for itself."""
        first = {"from": serializers.DateTimeField(source="starts_at")}
        return first | super().get_fields()


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


class ActivityOutcomeSerializer(serializers.Serializer):
    """What became of one reported activity."""

    eventId = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=ActivityStatus.choices)
    points = serializers.IntegerField()
    balance = serializers.IntegerField(allow_null=True)
    level = serializers.CharField(required=False, help_text="The level this activity reached.")
    reason = serializers.CharField(allow_null=True)
