"""Who is calling: the bearer token of a request or a socket, or the API key of a host.

Members come with our own tokens (`tokens`) or their host's (`host_tokens`). All cost one query.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from .api_keys import resolve_api_key
from .errors import HostKeysAway, NotSignedIn, TokenInvalid
from .host_keys import ASK_AGAIN_SECONDS
from .host_tokens import decode_host_token, find_host_member
from .models import ApiKey, User
from .sessions import find_ended, get_token_holder
from .tokens import NotSignedByUs, TokenClaims, TokenKind, decode_token

SCHEME = "Bearer"
API_KEY_SCHEME = "Api-Key"
API_KEY_HEADER = "X-API-Key"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A person who showed a good access token, and the instant it ends."""

    user: User
    expires_at: datetime


def resolve_access_token(token: str) -> Identity:
    """Return who holds an access token. One query, a few more when a host's member is new.

    Raises AuthenticationFailed with the code `token_invalid` or `token_expired`, and HostKeysAway.
    """
    try:
        try:
            claims = decode_token(token, kind=TokenKind.ACCESS)
        except NotSignedByUs:
            return resolve_host_token(token)
        user = get_token_holder(claims=claims)
    except NotSignedIn as error:
        raise AuthenticationFailed(error.message, error.code) from error
    return Identity(user=user, expires_at=claims.expires_at)


def resolve_socket_token(token: str) -> Identity:
    """Return who may open a socket: with a token made for that, or with an access token.

    Raises what `resolve_access_token` does.
    """
    try:
        claims = decode_token(token, kind=TokenKind.SOCKET)
        return Identity(user=get_token_holder(claims=claims), expires_at=claims.expires_at)
    except NotSignedIn:
        return resolve_access_token(token)


def find_refused_tokens(tokens: Collection[str]) -> set[str]:
    """Return those of the sockets' tokens that are good no longer.

    One query for all of ours, one for each of a host's; while the host's keys are away its tokens
    count as good.
    """
    claims: dict[str, TokenClaims] = {}
    refused: set[str] = set()
    for token in tokens:
        try:
            claims[token] = _decode_socket_token(token)
        except NotSignedByUs:
            try:
                resolve_host_token(token)
            except NotSignedIn:
                refused.add(token)
            except HostKeysAway:
                continue
        except NotSignedIn:
            refused.add(token)
    return refused | find_ended(claims=claims)


def _decode_socket_token(token: str) -> TokenClaims:
    try:
        return decode_token(token, kind=TokenKind.ACCESS)
    except NotSignedByUs:
        raise
    except NotSignedIn:
        return decode_token(token, kind=TokenKind.SOCKET)


def resolve_host_token(token: str) -> Identity:
    """Return the member whom a host's token names. Raises NotSignedIn and HostKeysAway."""
    host_claims = decode_host_token(token)
    user = find_host_member(claims=host_claims, now=timezone.now())
    return Identity(user=user, expires_at=host_claims.expires_at)


class CannotTell(APIException):
    """Whether the token is good cannot be said now. Answers 503; `wait` is in seconds."""

    status_code = 503
    default_code = "service_unavailable"
    default_detail = HostKeysAway.message
    wait = ASK_AGAIN_SECONDS


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
        except HostKeysAway as error:
            raise CannotTell from error
        return identity.user, identity

    def authenticate_header(self, request: Request) -> str:
        """Return what `WWW-Authenticate` says in a 401."""
        return SCHEME


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key <key>` or `X-API-Key: <key>`; a bearer token goes before both.

    The caller is the key's service account. No header is nobody, a bad key is refused.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """Return the service account and, as `request.auth`, the ApiKey; None without a key."""
        try:
            api_key = find_api_key(request)
        except NotSignedIn as error:
            raise AuthenticationFailed(error.message, error.code) from error
        return (api_key.service_account, api_key) if api_key else None

    def authenticate_header(self, request: Request) -> str:
        """Return what `WWW-Authenticate` says in a 401."""
        return API_KEY_SCHEME


class SiteSessionAuthentication(SessionAuthentication):
    """The session of somebody who signed in to the site's own pages, with its CSRF token."""

    def authenticate_header(self, request: Request) -> str:
        """Return what `WWW-Authenticate` says in a 401."""
        return "Session"


def find_api_key(request: Any) -> ApiKey | None:
    """Return the good key a request carries, None when it carries none. Raises NotSignedIn.

    Whoever asks first for a request, Django's or the framework's around it, leaves on it what came
    of it: so counting a request and letting it in look the key up once.
    """
    text = read_api_key(request)
    if text is None:
        return None
    found: ApiKey | NotSignedIn | None = getattr(request, "api_key_found", None)
    if found is None:
        try:
            found = resolve_api_key(text=text, now=timezone.now())
        except NotSignedIn as error:
            found = error
        request.api_key_found = found
    if isinstance(found, NotSignedIn):
        raise found
    return found


def read_api_key(request: Request) -> str | None:
    """Return the key a request carries, None when it carries none."""
    scheme, _, text = get_authorization_header(request).partition(b" ")
    if scheme.lower() == API_KEY_SCHEME.lower().encode():
        return text.strip().decode("latin-1")
    return request.headers.get(API_KEY_HEADER)
