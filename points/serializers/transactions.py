"""Lines of the ledger, and how their lists are narrowed."""

from rest_framework import serializers

from ..enums import TransactionType
from ..models import PointTransaction
from .fields import DayOrInstantField, ListedChoiceField


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
