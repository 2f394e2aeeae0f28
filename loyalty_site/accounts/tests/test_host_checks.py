"""`check --deploy` names ways of accepting a host's tokens that make no sense."""

import pytest

from loyalty_site.accounts.checks import check_host_tokens

from .hosts import NOTHING, SECRET, key_set, public_jwk

KEYS = key_set(public_jwk("ES256"))
GOOD = {"JWKS": KEYS, "ISSUER": "https://shop.example", "AUDIENCE": "loyalty"}


@pytest.mark.parametrize("facts", [{}, {"SECRET": SECRET}, GOOD, GOOD | {"SECRET": SECRET}])
def test_what_makes_sense_is_passed_in_silence(settings, facts):
    settings.HOST_JWT = NOTHING | facts

    assert check_host_tokens() == []


@pytest.mark.parametrize(
    ("facts", "ids"),
    [
        (GOOD | {"JWKS_URL": "https://shop.example/keys"}, ["accounts.E001"]),
        (GOOD | {"ISSUER": "loyalty"}, ["accounts.E002"]),
        ({"ID_CLAIMS": []}, ["accounts.E003"]),
        ({"ID_CLAIMS": ["sub", "email"]}, ["accounts.E003"]),
        ({"LEEWAY_SECONDS": -1}, ["accounts.E004"]),
        ({"LEEWAY_SECONDS": 3_600}, ["accounts.E004"]),
        (GOOD | {"JWKS": "/no/such/file"}, ["accounts.E005"]),
        (GOOD | {"JWKS": key_set({"kty": "oct", "k": "c2VjcmV0"})}, ["accounts.E005"]),
        ({"ISSUER": "https://shop.example"}, ["accounts.W001"]),
        (GOOD | {"AUDIENCE": ""}, ["accounts.W002"]),
        ({"JWKS_URL": "https://shop.example/keys"}, ["accounts.W002"]),
    ],
)
def test_what_makes_no_sense_is_named(settings, facts, ids):
    settings.HOST_JWT = NOTHING | facts

    assert [message.id for message in check_host_tokens()] == ids
