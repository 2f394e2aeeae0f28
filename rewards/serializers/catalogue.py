"""The shapes of the catalogue over HTTP."""

from typing import Any

from django.core.validators import URLValidator
from rest_framework import serializers

from points.models import AMOUNT_MAX, LevelConfig
from points.serializers import (
    AwareDateTimeField,
    LeanModelSerializer,
    LeanSerializer,
    ListedChoiceField,
    PointsField,
    StrictBooleanField,
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
)
from rewards.models import QUANTITY_MAX, TITLE_LENGTH_MAX, Reward


class NoneIfBlankField(serializers.CharField):
    """A text that may be missing: null outside, blank inside."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_null": True, "read_only": True} | kwargs)

    def to_representation(self, value: str) -> str | None:  # type: ignore[override]
        """Return null for a blank text."""
        return value or None


class RewardSerializer(LeanModelSerializer):
    """A reward. `available` says that it can be redeemed now, by whoever has the points.

    `quantity` null is without limit, 0 is sold out; `lowStock` says that few are left. `isWatched`
    says that the caller waits for it.
    """

    id = serializers.CharField()
    pointsRequired = serializers.IntegerField(source="points_required")
    partner = NoneIfBlankField()
    imageUrl = NoneIfBlankField(source="image_url")
    isActive = serializers.BooleanField(source="is_active")
    available = serializers.SerializerMethodField()
    lowStock = serializers.BooleanField(source="is_low")
    lowStockAt = serializers.IntegerField(source="low_stock_at")
    isWatched = serializers.BooleanField(source="is_watched", default=False)
    validFrom = serializers.DateTimeField(source="valid_from", allow_null=True)
    validUntil = serializers.DateTimeField(source="valid_until", allow_null=True)
    perMemberMax = serializers.IntegerField(source="per_member_max", allow_null=True)
    minimumLevel = serializers.CharField(source="minimum_level.name", default=None, allow_null=True)
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")

    class Meta:
        model = Reward
        fields = [
            "id",
            "title",
            "description",
            "category",
            "pointsRequired",
            "partner",
            "quantity",
            "imageUrl",
            "isActive",
            "available",
            "lowStock",
            "lowStockAt",
            "isWatched",
            "validFrom",
            "validUntil",
            "perMemberMax",
            "minimumLevel",
            "createdAt",
            "updatedAt",
        ]

    def get_available(self, reward: Reward) -> bool:
        """Return whether the reward is active, in stock and in its window."""
        return reward.is_available(self.context["now"])


class RewardPageSerializer(LeanSerializer):
    """A page of rewards and what the caller can spend."""

    rewards = RewardSerializer(many=True)
    total = serializers.IntegerField()
    userPoints = serializers.IntegerField()


class CategoriesSerializer(LeanSerializer):
    """The categories rewards come in."""

    categories = serializers.ListField(child=serializers.CharField())


class DeletedRewardSerializer(LeanSerializer):
    """The id of a reward that is gone."""

    id = serializers.CharField()


class RewardFilterSerializer(LeanSerializer):
    """How the catalogue is narrowed. `available` true leaves only what can be redeemed now."""

    category = serializers.CharField(max_length=64, required=False)
    minPoints = serializers.IntegerField(
        source="points_min", min_value=0, max_value=AMOUNT_MAX, required=False
    )
    maxPoints = serializers.IntegerField(
        source="points_max", min_value=0, max_value=AMOUNT_MAX, required=False
    )
    available = ListedChoiceField(choices=["true", "false"], required=False)
    search = serializers.CharField(max_length=100, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the selector's keywords."""
        attrs["only_available"] = attrs.pop("available", "false") == "true"
        return attrs


class RewardBodySerializer(StrictSerializer):
    """What staff say of a new reward. A missing or null `quantity` is without limit."""

    title = StrictCharField(max_length=TITLE_LENGTH_MAX)
    description = StrictCharField(
        max_length=2_000, required=False, allow_blank=True, allow_null=True
    )
    category = StrictCharField(max_length=64)
    pointsRequired = PointsField(source="points_required")
    partner = StrictCharField(max_length=100, required=False, allow_blank=True, allow_null=True)
    quantity = StrictIntegerField(
        min_value=0, max_value=QUANTITY_MAX, required=False, allow_null=True
    )
    lowStockAt = StrictIntegerField(
        source="low_stock_at", min_value=0, max_value=QUANTITY_MAX, required=False
    )
    imageUrl = StrictCharField(
        source="image_url",
        max_length=500,
        required=False,
        allow_blank=True,
        allow_null=True,
        validators=[URLValidator(schemes=["https"], message="An https address is required.")],
    )
    isActive = StrictBooleanField(source="is_active", required=False)
    validFrom = AwareDateTimeField(source="valid_from", required=False, allow_null=True)
    validUntil = AwareDateTimeField(source="valid_until", required=False, allow_null=True)
    perMemberMax = StrictIntegerField(
        source="per_member_max",
        min_value=1,
        max_value=QUANTITY_MAX,
        required=False,
        allow_null=True,
    )
    minimumLevel = serializers.SlugRelatedField(
        source="minimum_level",
        slug_field="name",
        queryset=LevelConfig.objects.all(),
        required=False,
        allow_null=True,
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Keep texts that are null as blank ones."""
        blank = {
            name: ""
            for name in ("description", "partner", "image_url")
            if name in attrs and attrs[name] is None
        }
        return attrs | blank


class RewardChangeSerializer(RewardBodySerializer):
    """What staff change of a reward: the keys that are there, nothing else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"partial": True} | kwargs)
