"""A balance through time: what lapses, what stood when, and a month's statement."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from rest_framework import serializers

from ..enums import TransactionType
from ..services.calendar import get_programme_date
from .bases import LeanSerializer
from .fields import AwareDateTimeField, MonthField
from .transactions import TransactionSerializer

EXPIRY_DAYS_MAX = 3_650


class ExpiryQuerySerializer(LeanSerializer):
    """How far ahead a member looks: `days`, as digits."""

    days = serializers.RegexField(r"^[0-9]{1,4}\Z", default="30", trim_whitespace=False)

    def validate_days(self, text: str) -> int:
        """Return a number from 1 to 3,650."""
        if not 1 <= int(text) <= EXPIRY_DAYS_MAX:
            raise serializers.ValidationError(f"Must be from 1 to {EXPIRY_DAYS_MAX:,} days.")
        return int(text)


class ExpirySerializer(LeanSerializer):
    """So many points lapse at that instant."""

    expiresAt = serializers.DateTimeField(source="expires_at")
    points = serializers.IntegerField()


class ExpiringSerializer(LeanSerializer):
    """What lapses within the days asked for, soonest first, and what lapses next of all."""

    total = serializers.IntegerField()
    expiring = ExpirySerializer(many=True)
    nextExpiry = ExpirySerializer(allow_null=True, help_text="However far ahead; null when never.")


class BalanceQuerySerializer(LeanSerializer):
    """Whose balance and when: `at` is an instant with its offset, now without it."""

    at = AwareDateTimeField(required=False)
    userId = serializers.CharField(source="user_id", max_length=64, required=False)

    def validate_at(self, value: datetime) -> datetime:
        """Refuse the future."""
        if value > self.context["now"]:
            raise serializers.ValidationError("This instant lies in the future.")
        return value


class BalanceSerializer(LeanSerializer):
    """A balance and the instant it stood at."""

    balance = serializers.IntegerField()
    at = serializers.DateTimeField()


class StatementQuerySerializer(LeanSerializer):
    """Whose statement, of which month."""

    month = MonthField()
    userId = serializers.CharField(source="user_id", max_length=64, required=False)

    def validate_month(self, first_day: date) -> date:
        """Refuse a month that has not begun."""
        if first_day > get_programme_date(self.context["now"]):
            raise serializers.ValidationError("This month lies in the future.")
        return first_day


class TotalsSerializer(LeanSerializer):
    """Signed sums by type; a type without lines has 0."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return one number for each type."""
        return {name: serializers.IntegerField() for name in TransactionType.values}


class StatementSerializer(LeanSerializer):
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


STATEMENT_COLUMNS = [
    "createdAt",
    "type",
    "action",
    "category",
    "description",
    "amount",
    "balanceAfter",
    "id",
]


def list_statement_rows(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the lines of a statement's CSV: the opening balance, its lines, the closing balance."""
    yield {"type": "opening_balance", "balanceAfter": data["openingBalance"]}
    yield from data["lines"]
    yield {"type": "closing_balance", "balanceAfter": data["closingBalance"]}
