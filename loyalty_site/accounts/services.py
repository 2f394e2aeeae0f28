"""Registering people, letting them in and ending their sessions."""

import uuid

from django.utils import timezone

from .models import User
from .tokens import TokenKind, encode_token


def issue_tokens(*, user: User, family: str = "") -> dict[str, str]:
    """Return a fresh pair of tokens as `{"accessToken": …, "refreshToken": …}`.

    Nothing is stored. `family` continues the session that a refresh token belongs to.
    """
    now = timezone.now()
    family = family or uuid.uuid4().hex
    return {
        "accessToken": encode_token(user=user, kind=TokenKind.ACCESS, family=family, now=now),
        "refreshToken": encode_token(user=user, kind=TokenKind.REFRESH, family=family, now=now),
    }
