"""Renewing tokens and signing out: every refresh token is good for one use."""

from datetime import timedelta

import jwt
import pytest
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from loyalty_site.accounts.models import User
from loyalty_site.accounts.services import issue_tokens
from loyalty_site.testing.storms import run_together, winners

pytestmark = pytest.mark.django_db

REFRESH = "/api/auth/refresh-token"
LOGOUT = "/api/auth/logout"


@pytest.fixture
def tokens(member):
    return issue_tokens(user=member)


@pytest.fixture
def post(sign_in):
    def send(address, token):
        return sign_in().post(address, {"refreshToken": token})

    return send


def assert_refused(answer, code="token_invalid"):
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_refresh_token_buys_the_next_pair(sign_in, post, tokens):
    answer = post(REFRESH, tokens["refreshToken"])

    assert answer.status_code == 200
    fresh = answer.json()["data"]["tokens"]
    assert set(fresh) == {"accessToken", "refreshToken"}
    assert fresh["refreshToken"] != tokens["refreshToken"]
    header = {"Authorization": f"Bearer {fresh['accessToken']}"}
    assert sign_in().get("/api/auth/me", headers=header).status_code == 200
    assert post(REFRESH, fresh["refreshToken"]).status_code == 200


def test_a_used_token_is_refused_and_the_session_goes_on(post, tokens):
    fresh = post(REFRESH, tokens["refreshToken"]).json()["data"]["tokens"]

    assert_refused(post(REFRESH, tokens["refreshToken"]))
    assert post(REFRESH, fresh["refreshToken"]).status_code == 200


def test_a_used_token_that_comes_back_later_ends_the_session(post, tokens):
    fresh = post(REFRESH, tokens["refreshToken"]).json()["data"]["tokens"]
    earlier = timezone.now() - timedelta(seconds=11)
    BlacklistedToken.objects.update(blacklisted_at=earlier)

    assert_refused(post(REFRESH, tokens["refreshToken"]))
    assert_refused(post(REFRESH, fresh["refreshToken"]))


def test_another_session_of_the_same_member_is_left_alone(post, member, tokens):
    other = issue_tokens(user=member)

    post(LOGOUT, tokens["refreshToken"])

    assert post(REFRESH, other["refreshToken"]).status_code == 200


def test_no_token_is_stored_in_full(post, tokens):
    post(REFRESH, tokens["refreshToken"])

    assert [row.token for row in OutstandingToken.objects.all()] == [""]


def test_a_token_of_a_deactivated_member_is_refused(post, member, tokens):
    User.objects.filter(pk=member.pk).update(is_active=False)

    assert_refused(post(REFRESH, tokens["refreshToken"]))


def test_a_token_of_a_deleted_member_is_refused(post, tokens):
    gone = issue_tokens(user=User(public_id="gone"))

    assert_refused(post(REFRESH, gone["refreshToken"]))


def test_a_token_from_before_a_new_password_is_refused(post, member, tokens):
    member.set_password("green-river-8")
    member.save()

    assert_refused(post(REFRESH, tokens["refreshToken"]))


def test_an_access_token_is_no_refresh_token(post, tokens):
    assert_refused(post(REFRESH, tokens["accessToken"]))


def test_an_expired_token_says_so(post, tokens, settings):
    claims = jwt.decode(tokens["refreshToken"], options={"verify_signature": False})
    claims["exp"] = timezone.now() - timedelta(minutes=1)
    token = jwt.encode(claims, settings.JWT_SIGNING_KEY, algorithm="HS256")

    assert_refused(post(REFRESH, token), "token_expired")
    assert post(LOGOUT, token).status_code == 200


@pytest.mark.parametrize("address", [REFRESH, LOGOUT])
def test_nonsense_is_refused(post, address):
    assert_refused(post(address, "nonsense"))


@pytest.mark.parametrize("address", [REFRESH, LOGOUT])
@pytest.mark.parametrize("body", [{}, {"refreshToken": None}, {"refreshToken": 5}, {"token": "x"}])
def test_a_malformed_body_is_refused(sign_in, address, body):
    answer = sign_in().post(address, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


def test_signing_out_ends_the_session_and_may_be_repeated(post, tokens):
    assert post(LOGOUT, tokens["refreshToken"]).status_code == 200
    assert post(LOGOUT, tokens["refreshToken"]).status_code == 200

    assert_refused(post(REFRESH, tokens["refreshToken"]))


def test_signing_out_with_an_older_token_ends_what_it_led_to(post, tokens):
    fresh = post(REFRESH, tokens["refreshToken"]).json()["data"]["tokens"]

    assert post(LOGOUT, tokens["refreshToken"]).status_code == 200

    assert_refused(post(REFRESH, fresh["refreshToken"]))


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_of_sixteen_uses_at_once_one_succeeds(post, tokens):
    answers = run_together(16, lambda _: post(REFRESH, tokens["refreshToken"]).status_code)

    assert sorted(winners(answers)) == [200] + [401] * 15
