"""So many requests within a quarter of an hour, and not one more."""

import json
import time
import uuid
from datetime import timedelta

import pytest
from django.test import AsyncClient, Client

from loyalty_site.accounts.api_keys import create_api_key, ensure_service_account
from loyalty_site.accounts.services import issue_tokens
from loyalty_site.accounts.tokens import TokenKind, encode_token
from loyalty_site.api import limiter
from loyalty_site.testing.storms import run_together, winners

pytestmark = pytest.mark.django_db

PASSWORD = "blue-river-7"
LEVELS = "/api/points/levels"
ADDRESS = "203.0.113.7"


@pytest.fixture
def limits(settings, monkeypatch):
    """Return a function that sets limits; the others are off. Nothing has been counted yet."""
    monkeypatch.setattr(limiter, "KEY_PREFIX", f"rate-{uuid.uuid4()}")
    monkeypatch.setattr(limiter, "_limiters", {})

    def set_limits(**limits):
        settings.LOYALTY_RATE_LIMITS = dict.fromkeys(settings.LOYALTY_RATE_LIMITS, 0) | limits

    set_limits()
    return set_limits


@pytest.fixture
def call():
    """Return a function that calls from one address."""

    def send(path=LEVELS, method="get", body=None, token="", **extra):
        if token:
            extra["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        if body is not None:
            extra |= {"data": body, "content_type": "application/json"}
        return getattr(Client(**{"REMOTE_ADDR": ADDRESS} | extra), method)(path, **extra)

    return send


def assert_refused(response, scope, limit, seconds_max=900):
    assert response.status_code == 429, response.content
    body = response.json()
    assert (body["code"], body["statusCode"]) == ("rate_limited", 429)
    assert (body["details"]["scope"], body["details"]["limit"]) == (scope, limit)
    assert 1 <= int(response["Retry-After"]) <= seconds_max
    assert body["details"]["retryAfterSeconds"] == int(response["Retry-After"])
    assert response["RateLimit-Remaining"] == "0"


def test_one_request_too_many_is_told_when_to_come_back(limits, call):
    limits(general=3)

    answers = [call() for _ in range(4)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer["RateLimit-Limit"] for answer in answers} == {"3"}
    assert 890 <= int(answers[0]["RateLimit-Reset"]) <= 900
    assert_refused(answers[-1], "general", 3)


def test_the_first_request_counts_no_longer_once_the_window_has_passed_it(limits, call, settings):
    settings.LOYALTY_RATE_LIMIT_WINDOW_SECONDS = 1
    limits(general=2)
    assert [call().status_code for _ in range(3)] == [401, 401, 429]

    time.sleep(1.1)

    assert call().status_code == 401


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_of_sixty_requests_at_once_twenty_pass(limits, call):
    limits(general=20)

    found = winners(run_together(12, lambda _: [call().status_code for _ in range(5)]))

    assert sorted(status for some in found for status in some) == [401] * 20 + [429] * 40


def test_whatever_x_forwarded_for_says_it_is_one_client(limits, call):
    limits(general=20)

    statuses = [call(HTTP_X_FORWARDED_FOR=f"1.2.3.{n}").status_code for n in range(60)]

    assert statuses == [401] * 20 + [429] * 40


def test_members_behind_one_address_have_their_own_limits(limits, call, make_member):
    limits(general=2)
    mia, leo = (issue_tokens(user=make_member(name))["accessToken"] for name in ("mia", "leo"))

    assert [call(token=mia).status_code for _ in range(3)] == [200, 200, 429]
    assert [call(token=leo).status_code for _ in range(3)] == [200, 200, 429]
    assert [call().status_code for _ in range(3)] == [401, 401, 429]


def test_a_member_is_one_from_wherever_they_call(limits, call, make_member):
    limits(general=2)
    token = issue_tokens(user=make_member("mia"))["accessToken"]

    answers = [call(token=token, REMOTE_ADDR=f"10.0.0.{n}").status_code for n in range(3)]

    assert answers == [200, 200, 429]


def test_a_token_that_is_not_good_counts_for_the_address(limits, call, make_member, now):
    limits(general=3)
    mia = make_member("mia")
    old = encode_token(
        user=mia, kind=TokenKind.ACCESS, family="f", now=now - timedelta(days=1)
    )  # fmt: skip
    refresh = issue_tokens(user=mia)["refreshToken"]

    statuses = [call(token=token).status_code for token in ("made.up.one", old, refresh, "é")]

    assert statuses == [401, 401, 401, 429]


def test_a_key_of_a_host_is_counted_by_itself(limits, call, now):
    limits(reports=2, general=1)
    account = ensure_service_account(host="shop", now=now)
    one, other = (create_api_key(service_account=account, now=now).text for _ in range(2))
    path = "/v2/gamification/activities"

    def report(key):
        return call(path, "post", "[]", HTTP_X_API_KEY=key).status_code

    assert [report(one) for _ in range(3)] == [400, 400, 429]
    assert report(other) == 400
    assert [report("loyalty_nonsense") for _ in range(3)] == [401, 401, 429]


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("post", "/api/auth/login", "auth"),
        ("post", "/api/auth/login/", "auth"),
        ("post", "/api/auth/register", "auth"),
        ("post", "/api/auth/change-password", "auth"),
        ("post", "/api/auth/refresh-token", "general"),
        ("post", "/api/auth/logout", "general"),
        ("get", "/api/auth/me", "general"),
        ("get", "/api/auth/login", "general"),
        ("post", "/v2/gamification/rewards/redeem", "redeem"),
        ("post", "/api/points/redeem", "redeem"),
        ("post", "/rewards/redeem/john123", "redeem"),
        ("post", "/dashboard/rewards/1/redeem", "redeem"),
        ("post", "/dashboard/options/voucher/redeem", "redeem"),
        ("get", "/v2/gamification/leaderboard/points", "leaderboards"),
        ("get", "/api/points/leaderboard", "leaderboards"),
        ("post", "/v2/gamification/activities", "reports"),
        ("put", "/api/points/purchases/p-1", "reports"),
        ("put", "/v2/gamification/members/mia/stats", "reports"),
        ("get", "/v2/gamification/rewards", "general"),
        ("post", "/v2/gamification/rewards", "admin"),
        ("put", "/v2/gamification/rewards/redemptions/1", "admin"),
        ("get", "/v2/gamification/rewards/redemptions/1", "general"),
        ("get", "/api/points/transactions?page=1", "general"),
        ("get", "/api/nowhere", "general"),
        ("get", "/api/points/levels?a=%00", "general"),
    ],
)
def test_a_request_counts_against_its_most_specific_scope(limits, call, method, path, scope):
    limits(general=101, auth=102, redeem=103, leaderboards=104, admin=105, reports=106)
    expected = {"general": 101, "auth": 102, "redeem": 103, "leaderboards": 104, "admin": 105}

    answer = call(path, method)

    assert int(answer["RateLimit-Limit"]) == (expected | {"reports": 106})[scope]
    assert int(answer["RateLimit-Remaining"]) == int(answer["RateLimit-Limit"]) - 1


@pytest.mark.parametrize(
    "path", ["/health", "/api/health", "/health/", "/", "/static/nothing.css", "/r/ABCD2345"]
)
def test_what_is_not_limited(limits, call, path):
    limits(general=1)

    answers = [call(path) for _ in range(3)]

    assert {answer.status_code for answer in answers} & {429} == set()
    assert not answers[0].has_header("RateLimit-Limit")


def test_a_browsers_question_beforehand_is_not_counted(limits, call, settings):
    limits(general=1)
    asked = {"HTTP_ORIGIN": settings.FRONTEND_URL, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"}

    assert [call(method="options", **asked).status_code for _ in range(3)] == [200] * 3


def test_scripts_of_the_front_end_may_read_a_refusal(limits, call, settings):
    limits(general=1)
    call()

    answer = call(HTTP_ORIGIN=settings.FRONTEND_URL)

    assert answer.status_code == 429
    assert answer["Access-Control-Allow-Origin"] == settings.FRONTEND_URL
    assert "ratelimit-remaining" in answer["Access-Control-Expose-Headers"]


def test_paths_that_are_not_there_run_out_too(limits, call):
    limits(general=2)

    assert [call("/api/nowhere").status_code for _ in range(3)] == [404, 404, 429]


def sign_in(call, password, email="mia@example.com", **extra):
    body = json.dumps({"email": email, "password": password})
    return call("/api/auth/login", "post", body, **extra)


def test_passwords_are_counted_by_address_whoever_shows_a_token(limits, call, make_member):
    limits(auth=3)
    token = issue_tokens(user=make_member("mia", password=PASSWORD))["accessToken"]

    statuses = [sign_in(call, "wrong", token=token).status_code for _ in range(2)]
    statuses += [sign_in(call, "wrong").status_code for _ in range(2)]

    assert statuses == [401, 401, 401, 429]


def test_a_locked_name_hears_of_the_lock_and_the_others_of_the_limit(limits, call, make_member):
    limits(auth=10, general=100)
    make_member("mia", password=PASSWORD)
    assert {sign_in(call, "wrong").status_code for _ in range(10)} == {401}

    locked = sign_in(call, PASSWORD)
    other = sign_in(call, PASSWORD, email="leo@example.com")

    assert (locked.status_code, locked.json()["code"]) == (423, "sign_in_locked")
    assert locked.json()["details"]["retryAfterSeconds"] == int(locked["Retry-After"])
    assert_refused(other, "auth", 10)


@pytest.mark.parametrize("body", ["", "[]", "{", '{"email": 5}', '{"email": ""}', "[" * 9999])
def test_a_sign_in_too_many_that_names_nobody_is_refused(limits, call, body):
    limits(auth=1, general=100)
    call("/api/auth/login", "post", body)

    assert_refused(call("/api/auth/login", "post", body), "auth", 1)


def test_looking_for_locks_runs_out_as_well(limits, call, make_member, settings):
    settings.LOYALTY_SIGN_IN_FAILURES_MAX = 1
    limits(auth=1, general=2)

    statuses = [sign_in(call, "wrong").status_code for _ in range(4)]

    assert statuses == [401, 423, 423, 429]


def test_the_consoles_form_is_limited_with_a_page(limits, call):
    limits(auth=1)
    form = {"data": {"username": "a@example.com", "password": "wrong"}}

    answers = [call("/admin/login/", "post", **form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1]["Content-Type"].startswith("text/html")
    assert int(answers[1]["Retry-After"]) >= 1
    assert call("/admin/login/").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("path", "status"), [(LEVELS, 401), ("/api/nowhere", 404)])
async def test_the_same_holds_in_the_servers_loop(limits, settings, path, status):
    settings.LOYALTY_TRUSTED_PROXIES = 1
    limits(general=2)
    client = AsyncClient()

    found = [await client.get(path, headers={"X-Forwarded-For": ADDRESS}) for _ in range(3)]

    assert [answer.status_code for answer in found] == [status, status, 429]
    assert [answer["RateLimit-Remaining"] for answer in found] == ["1", "0", "0"]
