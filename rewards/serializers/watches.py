"""The shapes of waiting for a reward over HTTP."""

from rest_framework import serializers

from points.serializers import LeanSerializer


class WatchSerializer(LeanSerializer):
    """A member's place in the line for a reward, 1 being the first; null when out of it."""

    rewardId = serializers.CharField()
    isWatched = serializers.BooleanField()
    position = serializers.IntegerField(allow_null=True)
    watchedAt = serializers.DateTimeField(allow_null=True)
