"""The tokens members and hosts carry: what is in them and how they are read.

An access token is good for minutes and stands in the `Authorization` header; a refresh token is
good for days, for one use, and buys the next pair. Both carry the person's `epoch`, so raising
`User.token_epoch` ends them all at once.
"""

import enum
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
from rest_framework_simplejwt.settings import api_settings

from .errors import TokenExpired, TokenInvalid
from .models import User, is_public_id

# A host's own tokens name its member under any of these; ours say `userId` and `sub`.
MEMBER_ID_CLAIMS = ("id", "userId", "_id", "sub")


class TokenKind(enum.StrEnum):
    """What a token is for; the value of its `token_type` claim."""

    ACCESS = "access"
    REFRESH = "refresh"


@dataclass(frozen=True, kw_only=True)
class TokenClaims:
    """What a token with a good signature says.

    `epoch` is None, and `token_id` and `family` are blank, in a token that a host signed for its
    own member; ours always carry them.
    """

    member_id: str
    expires_at: datetime
    is_ours: bool
    epoch: int | None
    token_id: str
    family: str


def encode_token(*, user: User, kind: TokenKind, family: str, now: datetime) -> str:
    """Return a signed token for a person. `family` is shared by all that one sign-in leads to."""
    lifetimes = {
        TokenKind.ACCESS: api_settings.ACCESS_TOKEN_LIFETIME,
        TokenKind.REFRESH: api_settings.REFRESH_TOKEN_LIFETIME,
    }
    claims: dict[str, Any] = {
        "iss": api_settings.ISSUER,
        "aud": api_settings.AUDIENCE,
        "iat": now,
        "exp": now + lifetimes[kind],
        "jti": uuid.uuid4().hex,
        "token_type": kind.value,
        "family": family,
        "epoch": user.token_epoch,
        "userId": user.public_id,
        "sub": user.public_id,
    }
    if kind is TokenKind.ACCESS:
        claims |= {"email": user.email, "role": user.role, "name": user.name}
    return jwt.encode(claims, api_settings.SIGNING_KEY, algorithm=api_settings.ALGORITHM)


def decode_token(token: str, *, kind: TokenKind) -> TokenClaims:
    """Check a token's signature, instant, issuer, audience and type, and return what it says.

    A token without our issuer was signed by the host that shares the key: it needs an expiry and
    a member's id, and is good as an access token only. Raises TokenExpired or TokenInvalid.
    """
    try:
        claims = jwt.decode(
            token,
            api_settings.SIGNING_KEY,
            algorithms=[api_settings.ALGORITHM],
            leeway=api_settings.LEEWAY,
            options={"require": ["exp"], "verify_aud": False, "verify_sub": False},
        )
        expires_at = datetime.fromtimestamp(int(claims["exp"]), tz=UTC)
    except jwt.ExpiredSignatureError as error:
        raise TokenExpired from error
    except (jwt.InvalidTokenError, ValueError, OverflowError, OSError) as error:
        raise TokenInvalid from error
    is_ours = claims.get("iss") == api_settings.ISSUER
    if not _has_kind(claims, kind, is_ours=is_ours):
        raise TokenInvalid
    epoch = claims.get("epoch")
    if epoch is not None and (isinstance(epoch, bool) or not isinstance(epoch, int)):
        raise TokenInvalid
    if is_ours and (claims.get("aud") != api_settings.AUDIENCE or epoch is None):
        raise TokenInvalid
    return TokenClaims(
        member_id=_read_member_id(claims),
        expires_at=expires_at,
        is_ours=is_ours,
        epoch=epoch,
        token_id=str(claims.get("jti", "")),
        family=str(claims.get("family", "")),
    )


def _has_kind(claims: dict[str, Any], kind: TokenKind, *, is_ours: bool) -> bool:
    if is_ours:
        return bool(claims.get("token_type") == kind)
    return kind is TokenKind.ACCESS and claims.get("token_type", kind) == kind


def _read_member_id(claims: dict[str, Any]) -> str:
    values = [claims[name] for name in MEMBER_ID_CLAIMS if claims.get(name)]
    if not values or type(values[0]) not in (str, int) or not is_public_id(str(values[0])):
        raise TokenInvalid
    return str(values[0])
