"""Signing in with e-mail and password."""

import pytest
from django.contrib.auth import hashers

from loyalty_site.accounts.models import User

pytestmark = pytest.mark.django_db

ADDRESS = "/api/auth/login"
PASSWORD = "blue-river-7"


@pytest.fixture
def ann(make_member):
    return make_member("ann", name="Ann", password=PASSWORD)


def test_the_right_password_brings_the_person_and_tokens(sign_in, ann):
    answer = sign_in().post(ADDRESS, {"email": " ANN@example.com", "password": PASSWORD})

    assert answer.status_code == 200
    data = answer.json()["data"]
    assert data["user"] == {
        "userId": "ann",
        "name": "Ann",
        "email": "ann@example.com",
        "role": "buyer",
    }
    assert set(data["tokens"]) == {"accessToken", "refreshToken"}
    ann.refresh_from_db()
    assert ann.last_login is not None


def refuse_wrong_password(ann):
    return {"email": ann.email, "password": "blue-river-8"}


def refuse_password_with_blanks(ann):
    return {"email": ann.email, "password": f" {PASSWORD} "}


def refuse_unknown_name(ann):
    return {"email": "nobody@example.com", "password": PASSWORD}


def refuse_text_that_is_no_address(ann):
    return {"email": "nobody", "password": PASSWORD}


def refuse_inactive_person(ann):
    User.objects.filter(pk=ann.pk).update(is_active=False)
    return {"email": ann.email, "password": PASSWORD}


def refuse_person_without_password(ann):
    ann.set_unusable_password()
    ann.save()
    return {"email": ann.email, "password": ann.password}


@pytest.mark.parametrize(
    "make_body",
    [
        refuse_wrong_password,
        refuse_password_with_blanks,
        refuse_unknown_name,
        refuse_text_that_is_no_address,
        refuse_inactive_person,
        refuse_person_without_password,
    ],
)
def test_whatever_does_not_fit_the_answer_is_the_same(sign_in, ann, make_body):
    answer = sign_in().post(ADDRESS, make_body(ann))

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    assert answer.json()["message"] == "The e-mail or the password is wrong."
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_unknown_name_costs_a_hash_as_well(sign_in, ann, monkeypatch):
    hashed = []
    hasher = type(hashers.get_hasher())
    encode = hasher.encode

    def count(self, *arguments, **options):
        hashed.append(1)
        return encode(self, *arguments, **options)

    monkeypatch.setattr(hasher, "encode", count)

    sign_in().post(ADDRESS, {"email": ann.email, "password": "wrong"})
    for_known = len(hashed)
    sign_in().post(ADDRESS, {"email": "nobody@example.com", "password": "wrong"})

    assert for_known > 0
    assert len(hashed) == 2 * for_known


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "ann@example.com"}, "password"),
        ({"password": PASSWORD}, "email"),
        ({"email": "ann@example.com", "password": PASSWORD, "remember": True}, "remember"),
        ({"email": "ann@example.com", "password": "p" * 257}, "password"),
        ({"email": ["ann@example.com"], "password": PASSWORD}, "email"),
    ],
)
def test_a_malformed_body_is_refused_by_field(sign_in, ann, body, field):
    answer = sign_in().post(ADDRESS, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert [detail["field"] for detail in answer.json()["details"]] == [field]


def test_a_stale_token_in_the_header_does_not_keep_anyone_from_signing_in(sign_in, ann):
    answer = sign_in().post(
        ADDRESS,
        {"email": ann.email, "password": PASSWORD},
        headers={"Authorization": "Bearer stale"},
    )

    assert answer.status_code == 200
