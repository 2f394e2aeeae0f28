"""The building blocks of every request and response, and the ledger's own shapes."""

from typing import Any

from rest_framework import serializers

from .models import AMOUNT_MAX


class StrictSerializer(serializers.Serializer):
    """A request body that refuses keys it does not know, so that a typing error never passes."""

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


class StrictCharField(serializers.CharField):
    """Text that arrives as a JSON string, never a number in disguise."""

    default_error_messages = {"not_text": "Text is required."}

    def to_internal_value(self, data: Any) -> str:
        """Accept only a JSON string."""
        if not isinstance(data, str):
            self.fail("not_text")
        result: str = super().to_internal_value(data)
        return result
