"""API keys on the console: made, shown once, revoked after a question."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from loyalty_site.accounts.api_keys import create_api_key, ensure_service_account, revoke_api_keys
from loyalty_site.accounts.models import ApiKey, User

pytestmark = pytest.mark.django_db

LIST = reverse("admin:accounts_apikey_changelist")
ADD = reverse("admin:accounts_apikey_add")
REVOKE = reverse("admin:accounts_apikey_revoke")
KEY = re.compile(r"loyalty_[a-z0-9]{10}_[A-Za-z0-9]{40}")


@pytest.fixture
def boss(client, make_staff):
    person = make_staff("boss")
    client.force_login(person)
    return person


@pytest.fixture
def shop(now):
    return ensure_service_account(host="shop", now=now)


@pytest.fixture
def make_key(shop, now):
    def make(**facts):
        return create_api_key(service_account=shop, **{"now": now} | facts).api_key

    return make


def open_form(client):
    return {"key_prefix": client.get(ADD).context["form"]["key_prefix"].value()}


def rows(answer):
    return list(answer.context["cl"].result_list)


def test_a_key_for_a_new_host_is_shown_once_and_works(client, boss, sign_in):
    form = open_form(client)
    answer = client.post(ADD, form | {"new_host": "shop", "label": "Till", "expires": "30"})

    (text,) = set(KEY.findall(answer.content.decode()))
    assert "no-store" in answer.headers["Cache-Control"]
    me = sign_in().get("/api/auth/me", headers={"X-API-Key": text})
    assert me.json()["data"]["userId"] == "host:shop"
    api_key = ApiKey.objects.get()
    assert (api_key.label, api_key.created_by) == ("Till", boss)
    assert api_key.expires_at == api_key.created_at + timedelta(days=30)
    for address in (LIST, reverse("admin:accounts_apikey_change", args=[api_key.pk])):
        page = client.get(address).content.decode()
        assert api_key.prefix in page
        assert not KEY.search(page)


def test_a_form_that_is_sent_twice_makes_one_key(client, boss):
    form = open_form(client) | {"new_host": "shop"}
    client.post(ADD, form)

    again = client.post(ADD, form)

    assert "sent before" in again.content.decode()
    assert not KEY.search(again.content.decode())
    assert ApiKey.objects.count() == 1


def test_a_key_for_a_host_that_is_there(client, boss, shop, make_staff, make_member):
    make_member("mia")
    make_staff("paul", "host")
    form = open_form(client)

    choices = client.get(ADD).context["form"].fields["service_account"].queryset
    client.post(ADD, form | {"service_account": shop.pk})

    assert list(choices) == [shop]
    assert ApiKey.objects.get().service_account == shop


@pytest.mark.parametrize(
    "change",
    [{}, {"new_host": "a b"}, {"new_host": "shop", "expires": "7"}, {"new_host": "gone"}],
)
def test_what_makes_no_sense_is_an_error_of_the_form(client, boss, now, change):
    gone = ensure_service_account(host="gone", now=now)
    User.objects.filter(pk=gone.pk).update(is_active=False)

    answer = client.post(ADD, open_form(client) | change)

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_both_a_host_and_a_new_one_are_one_too_many(client, boss, shop):
    form = open_form(client) | {"service_account": shop.pk, "new_host": "other"}

    assert "new_host" in client.post(ADD, form).context["form"].errors
    assert not ApiKey.objects.exists()


def test_making_and_revoking_stand_in_the_log(client, boss):
    client.post(ADD, open_form(client) | {"new_host": "shop"})
    prefix = ApiKey.objects.get().prefix
    client.post(REVOKE, {"prefix": prefix, "confirmed": "yes"})

    made, revoked = LogEntry.objects.order_by("pk")
    assert (made.user, made.object_repr) == (boss, f"loyalty_{prefix}_…")
    assert "Created for host:shop" in made.change_message
    assert "Revoked" in revoked.change_message


def test_revoking_asks_first_and_then_does(client, boss, make_key):
    api_key = make_key(label="Till")

    question = client.post(REVOKE, {"prefix": api_key.prefix})
    assert "Till" in question.content.decode()
    api_key.refresh_from_db()
    assert api_key.revoked_at is None

    answer = client.post(REVOKE, {"prefix": api_key.prefix, "confirmed": "yes"}, follow=True)
    api_key.refresh_from_db()
    assert (api_key.revoked_at is None, api_key.revoked_by) == (False, boss)
    assert [str(note) for note in answer.context["messages"]] == [f"Revoked: {api_key}"]


def test_several_are_revoked_by_the_lists_action(client, boss, make_key):
    keys = [make_key() for _ in range(3)]

    question = client.post(
        LIST, {"action": "revoke_selected", "_selected_action": [key.pk for key in keys[:2]]}
    )
    listed = re.findall(r'name="prefix" value="(\w+)"', question.content.decode())
    client.post(REVOKE, {"prefix": listed, "confirmed": "yes"})

    assert set(ApiKey.objects.filter(revoked_at=None)) == {keys[2]}


def test_what_is_revoked_already_is_said_and_stays_as_it_was(client, boss, make_key, now):
    api_key = make_key()
    earlier = now + timedelta(seconds=1)
    revoke_api_keys(prefixes=[api_key.prefix], now=earlier)

    assert "nothing here to revoke" in client.post(REVOKE, {"prefix": api_key.prefix}).text
    client.post(REVOKE, {"prefix": api_key.prefix, "confirmed": "yes"})

    api_key.refresh_from_db()
    assert (api_key.revoked_at, api_key.revoked_by) == (earlier, None)
    assert not LogEntry.objects.exists()


def test_the_list_shows_states_and_filters_by_them(client, boss, make_key, now):
    past = now - timedelta(days=2)
    keys = {
        "active": make_key(),
        "expired": make_key(now=past, expires_at=past + timedelta(days=1)),
        "revoked": make_key(),
    }
    revoke_api_keys(prefixes=[keys["revoked"].prefix], now=now)

    page = client.get(LIST).content.decode()
    for state, api_key in keys.items():
        assert f"key-{state}" in page
        assert rows(client.get(LIST, {"state": state})) == [api_key]
    assert page.count('class="button decide reject"') == 2


def test_an_empty_list_says_what_keys_are_for(client, boss):
    assert "A host platform&#x27;s server needs one" in client.get(LIST).text.replace("'", "&#x27;")


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_as_many_queries_for_three_as_for_one(
    client, boss, make_key, count, django_assert_num_queries
):
    for _ in range(count):
        make_key()
    client.get(LIST)

    with django_assert_num_queries(6):
        assert client.get(LIST).status_code == 200


def test_nothing_about_a_key_is_edited_or_deleted(client, boss, make_key):
    api_key = make_key(label="Till")
    address = reverse("admin:accounts_apikey_change", args=[api_key.pk])

    assert client.post(address, {"label": "Other"}).status_code == 403
    assert (
        client.post(reverse("admin:accounts_apikey_delete", args=[api_key.pk])).status_code == 403
    )
    api_key.refresh_from_db()
    assert api_key.label == "Till"


def test_an_auditor_looks_and_neither_makes_nor_revokes(client, make_staff, make_key):
    api_key = make_key()
    client.force_login(make_staff("vera", "auditor"))

    page = client.get(LIST).text
    assert api_key.prefix in page
    assert "Revoke</button>" not in page
    assert "revoke_selected" not in page
    assert client.get(ADD).status_code == 403
    answer = client.post(REVOKE, {"prefix": api_key.prefix, "confirmed": "yes"})
    assert answer.status_code == 403


def test_staff_without_the_permission_see_no_keys(client, make_staff):
    client.force_login(make_staff("sue", "support"))

    assert client.get(LIST).status_code == 403


def test_the_addresses_that_revoke_take_no_get(client, boss):
    assert client.get(REVOKE).status_code == 405
