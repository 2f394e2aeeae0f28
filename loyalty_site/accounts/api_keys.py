"""API keys: how a host platform signs in without a session.

A key reads `loyalty_<prefix>_<secret>`. It is found by its prefix and compared by its digest, in
one query that nothing remembers, so that revoking one counts from the next request on.
"""

import hashlib
import re
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from points.errors import Conflict, Invalid

from .errors import ApiKeyExpired, ApiKeyInvalid, ApiKeyRevoked
from .groups import HOST_GROUP
from .members import save_new_person
from .models import API_KEY_START, ApiKey, ApiKeyState, User

PREFIX_ALPHABET = string.ascii_lowercase + string.digits
PREFIX_LENGTH = 10
SECRET_ALPHABET = string.ascii_letters + string.digits
SECRET_LENGTH = 40
PREFIX = re.compile(rf"[a-z0-9]{{{PREFIX_LENGTH}}}\Z", re.ASCII)
KEY = re.compile(
    rf"{API_KEY_START}_([a-z0-9]{{{PREFIX_LENGTH}}})_[A-Za-z0-9]{{{SECRET_LENGTH}}}", re.ASCII
)
HOST_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}", re.ASCII)
# How a service account's user id begins, so that none is ever a member's.
HOST_ID_START = "host:"
# A busy host's key is written to once a minute, not with every request.
LAST_USE_SECONDS = 60


class KeyMadeAlready(Conflict):
    """A key with this prefix exists: the same form was sent twice."""

    message = "This key was made already and cannot be shown again."


@dataclass(frozen=True, kw_only=True)
class NewApiKey:
    """A key that was just made. `text` is the whole of it, which is nowhere else."""

    api_key: ApiKey
    text: str


def make_prefix() -> str:
    """Return ten random characters, the part of a key that is no secret."""
    return "".join(secrets.choice(PREFIX_ALPHABET) for _ in range(PREFIX_LENGTH))


def list_service_accounts() -> QuerySet[User]:
    """Return the people who may hold keys: active ones of the group `host` without staff powers."""
    return User.objects.filter(
        groups__name=HOST_GROUP, is_active=True, is_staff=False, is_superuser=False
    ).order_by("public_id")


def ensure_service_account(*, host: str, now: datetime) -> User:
    """Return the service account of a host by its name or user id, made when there is none.

    A new one has the user id `host:<name>`, no e-mail and no password. Raises Invalid for a name
    that cannot be one, or whose account may hold no keys any more.
    """
    known = list_service_accounts().filter(public_id__in=[host, HOST_ID_START + host]).first()
    if known is not None:
        return known
    if not HOST_NAME.fullmatch(host):
        raise Invalid("A host's name has 1 to 50 letters, digits, dots, dashes or underscores.")
    if User.objects.filter(public_id=HOST_ID_START + host).exists():
        raise Invalid(f"{HOST_ID_START}{host} is deactivated, staff, or not in the group host.")
    user = User(public_id=HOST_ID_START + host, name=host, joined_at=now)
    user.set_unusable_password()
    with transaction.atomic():
        save_new_person(user)
        user.groups.add(Group.objects.get(name=HOST_GROUP))
    return user


def create_api_key(
    *,
    service_account: User,
    label: str = "",
    expires_at: datetime | None = None,
    prefix: str = "",
    actor: User | None = None,
    now: datetime,
) -> NewApiKey:
    """Make a key. `expires_at` of None is never, `actor` of None is the command line.

    Whoever chooses the prefix beforehand cannot make a second key by asking twice: KeyMadeAlready.
    Raises Invalid when the account may hold no keys or the key would be born expired.
    """
    if not list_service_accounts().filter(pk=service_account.pk).exists():
        raise Invalid("Keys are for active accounts of the group host that are not staff.")
    if expires_at is not None and expires_at <= now:
        raise Invalid("A key must expire in the future.")
    prefix = prefix or make_prefix()
    secret = "".join(secrets.choice(SECRET_ALPHABET) for _ in range(SECRET_LENGTH))
    text = f"{API_KEY_START}_{prefix}_{secret}"
    try:
        with transaction.atomic():
            api_key = ApiKey.objects.create(
                service_account=service_account,
                label=label,
                prefix=prefix,
                digest=_digest(text),
                created_at=now,
                created_by=actor,
                expires_at=expires_at,
            )
    except IntegrityError as error:
        raise KeyMadeAlready from error
    return NewApiKey(api_key=api_key, text=text)


def revoke_api_keys(
    *, prefixes: Collection[str], actor: User | None = None, now: datetime
) -> list[ApiKey]:
    """End keys from this instant on; return those that were not revoked before."""
    with transaction.atomic():
        api_keys = list(
            ApiKey.objects.select_for_update(no_key=True, of=("self",))
            .filter(prefix__in=prefixes, revoked_at=None)
            .order_by("pk")
        )
        ApiKey.objects.filter(pk__in=[api_key.pk for api_key in api_keys]).update(
            revoked_at=now, revoked_by=actor
        )
    return api_keys


def find_prefix(text: str) -> str:
    """Return the prefix that a key, or what the console shows of it, holds; else the text."""
    parts = text.strip().split("_")
    return parts[1] if len(parts) > 1 and parts[0] == API_KEY_START else text.strip()


def resolve_api_key(*, text: str, now: datetime) -> ApiKey:
    """Return the key of this text, its service account at hand. One query; once a minute two.

    Raises ApiKeyInvalid, and ApiKeyRevoked or ApiKeyExpired to whoever holds the whole key.
    """
    match = KEY.fullmatch(text)
    if match is None:
        raise ApiKeyInvalid
    api_key = ApiKey.objects.select_related("service_account").filter(prefix=match[1]).first()
    if api_key is None or not secrets.compare_digest(api_key.digest, _digest(text)):
        raise ApiKeyInvalid
    match api_key.get_state(now):
        case ApiKeyState.REVOKED:
            raise ApiKeyRevoked
        case ApiKeyState.EXPIRED:
            raise ApiKeyExpired
    holder = api_key.service_account
    if not holder.is_active or holder.is_staff or holder.is_superuser:
        raise ApiKeyInvalid
    _note_use(api_key, now=now)
    return api_key


def _note_use(api_key: ApiKey, *, now: datetime) -> None:
    before = now - timedelta(seconds=LAST_USE_SECONDS)
    if api_key.last_used_at is None or api_key.last_used_at <= before:
        # Of requests at the same moment one writes; the others find it written.
        ApiKey.objects.filter(
            Q(last_used_at=None) | Q(last_used_at__lte=before), pk=api_key.pk
        ).update(last_used_at=now)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()
