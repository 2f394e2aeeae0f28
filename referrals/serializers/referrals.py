"""The shapes of referrals, their figures and the board of referrers."""

from django.core.validators import EmailValidator
from rest_framework import serializers

from points.serializers import (
    LeanModelSerializer,
    LeanSerializer,
    ListedChoiceField,
    StrictCharField,
    StrictSerializer,
)

from ..enums import BoardPeriod, ReferralStatus
from ..models import Referral
from ..selectors import BoardPlace

CODE_LENGTH_MAX = 20
EMAIL_LENGTH_MAX = 255
BOARD_LIMIT_DEFAULT = 10
BOARD_LIMIT_MAX = 100


def shorten_name(name: str) -> str:
    """Return the first name and the initial of the last: `Mia L.`; a single name as it is."""
    words = name.split()
    return f"{words[0]} {words[-1][0]}." if len(words) > 1 else name


class ReferralSerializer(LeanModelSerializer):
    """A new member the caller is or may be credited with, by first name and initial only.

    `status` is `converted`, `activated` after a first purchase, `in_review` while staff look at
    it, or `refused`; only the first two earn.
    """

    userId = serializers.CharField(source="referred.public_id")
    name = serializers.SerializerMethodField()
    joinedAt = serializers.DateTimeField(source="referred.joined_at")
    pointsEarned = serializers.IntegerField(source="points_earned")
    status = serializers.ChoiceField(choices=ReferralStatus.choices)

    class Meta:
        model = Referral
        fields = ["userId", "name", "joinedAt", "pointsEarned", "status"]

    def get_name(self, referral: Referral) -> str:
        """Return `Mia L.` for Mia Lopez."""
        return shorten_name(referral.referred.display_name if referral.referred else "")


class ConversionSerializer(StrictSerializer):
    """A code, and the e-mail of whom it was given to."""

    referralCode = StrictCharField(max_length=CODE_LENGTH_MAX)
    email = StrictCharField(
        max_length=EMAIL_LENGTH_MAX, validators=[EmailValidator("Enter a valid e-mail address.")]
    )

    def validate_email(self, email: str) -> str:
        """Return the address as it is stored: in lower case."""
        return email.lower()


class ConvertedSerializer(LeanSerializer):
    """Whether the code is a member's, and whose (`userId`)."""

    converted = serializers.BooleanField()
    referrerId = serializers.CharField(allow_null=True)


class ReferralFiguresSerializer(LeanSerializer):
    """The caller's referrals in numbers; `totalRewards` are points, as the ledger has them."""

    totalReferrals = serializers.IntegerField(source="total")
    convertedReferrals = serializers.IntegerField(source="converted")
    pendingReferrals = serializers.IntegerField(source="pending")
    totalRewards = serializers.IntegerField(source="rewards")


class BoardQuerySerializer(LeanSerializer):
    """Which stretch of the calendar, and how many places."""

    period = ListedChoiceField(choices=BoardPeriod.choices, default=BoardPeriod.ALL)
    limit = serializers.IntegerField(min_value=1, default=BOARD_LIMIT_DEFAULT)

    def validate_limit(self, limit: int) -> int:
        """Take more than the most as the most."""
        return min(limit, BOARD_LIMIT_MAX)


class BoardPlaceSerializer(LeanSerializer):
    """A referrer's place in the period; `avatar` is null or an https address."""

    rank = serializers.IntegerField()
    userId = serializers.CharField(source="public_id")
    name = serializers.SerializerMethodField()
    avatar = serializers.SerializerMethodField()
    referrals = serializers.IntegerField()
    pointsEarned = serializers.IntegerField(source="points_earned")

    def get_name(self, place: BoardPlace) -> str:
        """Return `Mia L.` for Mia Lopez."""
        return shorten_name(place.name)

    def get_avatar(self, place: BoardPlace) -> str | None:
        """Return null: members have no picture here."""
        return None


class OwnPlaceSerializer(LeanSerializer):
    """The caller's own place: `value` are the members brought in the period."""

    userId = serializers.CharField()
    value = serializers.IntegerField()
    rank = serializers.IntegerField(
        allow_null=True, help_text="1 + the number of members with more; null without any."
    )


class BoardSerializer(LeanSerializer):
    """The first places of a period; `total` is how many members brought somebody in it."""

    entries = BoardPlaceSerializer(many=True)
    total = serializers.IntegerField()
    period = serializers.ChoiceField(choices=BoardPeriod.choices)
    me = OwnPlaceSerializer()
