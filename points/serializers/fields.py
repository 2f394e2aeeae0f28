"""The building blocks of every request: strict about JSON's types, clear about what is wrong."""

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

from ..models import AMOUNT_MAX
from .bases import LeanSerializer

MONTH_PATTERN = re.compile(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])")
METADATA_KEYS_MAX = 50
METADATA_TEXT_LENGTH_MAX = 4_000
METADATA_LENGTH_MAX = 32_000


class StrictSerializer(LeanSerializer):
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


class StrictNumberField(serializers.FloatField):
    """A JSON number, whole or not, kept as it came: no text, no true or false."""

    default_error_messages = {"not_number": "A number is required."}

    def to_internal_value(self, data: Any) -> float:
        """Accept only a JSON number."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("not_number")
        return data


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
