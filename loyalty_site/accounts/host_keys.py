"""The keys a host signs its own members' tokens with.

`HOST_JWT` says where they come from: a secret both sides know, a key set in a file or in the
variable itself, or a key set the host publishes. The token names the algorithm, the key decides
whether that is its own: a secret only ever checks HS256, a public key never does.
"""

import json
import logging
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any

import jwt
from django.conf import settings
from jwt import PyJWK, PyJWKClient, PyJWKSet

from .errors import HostKeysAway, TokenInvalid

SHARED_ALGORITHM = "HS256"
KEY_PAIR_ALGORITHMS = ("RS256", "ES256", "EdDSA")

FETCH_SECONDS_MAX = 3
# How long a published key set is good without asking again.
FRESH_SECONDS = 300
# A host that is away is asked again no sooner than this, whatever tokens come meanwhile.
ASK_AGAIN_SECONDS = 10
# A host that stays away cannot take a key back, so its keys are not trusted for longer than this.
STALE_SECONDS_MAX = 3_600

logger = logging.getLogger(__name__)


class UnusableKeySet(ValueError):
    """A key set holds no key a host could sign with; the message says why."""


def find_host_key(header: Mapping[str, Any]) -> tuple[Any, str]:
    """Return the key and the one algorithm for a token with this header.

    Raises TokenInvalid when no key is meant for it, HostKeysAway when nobody can say.
    """
    algorithm = header.get("alg")
    if algorithm == SHARED_ALGORITHM and settings.HOST_JWT["SECRET"]:
        return settings.HOST_JWT["SECRET"], SHARED_ALGORITHM
    if algorithm not in KEY_PAIR_ALGORITHMS:
        raise TokenInvalid
    key_id = header.get("kid")
    if settings.HOST_JWT["JWKS"]:
        try:
            key = choose_key(read_key_set(settings.HOST_JWT["JWKS"]), key_id, algorithm)
        except UnusableKeySet as error:
            logger.error("HOST_JWT_JWKS is of no use: %s", error)  # noqa: TRY400 -- it says it all
            raise HostKeysAway from error
    elif settings.HOST_JWT["JWKS_URL"]:
        key = get_published_keys(settings.HOST_JWT["JWKS_URL"]).find(key_id, algorithm)
    else:
        raise TokenInvalid
    if key is None:
        raise TokenInvalid
    return key, algorithm


def choose_key(keys: list[PyJWK], key_id: Any, algorithm: str) -> PyJWK | None:
    """Return the key of this id and algorithm; without an id the only one of the algorithm."""
    fitting = [key for key in keys if key.algorithm_name == algorithm]
    if key_id is not None:
        return next((key for key in fitting if key.key_id == key_id), None)
    return fitting[0] if len(fitting) == 1 else None


def parse_key_set(key_set: Any) -> list[PyJWK]:
    """Return the keys of a JSON Web Key Set that may sign tokens. Raises UnusableKeySet."""
    rows = key_set.get("keys") if isinstance(key_set, dict) else None
    if not isinstance(rows, list) or not rows:
        raise UnusableKeySet('It must be an object with a list "keys".')
    if any(isinstance(row, dict) and {"d", "k"} & set(row) for row in rows):
        raise UnusableKeySet("It holds a private key or a secret; only public keys belong there.")
    try:
        keys = PyJWKSet.from_dict(key_set).keys
    except jwt.PyJWTError as error:
        raise UnusableKeySet(str(error)) from error
    usable = [
        key
        for key in keys
        if key.algorithm_name in KEY_PAIR_ALGORITHMS and key.public_key_use in ("sig", None)
    ]
    if not usable:
        raise UnusableKeySet(f"It has no public key for {', '.join(KEY_PAIR_ALGORITHMS)}.")
    return usable


@lru_cache(maxsize=4)
def read_key_set(text: str) -> list[PyJWK]:
    """Return the keys of a key set given as JSON or as a file's path. Raises UnusableKeySet.

    A file is read once: a new key comes with a new start.
    """
    try:
        if not text.lstrip().startswith("{"):
            text = Path(text).read_text(encoding="utf-8")
        return parse_key_set(json.loads(text))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UnusableKeySet(f"It cannot be read: {error}") from error


@lru_cache(maxsize=4)
def get_published_keys(url: str) -> "PublishedKeys":
    """Return this process's copy of a published key set."""
    return PublishedKeys(url)


class PublishedKeys:
    """A key set behind an address: fetched when needed, kept for minutes, asked for politely."""

    def __init__(self, url: str) -> None:
        self._client = PyJWKClient(url, cache_jwk_set=False, timeout=FETCH_SECONDS_MAX)
        self._keys: list[PyJWK] = []
        self._fetched_at = self._asked_at = -float("inf")
        self._asking = threading.Lock()

    def find(self, key_id: Any, algorithm: str) -> PyJWK | None:
        """Return the key, looking anew for one that was not there yet. Raises HostKeysAway."""
        key = choose_key(self._load(age_max=FRESH_SECONDS), key_id, algorithm)
        if key is None:
            key = choose_key(self._load(age_max=ASK_AGAIN_SECONDS), key_id, algorithm)
        return key

    def _load(self, *, age_max: float) -> list[PyJWK]:
        """Return the keys, fetched when they are older than `age_max` seconds and it is time."""
        # While one thread asks, others go on with the keys there are, or wait for the first.
        if self._is_due(age_max) and self._asking.acquire(blocking=not self._keys):
            try:
                if self._is_due(age_max):
                    self._fetch()
            finally:
                self._asking.release()
        if monotonic() - self._fetched_at > STALE_SECONDS_MAX:
            raise HostKeysAway
        return self._keys

    def _is_due(self, age_max: float) -> bool:
        now = monotonic()
        return now - self._fetched_at > age_max and now - self._asked_at > ASK_AGAIN_SECONDS

    def _fetch(self) -> None:
        self._asked_at = monotonic()
        try:
            self._keys = parse_key_set(self._client.fetch_data())
            self._fetched_at = monotonic()
        except (jwt.PyJWTError, ValueError, OSError, RecursionError) as error:
            logger.warning("The host's keys could not be fetched: %s", error)
