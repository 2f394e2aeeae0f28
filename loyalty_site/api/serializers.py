"""The shapes of the site's own answers, for the OpenAPI document."""

from rest_framework import serializers

from points.serializers import LeanSerializer


class HealthSerializer(LeanSerializer):
    """Who answers."""

    status = serializers.ChoiceField(choices=["ok", "degraded", "down"])
    environment = serializers.CharField()
    version = serializers.CharField()


class PartSerializer(LeanSerializer):
    """One part the site stands on."""

    status = serializers.ChoiceField(choices=["up", "down"])
    milliseconds = serializers.FloatField(required=False)


class AgedPartSerializer(PartSerializer):
    """One part, and how many seconds ago it showed itself or how long its oldest work waits."""

    ageSeconds = serializers.FloatField(required=False)


class PartsSerializer(LeanSerializer):
    """All of them."""

    database = PartSerializer()
    redis = PartSerializer()
    worker = AgedPartSerializer()
    schedule = AgedPartSerializer()
    outbox = AgedPartSerializer()


class DeepHealthSerializer(HealthSerializer):
    """Who answers, and what it stands on."""

    checks = PartsSerializer()


class DatabaseSummarySerializer(LeanSerializer):
    """How much there is: the main things by name, and the rows of every table by app and model."""

    users = serializers.IntegerField()
    accounts = serializers.IntegerField()
    transactions = serializers.IntegerField()
    redemptions = serializers.IntegerField()
    points = serializers.IntegerField(help_text="What all accounts hold together.")
    lifetimePoints = serializers.IntegerField()
    tables = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))


class DiscoverySerializer(LeanSerializer):
    """Where things are."""

    name = serializers.CharField()
    version = serializers.CharField()
    services = serializers.DictField(child=serializers.CharField())
    documentation = serializers.DictField(child=serializers.CharField())


class OpenApiDocumentSerializer(LeanSerializer):
    """An OpenAPI document, at its top."""

    openapi = serializers.CharField()
    info = serializers.DictField(child=serializers.CharField())
    paths = serializers.DictField(child=serializers.DictField())
    components = serializers.DictField(child=serializers.DictField())
