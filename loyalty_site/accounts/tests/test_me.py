"""Who is signed in."""

import pytest

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


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_other_methods_are_refused(sign_in, member, method):
    answer = getattr(sign_in(member), method)("/api/auth/me")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
