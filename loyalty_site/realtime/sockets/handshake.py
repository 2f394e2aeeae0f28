"""What a socket's handshake says: where it comes from, who it claims to be, where to resume."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

SUBPROTOCOL = "loyalty.v1"
SEQ_MAX = 2**63 - 1
DEFAULT_PORTS = {"http": 80, "https": 443}

Scope = Mapping[str, Any]


class BadLastSeq(ValueError):
    """`lastSeq` is no whole number from 0."""


def is_origin_allowed(scope: Scope) -> bool:
    """Say whether this may connect: the front end's pages, our own pages, or no browser at all.

    A browser always names its page's origin; without one the explicit token is all that counts.
    """
    origin = _header(scope, b"origin")
    if origin is None:
        return True
    parts = _split(origin)
    if parts is None or parts.scheme not in DEFAULT_PORTS:
        return False
    if _address(parts) == _address(urlsplit(settings.FRONTEND_URL)):
        return True
    host = _header(scope, b"host") or ""
    domain, _ = split_domain_port(host)
    # The scheme is the page's: behind a proxy that ends TLS ours is always plain.
    ours = _split(f"{parts.scheme}://{host}")
    return (
        ours is not None
        and validate_host(domain, settings.ALLOWED_HOSTS)
        and _address(parts) == _address(ours)
    )


def read_token(scope: Scope) -> str:
    """Return the token: what stands beside our subprotocol, else `?token=`, else nothing."""
    offered = list(scope.get("subprotocols") or [])
    if SUBPROTOCOL in offered:
        beside = [name for name in offered if name != SUBPROTOCOL]
        if beside:
            return str(beside[0])
    return _parameter(scope, "token") or ""


def choose_subprotocol(scope: Scope) -> str | None:
    """Return what the answer names: our subprotocol when it was offered, never the token."""
    return SUBPROTOCOL if SUBPROTOCOL in (scope.get("subprotocols") or []) else None


def read_member_id(scope: Scope) -> str | None:
    """Return the `userId` whose room is asked for; None asks for one's own."""
    return _parameter(scope, "userId")


def read_last_seq(scope: Scope) -> int | None:
    """Return the number after which to resume; None begins now. Raises BadLastSeq."""
    text = _parameter(scope, "lastSeq")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(SEQ_MAX))):
        raise BadLastSeq
    return min(int(text), SEQ_MAX)


def _parameter(scope: Scope, name: str) -> str | None:
    query = scope.get("query_string", b"").decode("ascii", errors="replace")
    try:
        values = parse_qs(query, keep_blank_values=True, max_num_fields=50).get(name)
    except ValueError:
        return None
    return values[0] if values else None


def _header(scope: Scope, name: bytes) -> str | None:
    for key, value in scope.get("headers", []):
        if key.lower() == name:
            return str(value.decode("latin-1"))
    return None


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 -- raises when it is no port
    except ValueError:
        return None
    return parts


def _address(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)
