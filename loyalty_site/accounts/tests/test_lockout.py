"""Guessing passwords ends in 423, however it is done."""

import multiprocessing
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import MD5PasswordHasher
from django.urls import reverse
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from loyalty_site.accounts.models import SignInAttempts
from loyalty_site.accounts.services import issue_tokens, refresh_tokens
from loyalty_site.accounts.tasks import forget_expired_sessions
from loyalty_site.testing.storms import run_together, winners

pytestmark = pytest.mark.django_db

PASSWORD = "blue-river-7"


@pytest.fixture
def ann(make_member):
    return make_member("ann", password=PASSWORD)


@pytest.fixture
def sign_in_with(sign_in):
    def post(password, email="ann@example.com"):
        return sign_in().post("/api/auth/login", {"email": email, "password": password})

    return post


def fail(sign_in_with, times, **who):
    for _ in range(times):
        assert sign_in_with("wrong", **who).status_code == 401


def assert_locked(answer, seconds_max=900):
    assert (answer.status_code, answer.json()["code"]) == (423, "sign_in_locked")
    assert 0 < int(answer.headers["Retry-After"]) <= seconds_max


def test_after_ten_failures_even_the_right_password_is_locked_out(ann, sign_in_with):
    fail(sign_in_with, 10)

    assert_locked(sign_in_with(PASSWORD))


def test_the_name_is_one_in_any_case(ann, sign_in_with):
    for email in ("ann@example.com", "ANN@example.com", " Ann@Example.com ") * 3:
        fail(sign_in_with, 1, email=email)
    fail(sign_in_with, 1)

    assert_locked(sign_in_with(PASSWORD))


def test_an_unknown_name_is_locked_just_the_same(sign_in_with):
    fail(sign_in_with, 10, email="nobody@example.com")

    assert_locked(sign_in_with("wrong", email="nobody@example.com"))


def test_another_name_is_not_locked(ann, make_member, sign_in_with):
    make_member("leo", password=PASSWORD)
    fail(sign_in_with, 10)

    assert sign_in_with(PASSWORD, email="leo@example.com").status_code == 200


def test_a_success_starts_the_count_anew(ann, sign_in_with):
    fail(sign_in_with, 9)
    assert sign_in_with(PASSWORD).status_code == 200
    fail(sign_in_with, 10)


def test_the_lock_ends_by_itself_and_is_not_prolonged_by_trying(ann, sign_in_with):
    fail(sign_in_with, 10)
    SignInAttempts.objects.update(ends_at=timezone.now() + timedelta(seconds=100))
    assert_locked(sign_in_with(PASSWORD), seconds_max=100)
    assert_locked(sign_in_with(PASSWORD), seconds_max=100)

    SignInAttempts.objects.update(ends_at=timezone.now())

    fail(sign_in_with, 10)
    assert_locked(sign_in_with(PASSWORD))


def test_a_session_goes_on_while_its_holder_is_locked_out(ann, sign_in, sign_in_with):
    tokens = issue_tokens(user=ann)
    fail(sign_in_with, 10)

    assert sign_in(ann).get("/api/auth/me").status_code == 200
    body = {"refreshToken": tokens["refreshToken"]}
    assert sign_in().post("/api/auth/refresh-token", body).status_code == 200


def test_no_name_is_kept_in_clear(sign_in_with):
    fail(sign_in_with, 1, email="nobody@example.com")

    assert "nobody" not in SignInAttempts.objects.get().name_digest


def test_the_consoles_form_counts_with_the_api(client, make_staff, sign_in_with):
    boss = make_staff("boss")
    boss.set_password(PASSWORD)
    boss.save()
    for _ in range(10):
        client.post(reverse("admin:login"), {"username": boss.email, "password": "wrong"})

    assert_locked(sign_in_with(PASSWORD, email=boss.email))
    answer = client.post(reverse("admin:login"), {"username": boss.email, "password": PASSWORD})
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


def test_the_console_lets_in_who_knows_the_password(client, make_staff):
    boss = make_staff("boss")
    boss.set_password(PASSWORD)
    boss.save()

    answer = client.post(
        reverse("admin:login"), {"username": "BOSS@example.com", "password": PASSWORD}
    )

    assert answer.status_code == 302
    assert authenticate(email=boss.email, password=PASSWORD) == boss


def test_guessing_the_current_password_locks_too(ann, sign_in):
    api = sign_in(ann)
    body = {"currentPassword": "wrong", "newPassword": "green-river-8"}
    for _ in range(10):
        assert api.post("/api/auth/change-password", body).status_code == 400

    assert_locked(api.post("/api/auth/change-password", body | {"currentPassword": PASSWORD}))


def test_staff_can_forget_the_failures(ann, client, make_staff, sign_in_with):
    fail(sign_in_with, 10)
    client.force_login(make_staff("boss"))

    address = reverse("admin:accounts_user_changelist")
    client.post(address, {"action": "unlock", "_selected_action": [ann.pk]})

    assert sign_in_with(PASSWORD).status_code == 200


def test_what_no_longer_matters_is_forgotten(ann, sign_in_with, now):
    refresh_tokens(refresh_token=issue_tokens(user=ann)["refreshToken"], now=now)
    fail(sign_in_with, 1)
    forget_expired_sessions()
    assert OutstandingToken.objects.count() == SignInAttempts.objects.count() == 1

    OutstandingToken.objects.update(expires_at=now - timedelta(days=2))
    SignInAttempts.objects.update(ends_at=now - timedelta(seconds=1))
    forget_expired_sessions()

    assert OutstandingToken.objects.count() == SignInAttempts.objects.count() == 0


class CountingHasher(MD5PasswordHasher):
    """Counts, across processes, how often a password is looked at."""

    algorithm = "counting_md5"
    looks = multiprocessing.Value("i", 0)

    def verify(self, password, encoded):
        with self.looks.get_lock():
            self.looks.value += 1
        return super().verify(password, encoded)


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_guesses_at_once_five_reach_the_hasher(make_member, settings, sign_in_with):
    settings.LOYALTY_SIGN_IN_FAILURES_MAX = 5
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    make_member("ann", password=PASSWORD)
    CountingHasher.looks.value = 0

    run_together(10, lambda i: [sign_in_with(f"guess-{i}-{n}") for n in range(10)])

    assert CountingHasher.looks.value == 5


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_of_forty_guesses_at_once_ten_are_looked_at(ann, sign_in_with):
    statuses = winners(
        run_together(8, lambda i: [sign_in_with(f"guess-{i}").status_code for _ in range(5)])
    )

    flat = [status for several in statuses for status in several]
    assert sorted(flat) == [401] * 10 + [423] * 30
