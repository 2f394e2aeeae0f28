"""System checks: ways of accepting a host's tokens that make no sense, said before they cost."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from rest_framework_simplejwt.settings import api_settings

from .host_keys import UnusableKeySet, read_key_set
from .tokens import MEMBER_ID_CLAIMS

LEEWAY_SECONDS_MAX = 300


@checks.register(checks.Tags.security, deploy=True)
def check_host_tokens(**_: Any) -> list[checks.CheckMessage]:
    """Say what is wrong with HOST_JWT_…."""
    errors = [checks.Error(text, id=f"accounts.{number}") for number, text in find_errors()]
    warnings = [checks.Warning(text, id=f"accounts.{number}") for number, text in find_doubts()]
    return [*errors, *warnings]


def find_errors() -> Iterator[tuple[str, str]]:
    """Yield the number and the sentence of everything that cannot be meant."""
    host = settings.HOST_JWT
    if host["JWKS"] and host["JWKS_URL"]:
        yield "E001", "HOST_JWT_JWKS and HOST_JWT_JWKS_URL are both set; only one can be right."
    if host["ISSUER"] == api_settings.ISSUER:
        yield "E002", "HOST_JWT_ISSUER is the name our own tokens bear."
    if not host["ID_CLAIMS"] or set(host["ID_CLAIMS"]) - set(MEMBER_ID_CLAIMS):
        yield "E003", f"HOST_JWT_ID_CLAIMS must be some of {', '.join(MEMBER_ID_CLAIMS)}."
    if not 0 <= host["LEEWAY_SECONDS"] <= LEEWAY_SECONDS_MAX:
        yield "E004", f"HOST_JWT_LEEWAY_SECONDS must be 0 to {LEEWAY_SECONDS_MAX}."
    if host["JWKS"]:
        try:
            read_key_set(host["JWKS"])
        except UnusableKeySet as error:
            yield "E005", f"HOST_JWT_JWKS is of no use. {error}"


def find_doubts() -> Iterator[tuple[str, str]]:
    """Yield the number and the sentence of what may be meant and is likely a mistake."""
    host = settings.HOST_JWT
    has_key_set = host["JWKS"] or host["JWKS_URL"]
    is_expecting = host["ISSUER"] or host["AUDIENCE"]
    if is_expecting and not host["SECRET"] and not has_key_set:
        yield "W001", "HOST_JWT_… names an issuer or audience and no keys: no token is accepted."
    if has_key_set and not host["AUDIENCE"]:
        sentence = (
            "HOST_JWT_AUDIENCE is not set: tokens for the host's other services are accepted."
        )
        yield "W002", sentence
