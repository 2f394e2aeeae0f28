"""The shapes of leaderboards."""

from datetime import date
from typing import Any

from rest_framework import serializers

from points.serializers import LeanModelSerializer, LeanSerializer
from points.serializers.fields import (
    ListedChoiceField,
    StrictBooleanField,
    StrictCharField,
    StrictSerializer,
)
from points.services.calendar import get_programme_date

from ..enums import PeriodKind
from ..models import BoardPreference, Leaderboard
from ..selectors import Place, show_name

TIMEFRAMES = {kind.name.lower(): kind for kind in PeriodKind}
# Longer texts are refused before anybody cleans them.
ALIAS_TEXT_LENGTH_MAX = 200


class BoardQuerySerializer(LeanSerializer):
    """Which period of a board, and whether the page is the caller's neighbourhood."""

    timeframe = ListedChoiceField(
        choices=list(TIMEFRAMES),
        default="all",
        help_text="all, or the year, month or ISO week of the programme's calendar.",
    )
    at = serializers.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        help_text="A date in the period that is wanted, today or before; without it the present "
        "one. All time is the same whatever the date.",
    )
    around = ListedChoiceField(
        choices=["me"],
        required=False,
        help_text="`me` is the page with the caller in its middle, in place of `page`; empty for "
        "a caller without a score.",
    )

    def validate_at(self, day: date) -> date:
        """Refuse a day that has not come."""
        if day > get_programme_date(self.context["now"]):
            raise serializers.ValidationError("This date has not come yet.")
        return day

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a page and a neighbourhood at once."""
        both = {"page", "offset"} & set(self.initial_data) if "around" in attrs else set()
        if both:
            raise serializers.ValidationError(
                {name: ["Give either this or around."] for name in sorted(both)}
            )
        return attrs


class PlaceSerializer(LeanSerializer):
    """A place on a board. Whose it is, others learn only if the member does not mind.

    `userId` is null for members who are hidden, go by an alias or have left; staff who may view
    members see everybody. The caller is always themselves to themselves.
    """

    userId = serializers.SerializerMethodField()
    userName = serializers.SerializerMethodField()
    name = serializers.SerializerMethodField(help_text="The same as userName.")
    value = serializers.FloatField(help_text="In the board's unit; whole where the metric is.")
    rank = serializers.IntegerField(help_text="1 + the number of members with more.")
    isMe = serializers.BooleanField(source="is_viewer")

    def get_userId(self, place: Place) -> str | None:
        """Return the member's id, if the caller may know it."""
        is_open = place.is_active and not place.is_hidden and not place.alias
        return place.public_id if is_open or self.sees_all(place) else None

    def get_userName(self, place: Place) -> str:
        """Return what the caller may call the member."""
        return show_name(place, sees_names=self.sees_all(place))

    def get_name(self, place: Place) -> str:
        """Return the same."""
        return self.get_userName(place)

    def sees_all(self, place: Place) -> bool:
        """Say whether the caller sees who stands here whatever they wish."""
        return place.is_viewer or bool(self.context.get("sees_names"))

    def to_representation(self, instance: Place) -> dict[str, Any]:
        """Keep whole values whole."""
        return {**super().to_representation(instance), "value": instance.value}


class MyPlaceSerializer(LeanSerializer):
    """The caller's own place; without a score in the period value 0 and rank null."""

    userId = serializers.CharField()
    value = serializers.FloatField()
    rank = serializers.IntegerField(allow_null=True)


class PeriodSerializer(LeanSerializer):
    """The first and the last day of the period; null where there is none."""

    start = serializers.DateField(allow_null=True)
    end = serializers.DateField(allow_null=True)


class LeaderboardSerializer(LeanModelSerializer):
    """A leaderboard there is."""

    class Meta:
        model = Leaderboard
        fields = ["slug", "title", "unit"]


class LeaderboardListSerializer(LeanSerializer):
    """All leaderboards."""

    leaderboards = LeaderboardSerializer(many=True)
    total = serializers.IntegerField()


class BoardPaginationSerializer(LeanSerializer):
    """Where the page lies on the board."""

    page = serializers.IntegerField()
    limit = serializers.IntegerField()
    total = serializers.IntegerField()
    totalPages = serializers.IntegerField()
    hasMore = serializers.BooleanField()


class LeaderboardPageSerializer(LeanSerializer):
    """A page of a leaderboard; `total` is how many members it has."""

    leaderboard = PlaceSerializer(many=True)
    total = serializers.IntegerField()
    pagination = BoardPaginationSerializer()
    me = MyPlaceSerializer()
    board = LeaderboardSerializer()
    timeframe = serializers.CharField()
    period = PeriodSerializer()


class BoardPreferenceSerializer(LeanModelSerializer):
    """How the caller is shown to other members; `alias` is null without one."""

    hidden = serializers.BooleanField(source="is_hidden")
    alias = serializers.SerializerMethodField()

    class Meta:
        model = BoardPreference
        fields = ["hidden", "alias"]

    def get_alias(self, preference: BoardPreference) -> str | None:
        """Return the alias, or None."""
        return preference.alias or None


class SetBoardPreferenceSerializer(StrictSerializer):
    """How to be shown; at least one of the two, the other stays as it is."""

    hidden = StrictBooleanField(source="is_hidden", required=False)
    alias = StrictCharField(
        required=False,
        allow_blank=True,
        allow_null=True,
        max_length=ALIAS_TEXT_LENGTH_MAX,
        help_text="Up to 30 letters, digits, blanks and . _ - '; blank or null is none.",
    )

    def validate_alias(self, alias: str | None) -> str:
        """Take null as none."""
        return alias or ""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require one of them."""
        if not attrs:
            raise serializers.ValidationError("Send hidden, alias or both.")
        return attrs
