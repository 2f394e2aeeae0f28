"""The shapes of redemptions over HTTP."""

from rest_framework import serializers

from points.serializers import (
    LeanModelSerializer,
    LeanSerializer,
    ListedChoiceField,
    StrictCharField,
    StrictSerializer,
)
from rewards.enums import RedemptionStatus
from rewards.models import Redemption, Reward

from .catalogue import NoneIfBlankField
from .codes import CodeField


class RedeemSerializer(StrictSerializer):
    """Which reward a member wants."""

    rewardId = StrictCharField(source="reward_id", max_length=64)


class RedeemedRewardSerializer(LeanModelSerializer):
    """The reward of a redemption, as it is now."""

    id = serializers.CharField()
    pointsRequired = serializers.IntegerField(source="points_required")
    partner = NoneIfBlankField()
    imageUrl = NoneIfBlankField(source="image_url")

    class Meta:
        model = Reward
        fields = ["id", "title", "pointsRequired", "category", "partner", "imageUrl"]


class RedemptionSerializer(LeanModelSerializer):
    """A redemption. `points` is the price paid, which the reward's present one may differ from.

    `code` is handed out on approval when the reward comes as one. `memberNote` is what whoever
    decided wishes the member to read, null without one.
    """

    id = serializers.CharField()
    userId = serializers.CharField(source="member.public_id")
    rewardId = serializers.CharField(source="reward_id")
    status = serializers.ChoiceField(choices=RedemptionStatus.choices)
    redeemedAt = serializers.DateTimeField(source="redeemed_at")
    approvedAt = serializers.DateTimeField(source="approved_at", allow_null=True)
    rejectedAt = serializers.DateTimeField(source="rejected_at", allow_null=True)
    completedAt = serializers.DateTimeField(source="completed_at", allow_null=True)
    cancelledAt = serializers.DateTimeField(source="cancelled_at", allow_null=True)
    code = CodeField()
    memberNote = NoneIfBlankField(source="member_note")
    rewards = RedeemedRewardSerializer(source="reward")

    class Meta:
        model = Redemption
        fields = [
            "id",
            "userId",
            "rewardId",
            "points",
            "status",
            "redeemedAt",
            "approvedAt",
            "rejectedAt",
            "completedAt",
            "cancelledAt",
            "code",
            "memberNote",
            "rewards",
        ]


class StaffRedemptionSerializer(RedemptionSerializer):
    """A redemption as staff see it: with the notes, and the public id of who decided."""

    adminNotes = serializers.CharField(source="admin_notes")
    decidedBy = serializers.CharField(source="decided_by.public_id", default=None, allow_null=True)

    class Meta(RedemptionSerializer.Meta):
        fields = [*RedemptionSerializer.Meta.fields, "adminNotes", "decidedBy"]


class SeenRedemptionSerializer(RedemptionSerializer):
    """A redemption as documented for whoever may look: only staff get the last two fields."""

    adminNotes = serializers.CharField(required=False)
    decidedBy = serializers.CharField(required=False, allow_null=True)

    class Meta(RedemptionSerializer.Meta):
        fields = [*RedemptionSerializer.Meta.fields, "adminNotes", "decidedBy"]


class RedemptionFilterSerializer(LeanSerializer):
    """How a member narrows their redemptions."""

    status = ListedChoiceField(choices=RedemptionStatus.choices, required=False)


class DecisionSerializer(StrictSerializer):
    """Where staff take a redemption, the note for staff and the one for the member."""

    status = ListedChoiceField(choices=RedemptionStatus.choices)
    adminNotes = StrictCharField(source="notes", max_length=2_000, required=False, allow_blank=True)
    memberNote = StrictCharField(
        source="member_note", max_length=2_000, required=False, allow_blank=True
    )
