"""Who is signed in."""

import jwt
import pytest

from loyalty_site.accounts.services import issue_tokens

pytestmark = pytest.mark.django_db


def test_a_front_end_learns_who_is_signed_in(sign_in, member, django_assert_num_queries):
    api = sign_in(member)

    with django_assert_num_queries(1):
        answer = api.get("/api/auth/me")

    assert answer.json()["data"] == {
        "userId": "mia",
        "name": "Mia",
        "email": "mia@example.com",
        "role": "buyer",
    }


@pytest.mark.parametrize("groups", [(), ("approver",), ("auditor",)])
def test_to_a_front_end_all_staff_are_admins(sign_in, make_staff, groups):
    person = make_staff("paul", *groups)
    token = issue_tokens(user=person)["accessToken"]

    assert sign_in(person).get("/api/auth/me").json()["data"]["role"] == "admin"
    assert jwt.decode(token, options={"verify_signature": False})["role"] == "admin"


def test_a_member_who_is_called_an_admin_has_no_powers(sign_in, make_member):
    api = sign_in(make_member("mia", role="admin"))

    assert api.get("/rewards/admin/users").status_code == 403
    assert api.post("/v2/gamification/rewards", {}).status_code == 403


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_other_methods_are_refused(sign_in, member, method):
    answer = getattr(sign_in(member), method)("/api/auth/me")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
