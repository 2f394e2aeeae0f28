"""API keys: what a host signs in with."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError, IntegrityError, transaction

from loyalty_site.accounts.api_keys import (
    KeyMadeAlready,
    create_api_key,
    ensure_service_account,
    make_prefix,
    resolve_api_key,
    revoke_api_keys,
)
from loyalty_site.accounts.errors import ApiKeyExpired
from loyalty_site.accounts.models import ApiKey, User
from loyalty_site.testing.storms import run_together, winners
from points.errors import Invalid
from points.models import PointAccount

pytestmark = pytest.mark.django_db

ME = "/api/auth/me"
ACTIVITIES = "/v2/gamification/activities"
REPORT = {"eventId": "e-1", "userId": "mia", "action": "SPECIAL_EVENT", "metadata": {"points": 5}}


@pytest.fixture
def shop(now):
    return ensure_service_account(host="shop", now=now)


@pytest.fixture
def new_key(shop, now):
    return create_api_key(service_account=shop, now=now)


@pytest.fixture
def call(sign_in):
    def get_me(text, header="Authorization"):
        value = f"Api-Key {text}" if header == "Authorization" else text
        return sign_in().get(ME, headers={header: value})

    return get_me


def assert_refused(answer, code):
    assert (answer.status_code, answer.json()["code"]) == (401, code)


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_a_key_speaks_for_its_service_account_in_either_header(call, new_key, header):
    assert call(new_key.text, header).json()["data"] == {
        "userId": "host:shop",
        "name": "shop",
        "email": None,
        "role": "buyer",
    }


def test_a_host_reports_activities_with_a_key(sign_in, new_key, member, programme):
    answer = sign_in().post(ACTIVITIES, REPORT, headers={"X-API-Key": new_key.text})

    assert answer.status_code == 201, answer.json()
    assert PointAccount.objects.get(member=member).balance == answer.json()["data"]["balance"]


def test_a_key_may_what_its_account_may_and_no_more(sign_in, shop, new_key, member):
    headers = {"X-API-Key": new_key.text}
    assert sign_in().post("/v2/gamification/rewards", {}, headers=headers).status_code == 403

    shop.user_permissions.add(Permission.objects.get(codename="add_reward"))
    assert sign_in().post("/v2/gamification/rewards", {}, headers=headers).status_code == 400

    shop.groups.clear()
    assert sign_in().post(ACTIVITIES, REPORT, headers=headers).status_code == 403


def test_a_key_costs_one_query_and_once_a_minute_two(new_key, now, django_assert_num_queries):
    for seconds, queries in ((0, 2), (1, 1), (59, 1), (60, 2), (61, 1)):
        with django_assert_num_queries(queries):
            resolve_api_key(text=new_key.text, now=now + timedelta(seconds=seconds))

    new_key.api_key.refresh_from_db()
    assert new_key.api_key.last_used_at == now + timedelta(seconds=60)


def test_counting_a_request_and_letting_it_in_look_its_key_up_once(
    call, new_key, now, settings, django_assert_num_queries
):
    settings.LOYALTY_RATE_LIMITS = settings.LOYALTY_RATE_LIMITS | {"general": 1_000}
    call(new_key.text)

    with django_assert_num_queries(1):
        assert call(new_key.text).status_code == 200

    revoke_api_keys(prefixes=[new_key.api_key.prefix], now=now)
    with django_assert_num_queries(1):
        assert_refused(call(new_key.text), "api_key_revoked")


def test_the_key_itself_is_not_kept(new_key):
    row = ApiKey.objects.values().get()

    assert new_key.text.split("_")[2] not in str(row)
    assert len(new_key.text.split("_")[2]) == 40


def test_a_revoked_key_ends_with_the_next_request(call, new_key, now):
    assert call(new_key.text).status_code == 200

    revoke_api_keys(prefixes=[new_key.api_key.prefix], now=now)

    assert_refused(call(new_key.text), "api_key_revoked")


def test_a_key_ends_at_its_instant(shop, now):
    new = create_api_key(service_account=shop, expires_at=now + timedelta(hours=1), now=now)

    resolve_api_key(text=new.text, now=now + timedelta(minutes=59))
    with pytest.raises(ApiKeyExpired):
        resolve_api_key(text=new.text, now=now + timedelta(hours=1))


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"is_staff": True}, {"is_superuser": True}]
)
def test_a_key_of_an_account_that_is_out_or_became_staff_is_invalid(call, shop, new_key, change):
    User.objects.filter(pk=shop.pk).update(**change)

    assert_refused(call(new_key.text), "api_key_invalid")


def test_who_knows_the_prefix_only_learns_nothing(call, new_key, now):
    revoke_api_keys(prefixes=[new_key.api_key.prefix], now=now)
    guess = new_key.text[:-1] + ("a" if new_key.text[-1] != "a" else "b")

    assert_refused(call(guess), "api_key_invalid")


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
@pytest.mark.parametrize("text", ["", "x", "é", "loyalty_", "loyalty_a_b", "x" * 5_000])
def test_what_is_no_key_is_refused(call, header, text):
    assert_refused(call(text, header), "api_key_invalid")


def test_a_key_that_another_ends_in_is_no_key(call, new_key):
    assert_refused(call(new_key.text + "x"), "api_key_invalid")
    assert_refused(call("x" + new_key.text), "api_key_invalid")


def test_a_bearer_token_goes_before_a_key(sign_in, member, new_key):
    answer = sign_in(member).get(ME, headers={"X-API-Key": new_key.text})

    assert answer.json()["data"]["userId"] == "mia"


def test_a_key_is_no_bearer_token(sign_in, new_key):
    answer = sign_in().get(ME, headers={"Authorization": f"Bearer {new_key.text}"})

    assert_refused(answer, "token_invalid")


def test_keys_are_for_hosts_only(make_staff, member, now):
    for person in (member, make_staff("boss"), make_staff("paul", "host")):
        with pytest.raises(Invalid):
            create_api_key(service_account=person, now=now)
    assert not ApiKey.objects.exists()


def test_a_key_is_not_born_expired(shop, now):
    with pytest.raises(Invalid):
        create_api_key(service_account=shop, expires_at=now, now=now)


def test_a_prefix_makes_one_key(shop, now):
    prefix = make_prefix()
    create_api_key(service_account=shop, prefix=prefix, now=now)

    with pytest.raises(KeyMadeAlready):
        create_api_key(service_account=shop, prefix=prefix, now=now)


def test_a_host_has_one_service_account(shop, now):
    assert ensure_service_account(host="shop", now=now) == shop
    assert ensure_service_account(host="host:shop", now=now) == shop
    assert (shop.is_staff, shop.has_usable_password()) == (False, False)
    assert shop.has_perm("points.report_activities")


@pytest.mark.parametrize("name", ["", "a b", "-shop", "shöp", "host:x", "s" * 51])
def test_what_cannot_be_a_hosts_name_is_refused(db, now, name):
    with pytest.raises(Invalid):
        ensure_service_account(host=name, now=now)
    assert not User.objects.exists()


def test_a_deactivated_host_is_not_brought_back_by_its_name(shop, now):
    User.objects.filter(pk=shop.pk).update(is_active=False)

    with pytest.raises(Invalid):
        ensure_service_account(host="shop", now=now)


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": None},
        {"digest": "0" * 64},
        {"prefix": "other"},
        {"expires_at": None},
    ],
)
def test_the_database_keeps_a_key_what_it_is(shop, now, change):
    new = create_api_key(service_account=shop, expires_at=now + timedelta(days=1), now=now)
    revoke_api_keys(prefixes=[new.api_key.prefix], now=now)

    with pytest.raises(DatabaseError, match="stays revoked"), transaction.atomic():
        ApiKey.objects.update(**change)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"digest": "not a digest"}, "accounts_apikey_digest_sha256"),
        ({"expires_at_days": -1}, "accounts_apikey_expires_after_creation"),
    ],
)
def test_the_database_refuses_a_key_that_makes_no_sense(shop, now, change, constraint):
    days = change.pop("expires_at_days", 1)
    fields = {"digest": "0" * 64, "expires_at": now + timedelta(days=days)} | change

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ApiKey.objects.create(service_account=shop, prefix="x", created_at=now, **fields)


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_uses_at_once_all_pass_and_note_one_instant(new_key, now):
    used = run_together(8, lambda _: resolve_api_key(text=new_key.text, now=now).pk)

    assert len(winners(used)) == 8
    assert ApiKey.objects.get().last_used_at == now
