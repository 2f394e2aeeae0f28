"""The shapes of the site's own answers, for the OpenAPI document."""

from rest_framework import serializers


class HealthSerializer(serializers.Serializer):
    """Who answers."""

    status = serializers.ChoiceField(choices=["ok", "degraded", "down"])
    environment = serializers.CharField()
    version = serializers.CharField()


class PartSerializer(serializers.Serializer):
    """One part the site stands on."""

    status = serializers.ChoiceField(choices=["up", "down"])
    milliseconds = serializers.FloatField(required=False)


class PartsSerializer(serializers.Serializer):
    """All of them."""

    database = PartSerializer()
    redis = PartSerializer()
    worker = PartSerializer()


class DeepHealthSerializer(HealthSerializer):
    """Who answers, and what it stands on."""

    checks = PartsSerializer()


class DiscoverySerializer(serializers.Serializer):
    """Where things are."""

    name = serializers.CharField()
    version = serializers.CharField()
    services = serializers.DictField(child=serializers.CharField())
    documentation = serializers.DictField(child=serializers.CharField())
