"""Naming who calls before anybody has looked them up, for counting their requests."""

from typing import Any

from django.utils import timezone
from rest_framework.authentication import get_authorization_header

from .api_keys import resolve_api_key
from .authentication import SCHEME, read_api_key
from .errors import NotSignedIn
from .tokens import TokenKind, decode_token


def name_caller(request: Any) -> str | None:
    """Return a name for whoever shows a token we would believe or a key of ours, else None.

    `request` is Django's, as it came. A token's signature is enough, so that a flood of made-up
    ones costs no query; whether its session has ended is for the authentication to say. A key
    costs one query.
    """
    scheme, _, token = get_authorization_header(request).partition(b" ")
    try:
        if scheme.lower() == SCHEME.lower().encode():
            text = token.strip().decode("latin-1")
            return f"member:{decode_token(text, kind=TokenKind.ACCESS).member_id}"
        api_key = read_api_key(request)
        if api_key is None:
            return None
        return f"key:{resolve_api_key(text=api_key, now=timezone.now()).prefix}"
    except NotSignedIn:
        return None
