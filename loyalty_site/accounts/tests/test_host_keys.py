"""Keys a host publishes: which are good for what, and what happens while the host is away."""

import json

import pytest
from cryptography.hazmat.primitives import serialization

from loyalty_site.accounts import host_keys
from loyalty_site.accounts.authentication import resolve_access_token
from loyalty_site.accounts.errors import HostKeysAway
from loyalty_site.accounts.host_keys import UnusableKeySet, get_published_keys, read_key_set

from .hosts import (
    NOTHING,
    PRIVATE_KEYS,
    SECRET,
    claims_of,
    key_set,
    public_jwk,
    publishing,
    sign,
    sign_by_hand,
    sign_with_pair,
)

pytestmark = pytest.mark.django_db

ALGORITHMS = ["RS256", "ES256", "EdDSA"]
ALL_KEYS = key_set(*(public_jwk(algorithm) for algorithm in ALGORITHMS))


@pytest.fixture(autouse=True)
def host_jwt(settings):
    """Accept tokens signed with one of three key pairs; return a function that changes that."""

    def change(**facts):
        settings.HOST_JWT = NOTHING | facts

    change(JWKS=ALL_KEYS)
    return change


@pytest.fixture
def call(sign_in):
    def get_me(token):
        return sign_in().get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})

    return get_me


@pytest.fixture
def published(tmp_path, monkeypatch, host_jwt):
    """Give a host that publishes the RSA key, and a clock that is moved by hand."""
    with publishing(key_set(public_jwk("RS256")), tmp_path) as host:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        host.now = 1_000.0
        monkeypatch.setattr(host_keys, "monotonic", lambda: host.now)
        host_jwt(JWKS_URL=host.url)
        yield host
    get_published_keys.cache_clear()


def assert_refused(answer, code="token_invalid"):
    assert (answer.status_code, answer.json()["code"]) == (401, code)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("names_key", [True, False])
def test_a_key_pair_signs_by_its_own_algorithm(call, member, algorithm, names_key):
    token = sign_with_pair(claims_of("mia"), algorithm, algorithm if names_key else None)

    assert call(token).json()["data"]["userId"] == "mia"


def test_the_key_set_may_stand_in_a_file(call, member, host_jwt, tmp_path):
    (tmp_path / "keys.json").write_text(ALL_KEYS)
    host_jwt(JWKS=str(tmp_path / "keys.json"))

    assert call(sign_with_pair(claims_of("mia"), "ES256", "ES256")).status_code == 200


def test_a_public_key_is_no_shared_secret(call, member):
    pem = (
        PRIVATE_KEYS["RS256"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    for key in (pem, json.dumps(public_jwk("RS256")).encode(), b""):
        assert_refused(call(sign_by_hand(claims_of("mia"), key, kid="RS256")))


def test_a_key_is_good_for_its_own_algorithm_only(call, member):
    assert_refused(call(sign(claims_of("mia"), PRIVATE_KEYS["RS256"], "PS256", kid="RS256")))
    assert_refused(call(sign(claims_of("mia"), PRIVATE_KEYS["RS256"], "RS512", kid="RS256")))
    assert_refused(call(sign_with_pair(claims_of("mia"), "RS256", "ES256")))
    assert_refused(call(sign(claims_of("mia"), None, "none", kid="RS256")))


def test_an_unknown_or_missing_key_id_is_refused(call, member, host_jwt):
    assert_refused(call(sign_with_pair(claims_of("mia"), "RS256", "other")))

    host_jwt(JWKS=key_set(public_jwk("RS256"), public_jwk("RS256", kid="second")))
    assert_refused(call(sign_with_pair(claims_of("mia"), "RS256")))


def test_a_key_that_is_meant_for_encryption_signs_nothing(call, member, host_jwt):
    host_jwt(JWKS=key_set(public_jwk("RS256", use="enc"), public_jwk("ES256")))

    assert_refused(call(sign_with_pair(claims_of("mia"), "RS256", "RS256")))


def test_the_secret_goes_on_beside_the_keys(call, member, host_jwt):
    host_jwt(JWKS=ALL_KEYS, SECRET=SECRET)

    assert call(sign(claims_of("mia"))).status_code == 200
    assert call(sign_with_pair(claims_of("mia"), "EdDSA", "EdDSA")).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"keys": []}',
        '{"keys": {}}',
        "/no/such/file",
        key_set({"kty": "oct", "k": "c2VjcmV0"}),
        key_set(public_jwk("RS256") | {"d": "AQAB"}),
        key_set(public_jwk("RS256", use="enc")),
        key_set(public_jwk("RS256", alg="RS512")),
        key_set({"kty": "RSA"}),
    ],
)
def test_a_key_set_without_a_good_key_is_of_no_use(text):
    with pytest.raises(UnusableKeySet):
        read_key_set(text)


def test_a_key_set_of_no_use_is_not_the_callers_fault(call, member, host_jwt):
    host_jwt(JWKS="{}")

    answer = call(sign_with_pair(claims_of("mia"), "RS256", "RS256"))

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")


def test_published_keys_are_fetched_once_in_five_minutes(call, member, published):
    token = sign_with_pair(claims_of("mia"), "RS256", "RS256")
    for _ in range(3):
        assert call(token).status_code == 200
    assert published.asked == 1

    published.now += 301
    assert call(token).status_code == 200
    assert published.asked == 2


def test_a_new_key_is_found_after_seconds_and_nonsense_asks_no_more_often(call, member, published):
    call(sign_with_pair(claims_of("mia"), "RS256", "RS256"))
    published.body = key_set(public_jwk("RS256"), public_jwk("ES256"))
    token = sign_with_pair(claims_of("mia"), "ES256", "ES256")
    assert_refused(call(token))
    assert published.asked == 1

    published.now += 11
    assert call(token).status_code == 200
    for n in range(5):
        assert_refused(call(sign_with_pair(claims_of("mia"), "RS256", f"made-up-{n}")))
    assert published.asked == 2


def test_a_key_that_was_taken_back_is_refused_within_five_minutes(call, member, published):
    token = sign_with_pair(claims_of("mia"), "RS256", "RS256")
    assert call(token).status_code == 200
    published.body = key_set(public_jwk("ES256"))

    published.now += 301

    assert_refused(call(token))


@pytest.mark.parametrize("fault", ["status", "body", "redirect"])
def test_while_the_host_is_away_its_keys_go_on_for_an_hour(call, member, published, fault):
    token = sign_with_pair(claims_of("mia"), "RS256", "RS256")
    assert call(token).status_code == 200
    published.status = {"status": 500, "redirect": 302}.get(fault, 200)
    published.headers = {"Location": published.url} if fault == "redirect" else {}
    published.body = "<html>" if fault == "body" else published.body

    published.now += 3_600
    assert call(token).status_code == 200
    published.now += 1
    answer = call(token)
    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert answer.headers["Retry-After"] == "10"


def test_a_host_that_was_never_there_is_asked_now_and_then(published):
    published.status = 503
    token = sign_with_pair(claims_of("mia"), "RS256", "RS256")
    for _ in range(3):
        with pytest.raises(HostKeysAway):
            resolve_access_token(token)
    assert published.asked == 1

    published.status = 200
    published.now += 11
    assert resolve_access_token(token).user.public_id == "mia"


def test_our_own_tokens_never_wait_for_the_host(sign_in, member, published):
    published.status = 503

    assert sign_in(member).get("/api/auth/me").status_code == 200
    assert published.asked == 0
