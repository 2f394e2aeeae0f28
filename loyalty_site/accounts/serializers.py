"""The shapes of sign-in."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import EmailValidator
from rest_framework import serializers

from points.serializers import (
    LeanSerializer,
    ListedChoiceField,
    StrictCharField,
    StrictSerializer,
)

from .models import Role, User, normalise_email

NAME_LENGTH_MAX = 150
EMAIL_LENGTH_MAX = 255
# Hashing is slow on purpose; without a bound a long password would be a way to keep us busy.
PASSWORD_LENGTH_MAX = 256
TOKEN_LENGTH_MAX = 4_096


class EmailField(StrictCharField):
    """An e-mail address, as it is stored: in lower case."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=EMAIL_LENGTH_MAX, **kwargs)
        self.validators.append(EmailValidator("Enter a valid e-mail address."))

    def to_internal_value(self, data: Any) -> str:
        """Return the address as it is stored."""
        return normalise_email(super().to_internal_value(data))


class PasswordField(StrictCharField):
    """A password: every character counts, blanks at its ends too."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=PASSWORD_LENGTH_MAX,
            trim_whitespace=False,
            write_only=True,
            style={"input_type": "password"},
            **kwargs,
        )


def check_new_password(password: str, user: User, *, field: str) -> None:
    """Raise the validators' sentences as errors of `field`."""
    try:
        validate_password(password, user)
    except DjangoValidationError as error:
        raise serializers.ValidationError({field: error.messages}) from error


class RegisterSerializer(StrictSerializer):
    """What a new member tells."""

    name = StrictCharField(max_length=NAME_LENGTH_MAX)
    email = EmailField()
    password = PasswordField()
    referralCode = StrictCharField(
        source="referral_code", max_length=32, required=False, allow_blank=True, default=""
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hold the password against the site's rules and the member's own name."""
        person = User(email=attrs["email"], name=attrs["name"])
        check_new_password(attrs["password"], person, field="password")
        return attrs


class LoginSerializer(StrictSerializer):
    """An e-mail and a password. Whether the e-mail is well-formed is no one's business here."""

    email = StrictCharField(max_length=EMAIL_LENGTH_MAX)
    password = PasswordField()


class RefreshTokenSerializer(StrictSerializer):
    """A refresh token."""

    refreshToken = StrictCharField(source="refresh_token", max_length=TOKEN_LENGTH_MAX)


class ChangePasswordSerializer(StrictSerializer):
    """The present password and the next."""

    currentPassword = PasswordField(source="current_password")
    newPassword = PasswordField(source="new_password")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hold the new password against the site's rules and the person's own name."""
        user = self.context["request"].user
        check_new_password(attrs["new_password"], user, field="newPassword")
        return attrs


class PersonSerializer(LeanSerializer):
    """The person who is signed in, as a front end shows them."""

    userId = serializers.CharField(source="public_id")
    name = serializers.CharField()
    email = serializers.EmailField(allow_null=True)
    role = serializers.ChoiceField(source="shown_role", choices=Role.choices)


class TokensSerializer(LeanSerializer):
    """A pair of tokens."""

    accessToken = serializers.CharField()
    refreshToken = serializers.CharField()


class SessionSerializer(LeanSerializer):
    """A person who just came in, and their tokens."""

    user = PersonSerializer()
    tokens = TokensSerializer()


class RefreshedSerializer(LeanSerializer):
    """The next pair of tokens."""

    tokens = TokensSerializer()


class LiveTokenRequestSerializer(StrictSerializer):
    """What the token is for: `socket` opens the live events, `api` calls everything."""

    use = ListedChoiceField(choices=["socket", "api"], default="socket")


class LiveTokenSerializer(LeanSerializer):
    """A token of a page, and the instant it ends."""

    token = serializers.CharField()
    expiresAt = serializers.DateTimeField(source="expires_at")
