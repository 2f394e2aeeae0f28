"""The shapes of badges."""

from rest_framework import serializers

from points.serializers import LeanModelSerializer, LeanSerializer

from ..models import Badge


class BadgeSerializer(LeanModelSerializer):
    """A badge; `imageUrl` is null when it has no image."""

    id = serializers.CharField()
    imageUrl = serializers.SerializerMethodField()

    class Meta:
        model = Badge
        fields = ["id", "type", "name", "description", "criteria", "category", "points", "imageUrl"]

    def get_imageUrl(self, badge: Badge) -> str | None:
        """Return the image's address, or None."""
        return badge.image_url or None


class BadgeListSerializer(LeanSerializer):
    """All badges."""

    badges = BadgeSerializer(many=True)
    total = serializers.IntegerField()
