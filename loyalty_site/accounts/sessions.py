"""Sessions: pairs of tokens, their renewal and their end.

A refresh token is used up by being written to the blacklist, and whoever writes that row is the
one who used it. All tokens that one sign-in leads to share a `family`, which can end as a whole.
Only used-up tokens are stored, and of them no more than their ids.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from .errors import TokenExpired, TokenInvalid
from .models import SignInAttempts, User
from .signals import sessions_ended
from .tokens import TokenClaims, TokenKind, decode_token, encode_token

# Two tabs of one browser may send the same refresh token at once; a use much later is a thief's,
# or the owner's after a thief's.
REUSE_SECONDS_MAX = 10


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


def issue_page_token(*, user: User, kind: TokenKind, now: datetime) -> dict[str, Any]:
    """Return one token for a page that has a session, as `{"token": …, "expires_at": …}`.

    Nothing renews it: the page asks again, for as long as its session is good.
    """
    now = now.replace(microsecond=0)
    token = encode_token(user=user, kind=kind, family=uuid.uuid4().hex, now=now)
    return {"token": token, "expires_at": now + kind.lifetime}


def get_token_holder(*, claims: TokenClaims) -> User:
    """Return the person a token of ours names. One query.

    Raises TokenInvalid when the person may not come in, or when their sessions were ended since.
    """
    user = User.objects.find_by_public_id(claims.member_id)
    if user is None or not user.is_active or claims.epoch != user.token_epoch:
        raise TokenInvalid
    return user


def find_ended(*, claims: Mapping[str, TokenClaims]) -> set[str]:
    """Return the keys of claims whose person may not come in or ended that session. One query."""
    member_ids = {each.member_id for each in claims.values()}
    people = User.objects.filter(public_id__in=member_ids, is_active=True)
    epochs = dict(people.values_list("public_id", "token_epoch"))
    return {key for key, each in claims.items() if epochs.get(each.member_id) != each.epoch}


def refresh_tokens(*, refresh_token: str, now: datetime) -> dict[str, str]:
    """Exchange a refresh token, once, for the next pair. Raises TokenInvalid or TokenExpired.

    A token that comes back more than ten seconds after its use ends the whole session.
    """
    claims = decode_token(refresh_token, kind=TokenKind.REFRESH)
    user = get_token_holder(claims=claims)
    used = _use_up(claims.token_id, user=user, expires_at=claims.expires_at)
    if used is not None:
        if now - used.blacklisted_at > timedelta(seconds=REUSE_SECONDS_MAX):
            _end_family(claims.family, user=user, now=now)
        raise TokenInvalid
    if BlacklistedToken.objects.filter(token__jti=claims.family).exists():
        raise TokenInvalid
    return issue_tokens(user=user, family=claims.family)


def sign_out(*, refresh_token: str, now: datetime) -> None:
    """End the session a refresh token belongs to; ending it twice is fine.

    Raises TokenInvalid for what was never a refresh token of ours.
    """
    try:
        claims = decode_token(refresh_token, kind=TokenKind.REFRESH)
    except TokenExpired:
        return
    user = User.objects.filter(public_id=claims.member_id).first()
    _use_up(claims.token_id, user=user, expires_at=claims.expires_at)
    _end_family(claims.family, user=user, now=now)


def deactivate_people(*, people: QuerySet[User]) -> int:
    """End the sessions of people and let them start none; return how many were active."""
    with transaction.atomic():
        active = people.filter(is_active=True).select_for_update(no_key=True, of=("self",))
        member_ids = list(active.order_by("pk").values_list("pk", flat=True))
        User.objects.filter(pk__in=member_ids).update(is_active=False)
        sessions_ended.send(sender=User, member_ids=member_ids)
    return len(member_ids)


def activate_person(*, person: User) -> None:
    """Let a person sign in again; sessions that were ended stay so."""
    User.objects.filter(pk=person.pk).update(is_active=True)


def forget_expired(*, now: datetime) -> None:
    """Delete used-up tokens that have expired since, and counts of sign-ins that ended."""
    OutstandingToken.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()
    SignInAttempts.objects.filter(ends_at__lt=now).delete()


def _use_up(token_id: str, *, user: User | None, expires_at: datetime) -> BlacklistedToken | None:
    """Blacklist an id. Returns None for the one caller who did it, else the row that stood."""
    token, _ = OutstandingToken.objects.get_or_create(
        jti=token_id, defaults={"user": user, "token": "", "expires_at": expires_at}
    )
    row, was_created = BlacklistedToken.objects.get_or_create(token=token)
    return None if was_created else row


def _end_family(family: str, *, user: User | None, now: datetime) -> None:
    # No token of the family can be younger than now, so none outlives this row.
    expires_at = now + api_settings.REFRESH_TOKEN_LIFETIME + timedelta(days=1)
    _use_up(family, user=user, expires_at=expires_at)
