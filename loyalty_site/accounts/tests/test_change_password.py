"""Changing the password ends every session at once."""

import pytest

from loyalty_site.accounts.services import issue_tokens
from loyalty_site.testing.storms import run_together, winners

pytestmark = pytest.mark.django_db

ADDRESS = "/api/auth/change-password"
BODY = {"currentPassword": "blue-river-7", "newPassword": "green-river-8"}


@pytest.fixture
def ann(make_member):
    return make_member("ann", password="blue-river-7")


def test_the_new_password_counts_and_every_session_ends(sign_in, ann):
    here, elsewhere = sign_in(ann), sign_in(ann)
    refresh_token = issue_tokens(user=ann)["refreshToken"]

    assert here.post(ADDRESS, BODY).status_code == 200

    for api in (here, elsewhere):
        answer = api.get("/api/auth/me")
        assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    refreshed = sign_in().post("/api/auth/refresh-token", {"refreshToken": refresh_token})
    assert refreshed.status_code == 401
    for password, status in (("blue-river-7", 401), ("green-river-8", 200)):
        body = {"email": ann.email, "password": password}
        assert sign_in().post("/api/auth/login", body).status_code == status


def test_a_wrong_current_password_is_that_fields_error(sign_in, ann):
    api = sign_in(ann)

    answer = api.post(ADDRESS, BODY | {"currentPassword": "blue-river-9"})

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert [detail["field"] for detail in answer.json()["details"]] == ["currentPassword"]
    assert api.get("/api/auth/me").status_code == 200


@pytest.mark.parametrize(
    "password", ["short", "password123", "ann@example.com", "x7" * 129, 12345678, ""]
)
def test_a_weak_new_password_is_that_fields_error(sign_in, ann, password):
    answer = sign_in(ann).post(ADDRESS, BODY | {"newPassword": password})

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert {detail["field"] for detail in answer.json()["details"]} == {"newPassword"}
    ann.refresh_from_db()
    assert ann.check_password("blue-river-7")


def test_nobody_changes_a_password_without_signing_in(sign_in):
    answer = sign_in().post(ADDRESS, BODY)

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_of_eight_changes_at_once_one_counts(sign_in, ann):
    clients = [sign_in(ann) for _ in range(8)]

    def change(i):
        return clients[i].post(ADDRESS, BODY | {"newPassword": f"green-river-{i}x"}).status_code

    results = winners(run_together(8, change))

    assert results.count(200) == 1
    ann.refresh_from_db()
    assert ann.token_epoch == 1
    assert ann.check_password(f"green-river-{results.index(200)}x")
