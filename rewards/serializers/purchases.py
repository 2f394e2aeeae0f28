"""The shapes of purchases and of what points pay of them."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from points.serializers import (
    LeanModelSerializer,
    LeanSerializer,
    ListedChoiceField,
    PointsField,
    StrictCharField,
    StrictSerializer,
    TransactionSerializer,
)
from rewards.enums import (
    CENT,
    CURRENCIES,
    PURCHASE_AMOUNT_MAX,
    PURCHASE_ID_LENGTH_MAX,
    PurchaseStatus,
)
from rewards.models import Purchase
from rewards.services.credits import as_json_number


@extend_schema_field(
    {
        "type": "number",
        "multipleOf": 0.01,
        "minimum": 0.01,
        "maximum": float(PURCHASE_AMOUNT_MAX),
        "example": 49.99,
    }
)
class MoneyField(serializers.Field):
    """An amount of money: a JSON number above 0 with at most two decimals; a Decimal inside."""

    default_error_messages = {
        "not_number": "A number is required.",
        "out_of_range": f"Must be from {CENT} to {PURCHASE_AMOUNT_MAX:,}.",
        "too_fine": "At most two decimals are allowed.",
    }

    def to_internal_value(self, data: Any) -> Decimal:
        """Accept only a JSON number; the shortest text of a float is the one that was sent."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("not_number")
        amount = Decimal(str(data))
        if not CENT <= amount <= PURCHASE_AMOUNT_MAX:
            self.fail("out_of_range")
        if amount != amount.quantize(CENT):
            self.fail("too_fine")
        return amount.quantize(CENT)

    def to_representation(self, value: Decimal) -> float:
        """Return a JSON number."""
        return as_json_number(value)


class PurchaseReportSerializer(StrictSerializer):
    """A purchase as the host reports it. `currency` is an ISO 4217 code."""

    userId = StrictCharField(source="user_id", max_length=64)
    amount = MoneyField()
    currency = StrictCharField(max_length=3)
    status = ListedChoiceField(choices=PurchaseStatus.choices)

    def validate_currency(self, code: str) -> str:
        """Refuse what is no currency."""
        if code not in CURRENCIES:
            raise serializers.ValidationError("An ISO 4217 code is required, for example USD.")
        return code

    def validate_status(self, text: str) -> PurchaseStatus:
        """Return the status itself."""
        return PurchaseStatus(text)


class ClaimSerializer(LeanModelSerializer):
    """What points paid of a purchase. `returnedAt` is when it was cancelled and they went back."""

    pointsUsed = serializers.IntegerField(source="points_used")
    creditAmount = MoneyField(source="credit_amount")
    claimedAt = serializers.DateTimeField(source="claimed_at")
    returnedAt = serializers.DateTimeField(source="cancelled_at", allow_null=True)
    transactionId = serializers.CharField(source="spend_id")

    class Meta:
        model = Purchase
        fields = ["pointsUsed", "creditAmount", "claimedAt", "returnedAt", "transactionId"]


class PurchaseSerializer(LeanModelSerializer):
    """A purchase: where it stands and since when, what it earned and what points paid of it.

    `pointsEarned` is null until it is completed; `claim` is null until points are redeemed.
    """

    purchaseRequestId = serializers.CharField(source="id")
    userId = serializers.CharField(source="member.public_id")
    amount = MoneyField()
    status = serializers.ChoiceField(choices=PurchaseStatus.choices)
    registeredAt = serializers.DateTimeField(source="registered_at")
    deliveredAt = serializers.DateTimeField(source="delivered_at", allow_null=True)
    completedAt = serializers.DateTimeField(source="completed_at", allow_null=True)
    cancelledAt = serializers.DateTimeField(source="cancelled_at", allow_null=True)
    pointsEarned = serializers.IntegerField(source="points_earned", allow_null=True)
    claim = serializers.SerializerMethodField()

    class Meta:
        model = Purchase
        fields = [
            "purchaseRequestId",
            "userId",
            "amount",
            "currency",
            "status",
            "registeredAt",
            "deliveredAt",
            "completedAt",
            "cancelledAt",
            "pointsEarned",
            "claim",
        ]

    @extend_schema_field(ClaimSerializer(allow_null=True))
    def get_claim(self, purchase: Purchase) -> Any:
        """Return the claim on a purchase, or None."""
        return ClaimSerializer(purchase).data if purchase.claimed_at else None


class RedeemPointsSerializer(StrictSerializer):
    """How many points a member redeems, and against which purchase."""

    pointsToUse = PointsField(source="points")
    purchaseRequestId = StrictCharField(source="purchase_id", max_length=PURCHASE_ID_LENGTH_MAX)


class DiscountSerializer(LeanSerializer):
    """What the points are worth on the purchase."""

    creditAmount = MoneyField(source="credit_amount")
    currency = serializers.CharField()


class ClaimedDiscountSerializer(LeanSerializer):
    """The spend, the discount it bought and what is left to spend."""

    transaction = TransactionSerializer()
    discount = DiscountSerializer()
    remainingPoints = serializers.IntegerField()
