"""`create_api_key`: keys without the console."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from loyalty_site.accounts.models import ApiKey, User

pytestmark = pytest.mark.django_db


def run(*arguments):
    output = StringIO()
    call_command("create_api_key", *arguments, stdout=output, stderr=StringIO())
    return output.getvalue().strip()


def test_it_prints_the_key_alone_and_the_key_works(sign_in):
    key = run("--host", "shop", "--label", "The till")

    answer = sign_in().get("/api/auth/me", headers={"X-API-Key": key})
    assert answer.json()["data"]["userId"] == "host:shop"
    row = ApiKey.objects.get()
    assert (row.label, row.expires_at, row.created_by) == ("The till", None, None)


def test_a_second_key_is_of_the_same_account():
    assert run("--host", "shop") != run("--host", "shop")
    assert User.objects.get().api_keys.count() == 2


def test_a_key_may_be_made_to_expire():
    run("--host", "shop", "--expires-days", "30")

    row = ApiKey.objects.get()
    assert row.expires_at == row.created_at + timedelta(days=30)


@pytest.mark.parametrize("shorten", [lambda key: key, lambda key: key.split("_")[1]])
def test_a_key_is_revoked_by_its_prefix_or_the_whole_of_it(sign_in, shorten):
    key = run("--host", "shop")

    assert "is revoked" in run("--revoke", shorten(key))
    assert "was already revoked" in run("--revoke", shorten(key))

    answer = sign_in().get("/api/auth/me", headers={"X-API-Key": key})
    assert answer.json()["code"] == "api_key_revoked"


def test_an_unknown_key_is_named_as_such_with_those_there_are():
    prefix = run("--host", "shop").split("_")[1]

    with pytest.raises(CommandError, match=prefix):
        run("--revoke", "nosuch")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--host", "shop", "--revoke", "x"),
        ("--host", "a shop"),
        ("--host", "shop", "--expires-days", "0"),
        ("--host", "shop", "--label", "l" * 101),
        ("--revoke", "x", "--label", "l"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_made(arguments):
    with pytest.raises(CommandError):
        run(*arguments)
    assert not User.objects.exists()
