"""Our own tokens: what is in them and how they are read. A host's are in `host_tokens`.

An access token is good for minutes and stands in the `Authorization` header; a refresh token is
good for days, for one use, and buys the next pair. A socket token opens a socket. All carry the
person's `epoch`, so raising `User.token_epoch` ends them all at once.
"""

import enum
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt
from jwt import PyJWK
from rest_framework_simplejwt.settings import api_settings

from .errors import TokenExpired, TokenInvalid
from .models import User, is_public_id

# The member's id under any of the names clients know; ours say `userId` and `sub`.
MEMBER_ID_CLAIMS = ("id", "userId", "_id", "sub")
TOKENS_REMEMBERED = 4_096
# A page asks for the next one when its socket ends with this one.
SOCKET_TOKEN_LIFETIME = timedelta(minutes=5)


class NotSignedByUs(TokenInvalid):
    """The signature is not ours; it may be a host's."""


class TokenKind(enum.StrEnum):
    """What a token is for; the value of its `token_type` claim."""

    ACCESS = "access"
    REFRESH = "refresh"
    # Opens a socket and nothing else: what a page that has a session is given.
    SOCKET = "socket"

    @property
    def lifetime(self) -> timedelta:
        """For how long such a token is good."""
        lifetimes: dict[TokenKind, timedelta] = {
            TokenKind.ACCESS: api_settings.ACCESS_TOKEN_LIFETIME,
            TokenKind.REFRESH: api_settings.REFRESH_TOKEN_LIFETIME,
            TokenKind.SOCKET: SOCKET_TOKEN_LIFETIME,
        }
        return lifetimes[self]


@dataclass(frozen=True, kw_only=True)
class TokenClaims:
    """What a token of ours says."""

    member_id: str
    expires_at: datetime
    epoch: int
    token_id: str
    family: str


def encode_token(*, user: User, kind: TokenKind, family: str, now: datetime) -> str:
    """Return a signed token for a person. `family` is shared by all that one sign-in leads to."""
    claims: dict[str, Any] = {
        "iss": api_settings.ISSUER,
        "aud": api_settings.AUDIENCE,
        "iat": now,
        "exp": now + kind.lifetime,
        "jti": uuid.uuid4().hex,
        "token_type": kind.value,
        "family": family,
        "epoch": user.token_epoch,
        "userId": user.public_id,
        "sub": user.public_id,
    }
    if kind is TokenKind.ACCESS:
        claims |= {"email": user.email, "role": user.shown_role, "name": user.name}
    return jwt.encode(claims, api_settings.SIGNING_KEY, algorithm=api_settings.ALGORITHM)


def decode_token(token: str, *, kind: TokenKind) -> TokenClaims:
    """Check a token's signature, instant, issuer, audience and type, and return what it says.

    Raises NotSignedByUs, TokenExpired or TokenInvalid.
    """
    leeway = float(api_settings.LEEWAY)
    claims = _read_token(
        token,
        kind,
        api_settings.SIGNING_KEY,
        api_settings.ALGORITHM,
        api_settings.ISSUER,
        api_settings.AUDIENCE,
        leeway,
    )
    if claims.expires_at.timestamp() <= time.time() - leeway:
        raise TokenExpired
    return claims


# A token comes with many requests, and is read twice in each. What it says never changes; that
# it has expired since is for the caller to see. What is refused is not remembered.
@lru_cache(maxsize=TOKENS_REMEMBERED)
def _read_token(
    token: str,
    kind: TokenKind,
    secret: str,
    algorithm: str,
    issuer: str,
    audience: str,
    leeway: float,
) -> TokenClaims:
    try:
        claims = jwt.decode(
            token,
            _prepare_key(secret, algorithm),
            algorithms=[algorithm],
            issuer=issuer,
            audience=audience,
            leeway=leeway,
            options={"require": ["exp", "iss", "aud"], "verify_sub": False},
        )
        expires_at = datetime.fromtimestamp(int(claims["exp"]), tz=UTC)
    except jwt.ExpiredSignatureError as error:
        raise TokenExpired from error
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError) as error:
        raise NotSignedByUs from error
    except (jwt.InvalidTokenError, ValueError, OverflowError, OSError) as error:
        raise TokenInvalid from error
    epoch = claims.get("epoch")
    if claims.get("token_type") != kind or isinstance(epoch, bool) or not isinstance(epoch, int):
        raise TokenInvalid
    return TokenClaims(
        member_id=read_member_id(claims),
        expires_at=expires_at,
        epoch=epoch,
        token_id=str(claims.get("jti", "")),
        family=str(claims.get("family", "")),
    )


@lru_cache(maxsize=4)
def _prepare_key(secret: str, algorithm: str) -> PyJWK:
    """Return a secret as a key, which is looked at once and not with every token."""
    encoded = urlsafe_b64encode(secret.encode()).decode()
    return PyJWK({"kty": "oct", "k": encoded}, algorithm=algorithm)


def read_member_id(claims: Mapping[str, Any], *, names: Sequence[str] = MEMBER_ID_CLAIMS) -> str:
    """Return the one member's id that a token's claims give, under whichever of the names.

    Raises TokenInvalid without one, for what cannot be an id, and for a token that names two
    members: which of them is meant would be a guess.
    """
    values = [claims[name] for name in names if claims.get(name) not in (None, "")]
    if not all(type(value) in (str, int) for value in values):
        raise TokenInvalid
    ids = {str(value) for value in values}
    if len(ids) != 1 or not is_public_id(member_id := ids.pop()):
        raise TokenInvalid
    return member_id
