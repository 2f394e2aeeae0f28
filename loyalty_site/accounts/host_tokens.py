"""The tokens a host signs for its own members, who so need no second sign-in here.

Such a token proves who somebody is and nothing else: what it says of roles or powers is not read,
and it never speaks for anybody who has powers here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Exists, OuterRef, Q

from .errors import TokenExpired, TokenInvalid
from .host_keys import find_host_key
from .members import meet_member
from .models import User
from .tokens import read_member_id

NAME_LENGTH_MAX = 150
EMAIL_LENGTH_MAX = 255
# What some issuers say in place of `token_type`.
KIND_CLAIMS = ("token_type", "token_use", "typ", "type")
REFRESH_KIND = "refresh"
HAS_POWERS = Q(
    Q(is_staff=True)
    | Q(is_superuser=True)
    | Exists(User.groups.through.objects.filter(user=OuterRef("pk")))
    | Exists(Permission.objects.filter(user=OuterRef("pk")))
)


@dataclass(frozen=True, kw_only=True)
class HostClaims:
    """What a host says of its member. `name` and `email` are blank when it says nothing usable."""

    member_id: str
    expires_at: datetime
    name: str
    email: str


def decode_host_token(token: str) -> HostClaims:
    """Check a host's token and return what it says.

    It must expire, be signed with one of the host's keys, and name issuer and audience when these
    are set. Raises TokenExpired, TokenInvalid or HostKeysAway.
    """
    try:
        key, algorithm = find_host_key(jwt.get_unverified_header(token))
        claims = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=settings.HOST_JWT["ISSUER"] or None,
            audience=settings.HOST_JWT["AUDIENCE"] or None,
            leeway=settings.HOST_JWT["LEEWAY_SECONDS"],
            options={
                "require": ["exp"],
                "verify_aud": bool(settings.HOST_JWT["AUDIENCE"]),
                "verify_sub": False,
                "verify_jti": False,
                "enforce_minimum_key_length": True,
            },
        )
        expires_at = datetime.fromtimestamp(int(claims["exp"]), tz=UTC)
    except jwt.ExpiredSignatureError as error:
        raise TokenExpired from error
    except (jwt.PyJWTError, TypeError, ValueError, OverflowError) as error:
        raise TokenInvalid from error
    if any(str(claims.get(name)).lower() == REFRESH_KIND for name in KIND_CLAIMS):
        raise TokenInvalid
    return HostClaims(
        member_id=read_member_id(claims, names=settings.HOST_JWT["ID_CLAIMS"]),
        expires_at=expires_at,
        name=_read_name(claims),
        email=_read_email(claims),
    )


def find_host_member(*, claims: HostClaims, now: datetime) -> User:
    """Return the member a host's token names, made on first sight. One query for a known one.

    Raises TokenInvalid when they may not come in, or when they have powers here.
    """
    people = User.objects.annotate(has_powers=HAS_POWERS)
    user = people.filter(public_id=claims.member_id).first()
    if user is None:
        meet_member(public_id=claims.member_id, name=claims.name, email=claims.email, now=now)
        user = people.get(public_id=claims.member_id)
    if not user.is_active or user.has_powers:
        raise TokenInvalid
    return user


def _read_name(claims: Mapping[str, Any]) -> str:
    name = claims.get("name")
    if not isinstance(name, str):
        return ""
    return "".join(char for char in name if char.isprintable()).strip()[:NAME_LENGTH_MAX]


def _read_email(claims: Mapping[str, Any]) -> str:
    """Return the e-mail, blank when it is none or when the host says that nobody checked it."""
    email = claims.get("email")
    if not isinstance(email, str) or len(email) > EMAIL_LENGTH_MAX or not email.isprintable():
        return ""
    if claims.get("email_verified", True) in (False, "false"):
        return ""
    try:
        validate_email(email.strip())
    except ValidationError:
        return ""
    return email.strip()
