"""A page of the site gets a token for its session, and no other site does."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.dateparse import parse_datetime

from loyalty_site.accounts.authentication import resolve_access_token, resolve_socket_token

pytestmark = pytest.mark.django_db
ADDRESS = "/api/auth/live-token"


@pytest.fixture
def page(member):
    """Return a browser whose visitor is signed in to the site's pages."""
    browser = Client()
    browser.force_login(member)
    return browser


def ask(browser, body=None, **headers):
    return browser.post(ADDRESS, body or {}, content_type="application/json", headers=headers)


def test_a_session_becomes_a_token_for_a_socket(page, member, now):
    answer = ask(page)

    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    data = answer.json()["data"]
    identity = resolve_socket_token(data["token"])
    assert identity.user == member
    assert parse_datetime(data["expiresAt"]) == identity.expires_at
    assert now + timedelta(minutes=4) < identity.expires_at <= now + timedelta(minutes=6)
    me = page.get("/api/auth/me", headers={"Authorization": f"Bearer {data['token']}"})
    assert (me.status_code, me.json()["code"]) == (401, "token_invalid")


def test_no_body_is_needed(page):
    assert page.generic("POST", ADDRESS).status_code == 200


def test_asked_for_it_is_an_access_token(page, member):
    token = ask(page, {"use": "api"}).json()["data"]["token"]

    assert resolve_access_token(token).user == member
    me = page.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert me.json()["data"]["userId"] == "mia"


@pytest.mark.parametrize("body", [{"use": "refresh"}, {"use": None}, {"lifetime": 90}])
def test_anything_else_is_refused(page, body):
    answer = ask(page, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


def test_without_a_session_there_is_none_whatever_else_is_shown(client, sign_in, member):
    for answer in (ask(client), sign_in(member).post(ADDRESS)):
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"] == "Session"


def test_no_link_and_no_other_site_gets_one(member):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(member)

    assert browser.get(ADDRESS).status_code == 405
    refused = ask(browser)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")

    browser.cookies["csrftoken"] = "a" * 32
    assert ask(browser, **{"X-CSRFToken": "a" * 32}).status_code == 200
    elsewhere = ask(browser, **{"X-CSRFToken": "a" * 32, "Origin": "https://elsewhere.example"})
    assert elsewhere.status_code == 403


def test_it_ends_with_the_sessions_of_its_person(page, member):
    tokens = [ask(page, {"use": use}).json()["data"]["token"] for use in ("socket", "api")]
    member.set_password("correct-horse-9")
    member.save()

    for token in tokens:
        me = page.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})
        assert (me.status_code, me.json()["code"]) == (401, "token_invalid")
    assert ask(page).status_code == 401
