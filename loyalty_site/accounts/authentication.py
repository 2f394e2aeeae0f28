"""Who is calling: the bearer token of a request or a socket.

Members come with our own tokens or with the host's; see `tokens.decode_token`. Both cost one query.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from .errors import NotSignedIn, TokenInvalid
from .models import User
from .services import ensure_members
from .sessions import get_token_holder
from .tokens import TokenKind, decode_token

SCHEME = "Bearer"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A person who showed a good access token, and the instant it ends."""

    user: User
    expires_at: datetime


def resolve_access_token(token: str) -> Identity:
    """Return who holds an access token. One query, a few more when a host's member is new.

    Raises AuthenticationFailed with the code `token_invalid` or `token_expired`.
    """
    try:
        claims = decode_token(token, kind=TokenKind.ACCESS)
        user = get_token_holder(claims=claims)
        if user is None and not claims.is_ours:
            ensure_members(public_ids=[claims.member_id], now=timezone.now())
            user = get_token_holder(claims=claims)
        if user is None:
            raise TokenInvalid
    except NotSignedIn as error:
        raise AuthenticationFailed(error.message, error.code) from error
    return Identity(user=user, expires_at=claims.expires_at)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`; no header is nobody, a bad one is refused."""

    def authenticate(self, request: Request) -> tuple[User, Identity] | None:
        """Return the caller and, as `request.auth`, the Identity; None without a bearer token."""
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != SCHEME.lower().encode():
            return None
        try:
            identity = resolve_access_token(token.strip().decode("ascii"))
        except UnicodeDecodeError as error:
            raise AuthenticationFailed(TokenInvalid.message, TokenInvalid.code) from error
        return identity.user, identity

    def authenticate_header(self, request: Request) -> str:
        """Return what `WWW-Authenticate` says in a 401."""
        return SCHEME
