"""POST /api/referral/convert: a public call that is neither a mint nor an e-mail oracle."""

from datetime import timedelta

import pytest

from points.models import PointTransaction
from referrals.models import Referral, ReferralCode
from referrals.services import get_or_issue_code, rotate_code

PATH = "/api/referral/convert"
NOBODY = {"converted": False, "referrerId": None}


@pytest.fixture
def mia(programme, make_member):
    return make_member("mia")


@pytest.fixture
def code(mia, now):
    return get_or_issue_code(member=mia, now=now).code


@pytest.fixture
def convert(sign_in):
    def post(code, email="ben@example.com", **headers):
        response = sign_in().post(
            PATH, {"referralCode": code, "email": email}, format="json", headers=headers
        )
        assert response.status_code == 200, response.content
        return response.json()["data"]

    return post


def test_a_code_in_use_answers_whose_it_is_and_keeps_the_invitation(mia, code, convert, now):
    assert convert(code, " Ben@Example.COM ") == {"converted": True, "referrerId": "mia"}

    referral = Referral.objects.get()
    assert (referral.referrer, referral.email, referral.status) == (
        mia,
        "ben@example.com",
        "pending",
    )
    assert not PointTransaction.objects.exists()


@pytest.mark.parametrize("change", [str.lower, str.title, lambda code: f" {code} "])
def test_letters_may_be_small(code, convert, change):
    assert convert(change(code))["converted"] is True


@pytest.mark.parametrize("text", ["AAAAAAAA", "x", "twenty characters!!!", "ÄÖÜ", "%_%"])
def test_a_code_of_nobody_converts_nothing(code, convert, text):
    assert convert(text) == NOBODY
    assert not Referral.objects.exists()


def test_a_replaced_code_converts_nothing(mia, code, convert, now):
    rotate_code(member=mia, now=now)

    assert convert(code) == NOBODY


def test_the_code_of_a_member_who_was_switched_off_converts_nothing(mia, code, convert):
    mia.is_active = False
    mia.save()

    assert convert(code) == NOBODY


def test_a_known_email_is_answered_and_kept_like_an_unknown_one(
    code, convert, make_member, django_assert_num_queries
):
    make_member("ben", email="known@example.com")

    with django_assert_num_queries(6) as known:
        first = convert(code, "known@example.com")
    with django_assert_num_queries(6) as unknown:
        second = convert(code, "other@example.com")

    assert first == second
    assert [len(query["sql"]) for query in known] == [len(query["sql"]) for query in unknown]
    assert Referral.objects.filter(status="pending").count() == 2


def test_an_account_that_was_there_before_earns_nobody_anything(
    code, convert, make_member, now, settings
):
    make_member("ben", joined_at=now - timedelta(days=1))

    convert(code, "ben@example.com")

    assert not PointTransaction.objects.exists()
    assert Referral.objects.get().status == "pending"


def test_calling_again_changes_nothing(code, convert):
    convert(code)
    before = list(Referral.objects.values())

    convert(code)

    assert list(Referral.objects.values()) == before


def test_an_invitation_that_lapsed_is_made_anew(mia, code, convert, now, settings):
    long_ago = now - timedelta(days=settings.LOYALTY_INVITATIONS_VALID_DAYS + 1)
    Referral.objects.create(
        referrer=mia,
        code=ReferralCode.objects.get(),
        email="ben@example.com",
        status="pending",
        created_at=long_ago,
        invited_at=long_ago,
    )

    convert(code)

    assert Referral.objects.get().invited_at >= now


def test_beyond_the_day_s_number_the_answer_is_the_same_and_nothing_is_kept(
    code, convert, settings
):
    settings.LOYALTY_INVITATIONS_PER_DAY_MAX = 2
    answers = [convert(code, f"friend-{n}@example.com") for n in range(3)]

    assert answers == [{"converted": True, "referrerId": "mia"}] * 3
    assert Referral.objects.count() == 2


def test_a_token_is_not_looked_at(code, convert):
    assert convert(code, Authorization="Bearer expired")["converted"] is True


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "ben@example.com"}, "referralCode"),
        ({"referralCode": "ABCD2345"}, "email"),
        ({"referralCode": "", "email": "ben@example.com"}, "referralCode"),
        ({"referralCode": "A" * 21, "email": "ben@example.com"}, "referralCode"),
        ({"referralCode": 12345678, "email": "ben@example.com"}, "referralCode"),
        ({"referralCode": "ABCD2345", "email": "ben"}, "email"),
        ({"referralCode": "ABCD2345", "email": f"{'b' * 250}@example.com"}, "email"),
        ({"referralCode": "ABCD2345", "email": "ben@example.com", "userId": "ben"}, "userId"),
    ],
)
@pytest.mark.django_db
def test_what_does_not_fit_is_named(sign_in, body, field):
    response = sign_in().post(PATH, body, format="json")

    assert response.status_code == 400
    assert response.json()["code"] == "validation_failed"
    assert [detail["field"] for detail in response.json()["details"]] == [field]
