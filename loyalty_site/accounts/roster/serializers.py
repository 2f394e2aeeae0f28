"""The shapes of announced and listed people."""

from rest_framework import serializers

from points.serializers import (
    LeanModelSerializer,
    LeanSerializer,
    ListedChoiceField,
    StrictCharField,
    StrictSerializer,
)

from ..models import PUBLIC_ID_LENGTH_MAX, Role, User, is_public_id
from ..serializers import NAME_LENGTH_MAX, EmailField

SEARCH_LENGTH_MAX = 100


class AnnouncementSerializer(StrictSerializer):
    """A member as the host knows them."""

    id = StrictCharField(source="public_id", max_length=PUBLIC_ID_LENGTH_MAX)
    name = StrictCharField(max_length=NAME_LENGTH_MAX)
    email = EmailField()

    def validate_id(self, public_id: str) -> str:
        """Refuse what cannot be a user id."""
        if not is_public_id(public_id):
            raise serializers.ValidationError(
                "A letter or digit, then letters, digits, dots, colons, @, _ and -."
            )
        return public_id


class AnnouncedSerializer(LeanModelSerializer):
    """A member as we know them; `id` and `userId` are the same."""

    id = serializers.CharField(source="public_id")
    userId = serializers.CharField(source="public_id")

    class Meta:
        model = User
        fields = ["id", "userId", "name", "email"]


class PersonRowSerializer(LeanModelSerializer):
    """A person and what they have; `points` can be spent now."""

    userId = serializers.CharField(source="public_id")
    points = serializers.IntegerField()
    lifetimePoints = serializers.IntegerField(source="lifetime_points")
    level = serializers.CharField(allow_null=True)
    role = serializers.ChoiceField(source="shown_role", choices=Role.choices)
    isActive = serializers.BooleanField(source="is_active")
    createdAt = serializers.DateTimeField(source="joined_at")

    class Meta:
        model = User
        fields = [
            "userId",
            "name",
            "email",
            "points",
            "lifetimePoints",
            "level",
            "role",
            "isActive",
            "createdAt",
        ]


class PeopleFilterSerializer(LeanSerializer):
    """How staff narrow the list of people."""

    search = serializers.CharField(max_length=SEARCH_LENGTH_MAX, required=False, allow_blank=True)
    role = ListedChoiceField(choices=Role.choices, required=False)
    isActive = ListedChoiceField(choices=["true", "false"], source="is_active", required=False)

    def validate_isActive(self, text: str) -> bool:
        """Return what the word says."""
        return text == "true"
