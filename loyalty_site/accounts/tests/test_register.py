"""Registering: what a new member gets, what is refused, and who wins an e-mail."""

import pytest
from django.contrib.auth import get_user_model

from loyalty_site.testing.storms import run_together, winners
from points.models import Activity, PointAccount, PointAction
from referrals.models import Referral
from referrals.services import get_or_issue_code

pytestmark = pytest.mark.django_db

ADDRESS = "/api/auth/register"
BODY = {"name": "Ann", "email": "ann@example.com", "password": "blue-river-7"}
User = get_user_model()


def test_a_new_member_is_signed_in_with_an_open_account(sign_in, programme):
    answer = sign_in().post(ADDRESS, BODY)

    assert answer.status_code == 201
    user = answer.json()["data"]["user"]
    assert {"name": "Ann", "email": "ann@example.com", "role": "buyer"}.items() <= user.items()
    tokens = answer.json()["data"]["tokens"]
    me = sign_in().get("/api/auth/me", headers={"Authorization": f"Bearer {tokens['accessToken']}"})
    assert me.json()["data"]["userId"] == user["userId"]
    points = PointAction.objects.get(code="REGISTER").points
    assert points > 0
    assert PointAccount.objects.get(member__public_id=user["userId"]).balance == points


def test_registering_earns_nothing_while_the_action_is_switched_off(sign_in, programme):
    PointAction.objects.filter(code="REGISTER").update(is_active=False)

    assert sign_in().post(ADDRESS, BODY).status_code == 201
    assert PointAccount.objects.get().balance == 0
    assert not Activity.objects.exists()


def test_an_installation_without_a_programme_registers_members_all_the_same(sign_in):
    assert sign_in().post(ADDRESS, BODY).status_code == 201
    assert PointAccount.objects.get().balance == 0


def test_the_answer_never_holds_the_password(sign_in):
    answer = sign_in().post(ADDRESS, BODY)

    assert "blue-river-7" not in answer.content.decode()
    assert User.objects.get().password not in answer.content.decode()


def test_the_email_is_kept_in_lower_case_without_blanks(sign_in):
    answer = sign_in().post(ADDRESS, BODY | {"email": "  Ann@Example.COM "})

    assert answer.json()["data"]["user"]["email"] == "ann@example.com"


@pytest.mark.parametrize("email", ["ann@example.com", "ANN@example.COM", " Ann@Example.com "])
def test_a_taken_email_is_a_conflict_in_any_case(sign_in, make_member, email):
    make_member("first", email="ann@example.com")

    answer = sign_in().post(ADDRESS, BODY | {"email": email})

    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    assert User.objects.count() == 1


def test_a_referral_code_credits_its_owner(sign_in, make_member, programme, now):
    owner = make_member("owner")
    code = get_or_issue_code(member=owner, now=now).code

    answer = sign_in().post(ADDRESS, BODY | {"referralCode": code.lower()})

    assert answer.status_code == 201
    user_id = answer.json()["data"]["user"]["userId"]
    assert Referral.objects.filter(referrer=owner, referred__public_id=user_id).exists()


def test_an_unknown_referral_code_is_that_fields_error_and_nobody_is_registered(sign_in):
    answer = sign_in().post(ADDRESS, BODY | {"referralCode": "NOSUCH99"})

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert [detail["field"] for detail in answer.json()["details"]] == ["referralCode"]
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "admin"}, "role"),
        ({"is_staff": True}, "is_staff"),
        ({"balance": 1_000}, "balance"),
        ({"userId": "chosen"}, "userId"),
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "n" * 151}, "name"),
        ({"name": 7}, "name"),
        ({"email": "no-address"}, "email"),
        ({"email": "a" * 250 + "@example.com"}, "email"),
        ({"email": None}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "password123"}, "password"),
        ({"password": "ann@example.com"}, "password"),
        ({"password": "x7" * 129}, "password"),
        ({"password": 12345678}, "password"),
        ({"referralCode": 5}, "referralCode"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(sign_in, change, field):
    answer = sign_in().post(ADDRESS, BODY | change)

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert {detail["field"] for detail in answer.json()["details"]} == {field}
    assert not User.objects.exists()


@pytest.mark.parametrize("missing", ["name", "email", "password"])
def test_what_is_missing_is_named(sign_in, missing):
    answer = sign_in().post(ADDRESS, {key: BODY[key] for key in BODY if key != missing})

    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["details"]] == [missing]


def test_the_slashed_address_serves_too(sign_in):
    assert sign_in().post(f"{ADDRESS}/", BODY).status_code == 201


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_of_twelve_registrations_with_one_email_one_succeeds(sign_in, programme):
    def register(i):
        body = BODY | {"email": "Ann@example.com" if i % 2 else "ann@example.com"}
        return sign_in().post(ADDRESS, body).status_code

    assert sorted(winners(run_together(12, register))) == [201] + [409] * 11
    assert User.objects.count() == 1
    assert Activity.objects.count() == 1
