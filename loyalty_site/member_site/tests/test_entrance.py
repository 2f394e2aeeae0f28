"""Coming in and going out."""

import pytest
from django.db.models import F

from loyalty_site.accounts.models import User
from referrals.services import get_or_issue_code

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse-9"


@pytest.fixture
def ann(make_member):
    return make_member("ann", password=PASSWORD, name="Ann Archer")


def test_a_member_signs_in_and_lands_on_the_dashboard(client, ann):
    answer = client.post("/login", {"email": "ANN@example.com", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain == [("/dashboard", 302)]
    assert "Ann Archer" in answer.text


def test_a_stranger_is_led_to_the_sign_in_and_back(client, ann):
    answer = client.get("/dashboard/points/levels?x=1", follow=True)
    assert answer.redirect_chain == [("/login?next=/dashboard/points/levels%3Fx%3D1", 302)]
    form = {"email": ann.email, "password": PASSWORD, "next": "/dashboard/points/levels?x=1"}
    assert client.post("/login", form)["Location"] == "/dashboard/points/levels?x=1"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", "elsewhere"],
)
def test_nobody_is_led_to_another_site(client, ann, elsewhere):
    form = {"email": ann.email, "password": PASSWORD, "next": elsewhere}
    assert client.post("/login", form)["Location"] == "/dashboard"
    assert client.get("/login", {"next": elsewhere})["Location"] == "/dashboard"


def test_an_unknown_name_and_a_wrong_password_read_the_same(client, ann):
    pages = [
        client.post("/login", {"email": email, "password": "wrong-horse-9"}).text
        for email in (ann.email, "nobody@example.com")
    ]
    assert all("The e-mail or the password is wrong." in page for page in pages)


@pytest.mark.parametrize("email", ["ann@example.com", "nobody@example.com"])
def test_a_name_is_locked_for_the_site_and_the_api_alike(client, ann, sign_in, settings, email):
    settings.LOYALTY_SIGN_IN_FAILURES_MAX = 2
    for _ in range(2):
        assert client.post("/login", {"email": email, "password": "wrong"}).status_code == 200
    answer = client.post("/login", {"email": email, "password": PASSWORD})
    assert answer.status_code == 423
    assert 0 < int(answer["Retry-After"]) <= 900
    assert "Too many failed attempts. Try again in 15 minutes." in answer.text
    body = {"email": email, "password": PASSWORD}
    assert sign_in().post("/api/auth/login", body).status_code == 423


def test_signing_out_takes_a_post(client, ann):
    client.force_login(ann)
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out")["Location"] == "/"
    assert client.get("/dashboard").status_code == 302


def test_a_link_to_join_fills_the_code_in_and_greets(client, ann, make_member, now):
    code = get_or_issue_code(member=ann, now=now).code
    answer = client.get(f"/r/{code.lower()}")
    address = answer["Location"].partition("//")[2].partition("/")[2]
    page = client.get(f"/{address}").text
    assert f'value="{code}"' in page
    assert "<strong>Ann Archer</strong> invites you" in page
    assert f"/auth/jwt/sign-up?ref={code}" in client.get(f"/login?ref={code}").text


def test_an_unknown_code_is_told_kindly_and_the_form_stands(client):
    page = client.get("/auth/jwt/sign-up?ref=NOBODYS1").text
    assert "We do not know this referral code." in page
    assert "Create my account" in page


def test_joining_by_a_link_makes_a_member_who_is_signed_in(client, programme, ann, now):
    code = get_or_issue_code(member=ann, now=now).code
    form = {
        "name": "Ben",
        "email": "Ben@Example.com",
        "password": "battery-staple-7",
        "referral_code": code,
    }
    answer = client.post("/auth/jwt/sign-up", form, follow=True)
    assert answer.redirect_chain == [("/dashboard", 302)]
    assert "Welcome, Ben!" in answer.text
    ben = User.objects.get(email="ben@example.com")
    assert ben.referral.referrer == ann


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"email": "ann@example.com"}, "already registered"),
        ({"referral_code": "NOBODYS1"}, "Nobody has this code"),
        ({"password": "password"}, "too common"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_is_made(client, ann, wrong, sentence):
    form = {"name": "Ben", "email": "ben@example.com", "password": "battery-staple-7"} | wrong
    answer = client.post("/auth/jwt/sign-up", form)
    assert sentence in answer.text
    assert 'value="Ben"' in answer.text or "name" in wrong
    assert User.objects.count() == 1


def test_a_new_password_keeps_this_session_and_ends_the_others(client, ann, client_of):
    other = client_of(ann)
    client.force_login(ann)
    form = {
        "current_password": PASSWORD,
        "new_password": "battery-staple-7",
        "repeated": "battery-staple-7",
    }
    answer = client.post("/dashboard/password", form, follow=True)
    assert "All other sessions have ended." in answer.text
    assert other.get("/dashboard").status_code == 302


def test_a_new_password_by_the_api_ends_the_sessions_of_pages(client, ann, sign_in):
    client.force_login(ann)
    body = {"currentPassword": PASSWORD, "newPassword": "battery-staple-7"}
    assert sign_in(ann).post("/api/auth/change-password", body).status_code == 200
    assert client.get("/dashboard").status_code == 302


def test_what_ends_the_tokens_of_a_person_ends_their_sessions_of_pages(client, ann):
    client.force_login(ann)
    User.objects.filter(pk=ann.pk).update(token_epoch=F("token_epoch") + 1)
    assert client.get("/dashboard").status_code == 302


def test_a_secret_that_was_replaced_ends_no_session(client, ann, settings):
    client.force_login(ann)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-of-the-same-length-as-the-one-before"
    # The session itself is stored and not signed.
    assert client.get("/dashboard").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"current_password": "wrong"}, "The current password is wrong."),
        ({"repeated": "battery-staple-8"}, "The two passwords differ."),
        ({"new_password": "ann"}, "too short"),
    ],
)
def test_a_password_is_not_changed_by_half(client, ann, wrong, sentence):
    client.force_login(ann)
    form = {
        "current_password": PASSWORD,
        "new_password": "battery-staple-7",
        "repeated": "battery-staple-7",
    } | wrong
    assert sentence in client.post("/dashboard/password", form).text
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)


@pytest.mark.parametrize("address", ["/login/", "/auth/jwt/sign-up/"])
def test_a_slash_at_the_end_does_no_harm(client, address):
    assert client.get(address).status_code == 200
