"""POST /api/points/generate-referral-code: the caller's code, replaced only when forced."""

import pytest

from referrals.models import ReferralCode
from referrals.services import get_or_issue_code, make_login_link

PATH = "/api/points/generate-referral-code"


def test_a_first_call_issues_a_code_with_its_short_link(member, sign_in, settings):
    settings.REFERRAL_SHORT_URL = "https://go.example.com/r"

    response = sign_in(member).post(PATH, {})

    code = ReferralCode.objects.get().code
    assert response.status_code == 200
    assert response.json()["data"] == {
        "referralCode": code,
        "link": f"https://go.example.com/r/{code}",
    }


@pytest.mark.parametrize("body", [{}, {"force": False}])
def test_a_code_that_is_there_is_kept(member, sign_in, now, body):
    code = get_or_issue_code(member=member, now=now).code

    assert sign_in(member).post(PATH, body).json()["data"]["referralCode"] == code


def test_a_body_is_not_needed(member, sign_in):
    assert sign_in(member).post(PATH).status_code == 200


def test_force_replaces_the_code(member, sign_in, now):
    old = get_or_issue_code(member=member, now=now).code

    new = sign_in(member).post(PATH, {"force": True}).json()["data"]["referralCode"]

    assert new != old
    assert ReferralCode.objects.get(retired_at__isnull=True).code == new


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"force": "true"}, "force"),
        ({"force": 1}, "force"),
        ({"force": None}, "force"),
        ({"forced": True}, "forced"),
    ],
)
def test_what_is_not_understood_changes_nothing(member, sign_in, now, body, field):
    code = get_or_issue_code(member=member, now=now).code

    response = sign_in(member).post(PATH, body)

    assert response.status_code == 400
    assert response.json()["code"] == "validation_failed"
    assert [detail["field"] for detail in response.json()["details"]] == [field]
    assert ReferralCode.objects.get().code == code


@pytest.mark.django_db
def test_a_caller_who_is_not_signed_in_is_refused(sign_in):
    response = sign_in().post(PATH, {})

    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"


def test_the_login_link_is_a_setting(settings):
    settings.REFERRAL_LOGIN_URL = "https://app.example.com/login"

    assert make_login_link("ABCD2345") == "https://app.example.com/login?ref=ABCD2345"
