"""Sign-in over HTTP."""

from typing import Any, NoReturn, cast

from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from points.errors import Invalid
from points.views import LoyaltyView

from .authentication import SiteSessionAuthentication
from .errors import SignInLocked, TokenExpired, TokenInvalid, WrongCredentials, WrongPassword
from .models import User
from .serializers import (
    ChangePasswordSerializer,
    LiveTokenRequestSerializer,
    LiveTokenSerializer,
    LoginSerializer,
    PersonSerializer,
    RefreshedSerializer,
    RefreshTokenSerializer,
    RegisterSerializer,
    SessionSerializer,
)
from .services import change_password, register_member, sign_in
from .sessions import issue_page_token, issue_tokens, refresh_tokens, sign_out
from .tokens import TokenKind

PAGE_TOKEN_KINDS = {"socket": TokenKind.SOCKET, "api": TokenKind.ACCESS}
REFRESH_TOKEN = {"refreshToken": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl"}


class PublicView(LoyaltyView):
    """A view for people who are not signed in yet.

    It does not look at the `Authorization` header: whoever renews a token may well send the
    expired one along.
    """

    authentication_classes = []
    permission_classes = [AllowAny]

    def answer_session(self, user: User, *, message: str, status_code: int) -> Response:
        """Return the person and fresh tokens."""
        session = {"user": user, "tokens": issue_tokens(user=user)}
        data = SessionSerializer(session).data
        return self.answer(data, message=message, status_code=status_code)


class RegisterView(PublicView):
    """`POST /api/auth/register`."""

    @extend_schema(
        summary="Register a member",
        request=RegisterSerializer,
        responses={201: SessionSerializer},
        examples=[
            OpenApiExample(
                "Somebody with a friend's code",
                request_only=True,
                value={
                    "name": "Eva Wood",
                    "email": "eva@example.com",
                    "password": "correct-horse-9",
                    "referralCode": "K7MPQ2XW",
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Register a member with an open account and sign them in.

        An e-mail that is taken, in any case, is 409; an unknown referral code is 400 and nothing
        is kept.
        """
        fields = self.validated(RegisterSerializer, request.data)
        try:
            user = register_member(**fields, now=self.now)
        except Invalid as error:
            refuse_field("referralCode", error)
        return self.answer_session(user, message="Registered", status_code=status.HTTP_201_CREATED)


class LoginView(PublicView):
    """`POST /api/auth/login`."""

    error_statuses = {WrongCredentials.code: 401, SignInLocked.code: 423}

    @extend_schema(
        summary="Sign in",
        request=LoginSerializer,
        responses={200: SessionSerializer},
        examples=[
            OpenApiExample(
                "Somebody",
                request_only=True,
                value={"email": "eva@example.com", "password": "correct-horse-9"},
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Sign in with e-mail and password. Whatever does not fit, the answer is the same 401.

        After ten failures under one name it is 423 with `Retry-After`, whoever asks.
        """
        fields = self.validated(LoginSerializer, request.data)
        user = sign_in(**fields, now=self.now)
        return self.answer_session(user, message="Signed in", status_code=status.HTTP_200_OK)


class RefreshTokenView(PublicView):
    """`POST /api/auth/refresh-token`."""

    error_statuses = {TokenInvalid.code: 401, TokenExpired.code: 401}

    @extend_schema(
        summary="Renew the tokens",
        request=RefreshTokenSerializer,
        responses={200: RefreshedSerializer},
        examples=[
            OpenApiExample(
                "A refresh token",
                request_only=True,
                value=REFRESH_TOKEN,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for the next pair. Each is good for one exchange."""
        fields = self.validated(RefreshTokenSerializer, request.data)
        tokens = refresh_tokens(**fields, now=self.now)
        return self.answer({"tokens": tokens}, message="Tokens renewed")


class LogoutView(PublicView):
    """`POST /api/auth/logout`."""

    error_statuses = {TokenInvalid.code: 401, TokenExpired.code: 401}

    @extend_schema(
        summary="Sign out",
        request=RefreshTokenSerializer,
        responses={200: None},
        examples=[
            OpenApiExample(
                "A refresh token",
                request_only=True,
                value=REFRESH_TOKEN,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """End the session a refresh token belongs to. Doing so again changes nothing."""
        fields = self.validated(RefreshTokenSerializer, request.data)
        sign_out(**fields, now=self.now)
        return self.answer(None, message="Signed out")


class ChangePasswordView(LoyaltyView):
    """`POST /api/auth/change-password`."""

    error_statuses = {SignInLocked.code: 423}

    @extend_schema(
        summary="Change the password",
        request=ChangePasswordSerializer,
        responses={200: None},
        examples=[
            OpenApiExample(
                "Both passwords",
                request_only=True,
                value={"currentPassword": "correct-horse-9", "newPassword": "battery-staple-7"},
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Set a new password and end every session at once, access tokens included."""
        fields = self.validated(ChangePasswordSerializer, request.data)
        try:
            change_password(user=cast("User", request.user), **fields, now=self.now)
        except WrongPassword as error:
            refuse_field("currentPassword", error)
        return self.answer(None, message="Password changed; sign in again")


class LiveTokenView(LoyaltyView):
    """`POST /api/auth/live-token`."""

    authentication_classes = [SiteSessionAuthentication]

    @extend_schema(
        summary="A token for a page of the site",
        request=LiveTokenRequestSerializer,
        responses={200: LiveTokenSerializer},
        examples=[
            OpenApiExample("For live events", request_only=True, value={}),
            OpenApiExample("For the API", request_only=True, value={"use": "api"}),
        ],
    )
    @method_decorator(never_cache)
    def post(self, request: Request) -> Response:
        """Exchange the session of the site's own pages for a token.

        It takes the session's cookie and the header `X-CSRFToken`, and no other token. The one it
        gives opens a socket for five minutes and is nothing to the API, unless `use` is `api`:
        then it is an access token as any other, without a refresh token.
        """
        fields = self.validated(LiveTokenRequestSerializer, request.data)
        kind = PAGE_TOKEN_KINDS[fields["use"]]
        token = issue_page_token(user=cast("User", request.user), kind=kind, now=self.now)
        return self.answer(LiveTokenSerializer(token).data)


class MeView(LoyaltyView):
    """`GET /api/auth/me`."""

    @extend_schema(
        summary="Who is signed in",
        responses={200: PersonSerializer},
    )
    def get(self, request: Request) -> Response:
        """Return the person the token belongs to."""
        return self.answer(PersonSerializer(request.user).data)


def refuse_field(name: str, error: Any) -> NoReturn:
    """Raise a service's refusal as the error of one field of the body."""
    raise ValidationError({name: [error.message]}) from error
