"""Naming who calls before their view has looked them up, for counting their requests."""

from typing import Any

from django.conf import settings
from rest_framework.authentication import get_authorization_header

from .authentication import SCHEME, find_api_key
from .errors import HostKeysAway, NotSignedIn
from .host_tokens import decode_host_token
from .tokens import NotSignedByUs, TokenKind, decode_token


def name_caller(request: Any) -> str | None:
    """Return a name for whoever shows a token we would believe, a key or a session of ours.

    None for everybody else. `request` is Django's, as it came. A token's signature is enough, so
    that a flood of made-up ones costs no query; whether its session has ended is for the
    authentication to say. A key costs one query, which the authentication is spared then; a session
    two at most.
    """
    scheme, _, token = get_authorization_header(request).partition(b" ")
    try:
        if scheme.lower() == SCHEME.lower().encode():
            return f"member:{read_member_id_of(token.strip().decode('latin-1'))}"
        api_key = find_api_key(request)
        return f"key:{api_key.prefix}" if api_key else name_visitor(request)
    except (NotSignedIn, HostKeysAway):
        return None


def name_visitor(request: Any) -> str | None:
    """Return a name for whoever is signed in to the site's pages, None for everybody else."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    # A request that ended before it came to the sessions has nobody.
    user = getattr(request, "user", None)
    return f"member:{user.public_id}" if user is not None and user.is_authenticated else None


def read_member_id_of(token: str) -> str:
    """Return whom a token of ours or of a host's names. Raises NotSignedIn and HostKeysAway."""
    try:
        return decode_token(token, kind=TokenKind.ACCESS).member_id
    except NotSignedByUs:
        return decode_host_token(token).member_id
