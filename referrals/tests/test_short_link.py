"""GET /r/<code> leads to the front end's sign-up page and nowhere else."""

import pytest
from django.test import Client

SIGN_UP = "https://app.example.com/auth/jwt/sign-up"


@pytest.fixture(autouse=True)
def front_end(settings):
    settings.REFERRAL_SIGN_UP_URL = SIGN_UP


@pytest.mark.parametrize("code", ["ABCD2345", "abcd2345", "ABCD2345/"])
def test_a_code_is_handed_to_the_sign_up_page(code):
    response = Client().get(f"/r/{code}")

    assert response.status_code == 302
    assert response["Location"] == f"{SIGN_UP}?ref=ABCD2345"


@pytest.mark.parametrize(
    "code",
    [
        "ABCD234",
        "ABCD23456",
        "ABCD2340",
        "ABCD-345",
        "https://evil.example",
        "%2f%2fevil.example",
        "/evil.example",
        "ABCD2345&next=//evil.example",
        "ABCD2345%3Fnext=%2F%2Fevil.example",
        "%E2%80%AEABCD2345",
        "..%2f..%2fadmin",
    ],
)
def test_anything_else_leads_to_the_plain_sign_up_page(code):
    response = Client().get(f"/r/{code}")

    assert response.status_code == 302
    assert response["Location"] == SIGN_UP


@pytest.mark.parametrize("code", ["ABCD2345%0d%0aSet-Cookie:%20a=b", "ABCD2345%0a"])
def test_a_line_break_leads_nowhere_and_into_no_header(code):
    response = Client().get(f"/r/{code}")

    assert response.status_code == 404
    assert "Location" not in response
    assert "Set-Cookie" not in response


def test_a_browser_that_asks_for_html_with_a_stale_token_is_redirected_too():
    headers = {"accept": "text/html", "authorization": "Bearer stale"}

    assert Client().get("/r/ABCD2345", headers=headers).status_code == 302


def test_the_query_is_not_passed_on():
    response = Client().get("/r/ABCD2345?next=//evil.example&ref=ZZZZZZZZ")

    assert response["Location"] == f"{SIGN_UP}?ref=ABCD2345"


def test_the_host_of_the_request_does_not_matter(settings):
    settings.ALLOWED_HOSTS = ["*"]

    response = Client().get("/r/ABCD2345", headers={"host": "evil.example"})

    assert response["Location"] == f"{SIGN_UP}?ref=ABCD2345"


def test_nothing_is_looked_up_so_nothing_is_told(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        Client().get("/r/ABCD2345")


def test_only_reading_is_answered():
    assert Client().post("/r/ABCD2345").status_code == 405
