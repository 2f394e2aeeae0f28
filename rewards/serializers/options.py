"""The shapes of redeeming by type over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from points.serializers import (
    DayOrInstantField,
    LeanModelSerializer,
    LeanSerializer,
    ListedChoiceField,
    PointsField,
    StrictCharField,
    StrictSerializer,
)
from rewards.enums import RedemptionStatus
from rewards.models import OptionRedemption, RewardOption
from rewards.selectors.overview import list_types

from .codes import CodeField


class OptionSerializer(LeanModelSerializer):
    """A way to redeem by type. `pointsPerUnit` points are worth 1.00 of the currency.

    `pointsStep`: only multiples of it are redeemed, as they are worth whole cents. `available` is
    false when its codes have run out.
    """

    minimumPoints = serializers.IntegerField(source="minimum_points")
    pointsPerUnit = serializers.IntegerField(source="points_per_unit")
    pointsStep = serializers.IntegerField(source="points_step")
    isActive = serializers.BooleanField(source="is_active")
    available = serializers.SerializerMethodField()

    class Meta:
        model = RewardOption
        fields = [
            "type",
            "name",
            "description",
            "minimumPoints",
            "pointsPerUnit",
            "pointsStep",
            "currency",
            "isActive",
            "available",
        ]

    def get_available(self, option: Any) -> bool:
        """Return whether somebody with the points can redeem it now."""
        return bool(option.is_active and option.has_stock)


class OptionsSerializer(LeanSerializer):
    """The options and what the caller can spend."""

    options = OptionSerializer(many=True)
    total = serializers.IntegerField()
    userPoints = serializers.IntegerField()


class RedeemByTypeSerializer(StrictSerializer):
    """How many points a member redeems, and for what."""

    pointsToRedeem = PointsField(source="points")
    rewardType = StrictCharField(source="reward_type", max_length=64)


class OptionRedemptionSerializer(LeanModelSerializer):
    """What a member got for points by type. Done at once, so it is COMPLETED."""

    id = serializers.CharField()
    userId = serializers.CharField(source="member.public_id")
    rewardType = serializers.CharField(source="option.type")
    title = serializers.CharField(source="option.name")
    value = serializers.FloatField()
    status = serializers.SerializerMethodField()
    code = CodeField()
    transactionId = serializers.CharField(source="spend_id")
    createdAt = serializers.DateTimeField(source="redeemed_at")

    class Meta:
        model = OptionRedemption
        fields = [
            "id",
            "userId",
            "rewardType",
            "title",
            "points",
            "value",
            "currency",
            "status",
            "code",
            "transactionId",
            "createdAt",
        ]

    @extend_schema_field(serializers.ChoiceField(choices=RedemptionStatus.choices))
    def get_status(self, redemption: OptionRedemption) -> str:
        """Return that it is done."""
        return RedemptionStatus.COMPLETED.value


class RedeemedSerializer(LeanSerializer):
    """What became of the points: the redemption, and what is left."""

    redemption = OptionRedemptionSerializer()
    remainingPoints = serializers.IntegerField(source="points_left")


class TypeFilterSerializer(LeanSerializer):
    """How a member's redemptions by type are narrowed."""

    type = serializers.CharField(max_length=32, required=False)

    def validate_type(self, value: str) -> str:
        """Refuse a type that no option ever had."""
        return _check_type(value, list_types()[1:])


class AllRedemptionsFilterSerializer(LeanSerializer):
    """How staff narrow the list of all redemptions."""

    type = serializers.CharField(max_length=32, required=False)
    status = ListedChoiceField(choices=RedemptionStatus.choices, required=False)
    search = serializers.CharField(max_length=100, required=False, allow_blank=True)
    startDate = DayOrInstantField(source="redeemed_from", required=False)
    endDate = DayOrInstantField(source="redeemed_until", end_of_day=True, required=False)

    def validate_type(self, value: str) -> str:
        """Refuse a type that no redemption can be of."""
        return _check_type(value, list_types())


class AnyRedemptionSerializer(LeanSerializer):
    """One redemption as staff list it, with the member's name. `type` is `catalogue` or the
    option's; only the latter have a `value` in a `currency`.
    """

    id = serializers.CharField()
    userId = serializers.CharField(source="user_id")
    name = serializers.CharField()
    email = serializers.CharField(allow_null=True)
    type = serializers.CharField(source="kind")
    title = serializers.CharField()
    points = serializers.IntegerField()
    value = serializers.FloatField(source="worth", allow_null=True)
    currency = serializers.CharField(source="unit", allow_null=True)
    status = serializers.ChoiceField(source="stands", choices=RedemptionStatus.choices)
    createdAt = serializers.DateTimeField(source="created_at")


def _check_type(value: str, allowed: list[str]) -> str:
    if value not in allowed:
        raise serializers.ValidationError(f"Must be one of: {', '.join(allowed)}.")
    return value
