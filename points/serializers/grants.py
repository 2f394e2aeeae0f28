"""Points that staff or the host give and take: what is sent, and what is answered."""

from typing import Any

from rest_framework import serializers

from ..models import AMOUNT_MAX, SOURCE_ID_LENGTH_MAX, PointAction
from ..selectors import find_active_action
from .bases import LeanSerializer
from .fields import (
    MetadataField,
    PointsField,
    StrictCharField,
    StrictIntegerField,
    StrictNumberField,
    StrictSerializer,
)
from .transactions import (
    HistoryLineSerializer,
    MemberTransactionSerializer,
    TransactionSerializer,
)

REASON_LENGTH_MAX = 255
PURCHASE_AMOUNT_MAX = 10**12


class EventIdField(StrictCharField):
    """The caller's own id of what happened: the same one again changes nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            source="event_id", required=False, max_length=SOURCE_ID_LENGTH_MAX, **kwargs
        )


class AddPointsByStaffSerializer(StrictSerializer):
    """A grant, or with a negative amount a deduction; the reason is shown to the member."""

    userId = StrictCharField(source="user_id", max_length=64)
    amount = StrictIntegerField(min_value=-AMOUNT_MAX, max_value=AMOUNT_MAX)
    reason = StrictCharField(max_length=REASON_LENGTH_MAX)
    metadata = MetadataField(required=False, help_text="For staff; members are not shown it.")
    eventId = EventIdField()

    def validate_amount(self, amount: int) -> int:
        """Refuse nothing at all."""
        if amount == 0:
            raise serializers.ValidationError("Must not be 0.")
        return amount


class AddedPointsSerializer(LeanSerializer):
    """What was posted, and the balance after it."""

    transaction = TransactionSerializer()
    newBalance = serializers.IntegerField(source="holdings.points")


class AwardSerializer(StrictSerializer):
    """An award for an action.

    A flat action gives its own points, so they may be left out; one that gives points for each
    unit of something, like SPECIAL_EVENT, gives the `points` that are sent.
    """

    userId = StrictCharField(source="user_id", max_length=64)
    action = StrictCharField(max_length=64)
    points = PointsField(source="amount", required=False)
    description = StrictCharField(source="reason", max_length=REASON_LENGTH_MAX, required=False)
    eventId = EventIdField()

    def validate_action(self, code: str) -> PointAction:
        """Return the action; refuse an unknown one, and one that takes points."""
        action = find_active_action(code)
        if action is None:
            raise serializers.ValidationError("No active action has this code.")
        if action.points <= 0:
            raise serializers.ValidationError("This action gives no points.")
        return action

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Add the action's own points and description where none were sent."""
        action: PointAction = attrs["action"]
        own_points = None if action.unit_field else action.points
        points = attrs.get("amount", own_points)
        if points is None:
            raise serializers.ValidationError({"points": f"{action.code} needs the points."})
        if own_points not in (None, points):
            raise serializers.ValidationError(
                {"points": f"{action.code} gives {own_points} points."}
            )
        return {"reason": action.description, **attrs, "amount": points}


class DeductionSerializer(StrictSerializer):
    """Points to take away; the reason is shown to the member."""

    userId = StrictCharField(source="user_id", max_length=64)
    points = PointsField(source="amount")
    reason = StrictCharField(max_length=REASON_LENGTH_MAX)
    eventId = EventIdField()


class MovedPointsSerializer(LeanSerializer):
    """What was posted, and what the member has now."""

    transaction = HistoryLineSerializer()
    totalPoints = serializers.IntegerField(source="holdings.points")


class EarningSerializer(StrictSerializer):
    """Points for something bought: in which category, for how much money."""

    points = PointsField()
    category = StrictCharField(max_length=64)
    amount = StrictNumberField(min_value=0, max_value=PURCHASE_AMOUNT_MAX)
    eventId = EventIdField()


class EarnedSerializer(LeanSerializer):
    """What was posted, and what the member has now."""

    transaction = MemberTransactionSerializer()
    points = serializers.IntegerField(source="holdings.points")
    lifetimePoints = serializers.IntegerField(source="holdings.lifetime_points")
