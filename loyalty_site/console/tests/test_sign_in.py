"""The sign-in form says that a name is locked, and tells nothing else."""

import pytest

ADDRESS = "/admin/login/"
PASSWORD = "green-river-7"
WRONG = "wrong"


@pytest.fixture
def try_to_sign_in(client):
    def send(email, password=WRONG):
        return client.post(ADDRESS, {"username": email, "password": password})

    return send


@pytest.fixture
def boss(make_staff):
    person = make_staff("boss")
    person.set_password(PASSWORD)
    person.save()
    return person


def test_a_wrong_password_is_only_wrong(boss, try_to_sign_in):
    page = try_to_sign_in(boss.email).text
    assert "Please enter the correct" in page
    assert "Too many" not in page


@pytest.mark.parametrize("email", ["boss@example.com", "nobody@example.com"])
def test_a_locked_name_is_told_known_or_not(boss, try_to_sign_in, settings, email):
    settings.LOYALTY_SIGN_IN_FAILURES_MAX = 3
    for _ in range(3):
        page = try_to_sign_in(email).text
    assert "Too many failed sign-ins. Try again in 15 minutes." in page
    # The right password does not help either, and the lock is not made longer.
    page = try_to_sign_in(email, PASSWORD).text
    assert "Too many failed sign-ins. Try again in 15 minutes." in page


def test_another_name_is_let_in(boss, try_to_sign_in, settings):
    settings.LOYALTY_SIGN_IN_FAILURES_MAX = 3
    for _ in range(4):
        try_to_sign_in("nobody@example.com")
    assert try_to_sign_in(boss.email, PASSWORD).status_code == 302
