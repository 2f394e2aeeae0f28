"""How points were given and taken over a stretch of time."""

from datetime import datetime, timedelta
from typing import Any

from rest_framework import serializers

from ..enums import TransactionType
from ..services.calendar import get_programme_date, get_start_of_day
from .bases import LeanSerializer
from .fields import DayOrInstantField

DAYS_DEFAULT = 30
DAYS_MAX = 366


class DistributionQuerySerializer(LeanSerializer):
    """Which stretch: by default the 30 days of the programme up to now or to `endDate`."""

    startDate = DayOrInstantField(source="starts_at", required=False)
    endDate = DayOrInstantField(source="ends_at", end_of_day=True, required=False)

    def validate(self, attrs: dict[str, datetime]) -> dict[str, datetime]:
        """Add what was left out; refuse a stretch that is empty or longer than a year."""
        today = get_programme_date(self.context["now"])
        ends_at = attrs.get("ends_at") or get_start_of_day(today + timedelta(days=1))
        last_day = get_programme_date(ends_at - timedelta(microseconds=1))
        first_day = last_day - timedelta(days=DAYS_DEFAULT - 1)
        starts_at = attrs.get("starts_at") or get_start_of_day(first_day)
        if starts_at >= ends_at:
            raise serializers.ValidationError({"startDate": "Must lie before endDate."})
        if ends_at - starts_at > timedelta(days=DAYS_MAX):
            raise serializers.ValidationError({"startDate": f"At most {DAYS_MAX} days at a time."})
        return {"starts_at": starts_at, "ends_at": ends_at}


class ShareSerializer(LeanSerializer):
    """Transactions added up; neither sum is negative."""

    transactions = serializers.IntegerField()
    pointsIn = serializers.IntegerField(source="points_in")
    pointsOut = serializers.IntegerField(source="points_out")


class CategoryShareSerializer(ShareSerializer):
    """One category; null is everything without one."""

    category = serializers.CharField(source="name", allow_null=True)


class TypeShareSerializer(ShareSerializer):
    """One type of transaction."""

    type = serializers.ChoiceField(source="name", choices=TransactionType.choices)


class DayShareSerializer(ShareSerializer):
    """One day of the programme."""

    date = serializers.DateField(source="name")


class LevelShareSerializer(LeanSerializer):
    """The members of one level as they stand now; null is those on none."""

    level = serializers.CharField(source="level.name", default=None, allow_null=True)
    tier = serializers.IntegerField(source="level.tier", default=None, allow_null=True)
    members = serializers.IntegerField()
    points = serializers.IntegerField()
    lifetimePoints = serializers.IntegerField(source="lifetime_points")


class DistributionSerializer(LeanSerializer):
    """What was posted between `from` and `to` (excluded), and the levels as they are now."""

    to = serializers.DateTimeField(source="ends_at")
    earliest = serializers.DateTimeField(allow_null=True)
    latest = serializers.DateTimeField(allow_null=True)
    totals = ShareSerializer()
    byCategory = CategoryShareSerializer(source="by_category", many=True)
    byType = TypeShareSerializer(source="by_type", many=True)
    byLevel = LevelShareSerializer(source="levels", many=True)
    byDay = DayShareSerializer(source="by_day", many=True)

    def get_fields(self) -> dict[str, Any]:
        """Add `from`, which Python keeps for itself."""
        first = {"from": serializers.DateTimeField(source="starts_at")}
        return first | super().get_fields()
