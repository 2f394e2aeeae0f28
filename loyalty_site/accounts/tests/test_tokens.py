"""Access tokens: what lets a caller in, and what does not."""

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed

from loyalty_site.accounts.authentication import resolve_access_token, resolve_socket_token
from loyalty_site.accounts.models import User
from loyalty_site.accounts.services import issue_tokens

pytestmark = pytest.mark.django_db

KEY = settings.JWT_SIGNING_KEY


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def sign(claims, key=KEY, algorithm="HS256"):
    return jwt.encode(claims, key, algorithm=algorithm)


@pytest.fixture
def ours(member):
    """Return the claims of a good token of ours."""
    return claims_of(issue_tokens(user=member)["accessToken"])


@pytest.fixture
def call(sign_in):
    def get_me(token):
        return sign_in().get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})

    return get_me


def assert_refused(answer, code="token_invalid"):
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_our_token_lets_its_holder_in_with_one_query(member, django_assert_num_queries):
    token = issue_tokens(user=member)["accessToken"]

    with django_assert_num_queries(1):
        identity = resolve_access_token(token)

    assert identity.user == member
    assert identity.expires_at == datetime.fromtimestamp(claims_of(token)["exp"], tz=UTC)


def test_an_access_token_tells_a_front_end_who_it_is_for(member):
    claims = claims_of(issue_tokens(user=member)["accessToken"])

    assert claims["userId"] == claims["sub"] == "mia"
    assert (claims["email"], claims["name"], claims["role"]) == ("mia@example.com", "Mia", "buyer")
    assert claims["exp"] - claims["iat"] == 15 * 60


def test_a_refresh_token_holds_no_personal_data(member):
    claims = claims_of(issue_tokens(user=member)["refreshToken"])

    assert not {"email", "name", "role"} & set(claims)


def test_without_a_token_the_caller_is_told_to_sign_in(sign_in):
    assert_refused(sign_in().get("/api/auth/me"), "not_authenticated")


def test_a_session_cookie_is_no_token(client, member):
    client.force_login(member)

    assert_refused(client.get("/api/auth/me"), "not_authenticated")


@pytest.mark.parametrize("claim", ["id", "userId", "_id", "sub"])
def test_the_members_id_is_read_from_any_of_four_claims(call, ours, claim):
    token = sign({k: v for k, v in ours.items() if k not in ("userId", "sub")} | {claim: "mia"})

    assert call(token).json()["data"]["userId"] == "mia"


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "elsewhere"},
        {"aud": None},
        {"iss": "elsewhere"},
        {"iss": None},
        {"token_type": "refresh"},
        {"token_type": None},
        {"epoch": None},
        {"epoch": "0"},
        {"epoch": True},
        {"epoch": 7},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 1e300},
        {"userId": "nobody", "sub": "nobody"},
        {"userId": "leo"},
        {"id": 7},
        {"userId": {"$ne": ""}},
        {"userId": ["mia"]},
        {"userId": "mia\x00"},
        {"userId": "m" * 65},
        {"userId": None, "sub": None},
    ],
)
def test_a_token_of_ours_with_a_wrong_claim_is_invalid(call, ours, change):
    token = sign({k: v for k, v in (ours | change).items() if v is not None})

    assert_refused(call(token))


def test_a_token_signed_with_another_key_is_invalid(call, ours):
    assert_refused(call(sign(ours, key="another-key-that-is-long-enough-for-the-algorithm")))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_token_signed_by_another_algorithm_is_invalid(call, ours, algorithm):
    assert_refused(call(sign(ours, key=KEY + "x" * 64, algorithm=algorithm)))


def test_a_token_without_a_signature_is_invalid(call, ours):
    assert_refused(call(sign(ours, key=None, algorithm="none")))


def test_a_token_whose_payload_was_changed_is_invalid(call, ours, make_member):
    make_member("leo")
    head, _, signature = sign(ours).split(".")
    payload = base64.urlsafe_b64encode(json.dumps(ours | {"userId": "leo"}).encode())

    assert_refused(call(f"{head}.{payload.decode().rstrip('=')}.{signature}"))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 10_000, "é.é.é", "e30.e30."])
def test_what_is_no_token_is_invalid(call, token):
    assert_refused(call(token))


def test_a_refresh_token_is_no_access_token(call, member):
    assert_refused(call(issue_tokens(user=member)["refreshToken"]))


def test_an_expired_token_says_so_after_the_leeway(call, ours):
    now = timezone.now()

    assert call(sign(ours | {"exp": now - timedelta(seconds=5)})).status_code == 200
    assert_refused(call(sign(ours | {"exp": now - timedelta(seconds=11)})), "token_expired")


def test_a_deactivated_person_is_out_at_once_and_old_tokens_stay_dead(call, member):
    token = issue_tokens(user=member)["accessToken"]
    assert call(token).status_code == 200

    User.objects.filter(pk=member.pk).update(is_active=False)
    assert_refused(call(token))

    User.objects.filter(pk=member.pk).update(is_active=True)
    assert_refused(call(token))


def test_a_stale_copy_of_a_person_does_not_revive_ended_sessions(call, member):
    token = issue_tokens(user=member)["accessToken"]
    stale = User.objects.get(pk=member.pk)
    member.set_password("green-river-8")
    member.save()
    assert_refused(call(token))

    stale.name = "Mia Two"
    stale.save()

    assert_refused(call(token))


def test_a_hash_that_is_upgraded_at_sign_in_ends_no_session(member, settings):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    User.objects.filter(pk=member.pk).update(password=make_password("river", hasher="md5"))
    member.refresh_from_db()

    assert member.check_password("river")
    member.refresh_from_db()
    assert member.password.startswith("pbkdf2")
    assert member.token_epoch == 0


def test_the_resolver_raises_one_kind_of_error():
    with pytest.raises(AuthenticationFailed) as raised:
        resolve_access_token("nonsense")

    assert raised.value.get_codes() == "token_invalid"


def test_access_tokens_open_sockets_and_refresh_tokens_do_not(member):
    tokens = issue_tokens(user=member)

    assert resolve_socket_token(tokens["accessToken"]).user == member
    with pytest.raises(AuthenticationFailed):
        resolve_socket_token(tokens["refreshToken"])
