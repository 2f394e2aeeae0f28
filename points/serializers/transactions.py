"""Lines of the ledger, and how their lists are narrowed."""

from typing import Any

from rest_framework import serializers

from ..enums import TransactionType
from ..models import PointAction, PointTransaction
from .bases import LeanModelSerializer, LeanSerializer
from .fields import DayOrInstantField, ListedChoiceField


class TransactionSerializer(LeanModelSerializer):
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


NAMED_BY_TYPE = {kind.value.upper(): kind for kind in TransactionType}
BY_STAFF = (TransactionType.ADMIN_GRANT, TransactionType.ADMIN_DEDUCT)


class MemberTransactionSerializer(TransactionSerializer):
    """A line that says whose it is; `points` is `amount` under its other name.

    `metadata` is what was sent about it. What staff noted with a grant or a deduction of theirs
    is shown to staff alone.
    """

    userId = serializers.CharField(source="account.member.public_id")
    points = serializers.IntegerField(source="amount")
    metadata = serializers.SerializerMethodField()

    class Meta(TransactionSerializer.Meta):
        fields = [*TransactionSerializer.Meta.fields, "userId", "points", "metadata"]

    def get_metadata(self, transaction: PointTransaction) -> dict[str, Any]:
        """Return an object, empty when there is nothing to show."""
        if transaction.type in BY_STAFF and not self.context["request"].user.is_staff:
            return {}
        metadata: dict[str, Any] = transaction.metadata
        return metadata


class HistoryLineSerializer(MemberTransactionSerializer):
    """A line of a history: what moved points without an action goes by its type, as `SPEND`."""

    action = serializers.CharField(source="action_or_type")


class StaffTransactionSerializer(MemberTransactionSerializer):
    """A line as staff see it: with the member's name, and who did it by hand, if anybody."""

    name = serializers.CharField(source="account.member.display_name")
    actorId = serializers.CharField(source="actor.public_id", default=None, allow_null=True)

    class Meta(MemberTransactionSerializer.Meta):
        fields = [*MemberTransactionSerializer.Meta.fields, "name", "actorId"]


class TransactionFilterSerializer(LeanSerializer):
    """How a list of transactions is narrowed: `type`, `from` and `to`; staff also say whose."""

    userId = serializers.CharField(source="user_id", max_length=64, required=False)
    type = ListedChoiceField(choices=TransactionType.choices, required=False)
    to = DayOrInstantField(end_of_day=True, required=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add `from`, which Python keeps for itself."""
        return super().get_fields() | {"from": DayOrInstantField(required=False)}


class HistoryFilterSerializer(LeanSerializer):
    """How a history is narrowed: by `action` and by dates."""

    action = serializers.CharField(max_length=64, required=False)
    startDate = DayOrInstantField(source="from", required=False)
    endDate = DayOrInstantField(source="to", end_of_day=True, required=False)

    def validate_action(self, code: str) -> str:
        """Refuse a code that no action has."""
        if not PointAction.objects.filter(code=code).exists():
            raise serializers.ValidationError("No action has this code.")
        return code


class HistoryLineFilterSerializer(HistoryFilterSerializer):
    """How a history is narrowed in which lines without an action go by their type."""

    def validate_action(self, code: str) -> str:
        """Refuse what is neither the code of an action nor a type in capitals."""
        return code if code in NAMED_BY_TYPE else super().validate_action(code)

    def validate(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Ask for the type, and for no action, where a type was named."""
        kind = NAMED_BY_TYPE.get(wanted.get("action", ""))
        return wanted | {"type": kind, "action": None} if kind else wanted


class MemberFilterSerializer(HistoryFilterSerializer):
    """How one member's transactions are narrowed: also by type and category."""

    type = ListedChoiceField(choices=TransactionType.choices, required=False)
    category = serializers.CharField(max_length=64, required=False)


class LedgerFilterSerializer(MemberFilterSerializer):
    """How staff narrow the whole ledger: also by member."""

    userId = serializers.CharField(source="user_id", max_length=64, required=False)
