"""GET /api/referral/link and /stats: the code in a link, and what became of it."""

from datetime import timedelta

import pytest

from points.models import PointAction
from referrals.models import Referral, ReferralCode
from referrals.services import (
    activate_referral,
    attach_referral,
    decide_referral,
    get_or_issue_code,
    keep_invitation,
)

LINK, STATS = "/api/referral/link", "/api/referral/stats"


@pytest.fixture
def mia(programme, make_member):
    return make_member("mia")


@pytest.fixture
def bring(mia, make_member, now):
    code = get_or_issue_code(member=mia, now=now).code

    def attach():
        newcomer = make_member()
        return attach_referral(referred=newcomer, code=code, now=now)

    return attach


@pytest.fixture
def stats(mia, sign_in):
    return lambda: sign_in(mia).get(STATS).json()["data"]


def test_the_first_call_issues_the_code_and_the_next_one_repeats_it(mia, sign_in, settings):
    first = sign_in(mia).get(LINK)

    code = ReferralCode.objects.get().code
    assert first.status_code == 200
    assert first.json()["data"] == {
        "code": code,
        "link": f"{settings.REFERRAL_LOGIN_URL}?ref={code}",
    }
    assert sign_in(mia).get(LINK).json()["data"] == first.json()["data"]


def test_whoever_brought_nobody_has_nothing(stats):
    assert stats() == {
        "totalReferrals": 0,
        "convertedReferrals": 0,
        "pendingReferrals": 0,
        "totalRewards": 0,
    }


@pytest.mark.parametrize("rows", [1, 3])
def test_two_queries_beside_signing_in(mia, bring, sign_in, rows, django_assert_num_queries):
    for _ in range(rows):
        bring()
    client = sign_in(mia)

    with django_assert_num_queries(3):
        data = client.get(STATS).json()["data"]

    assert data["convertedReferrals"] == rows


def test_rewards_are_what_the_ledger_says_and_activated_ones_count_as_converted(
    mia, bring, stats, now
):
    bring()
    activate_referral(referred=bring().referred, now=now)
    PointAction.objects.filter(code="REFERRAL_CONVERSION").update(points=7)
    bring()
    keep_invitation(
        code=get_or_issue_code(member=mia, now=now).code, email="kim@example.com", now=now
    )

    assert stats() == {
        "totalReferrals": 4,
        "convertedReferrals": 3,
        "pendingReferrals": 1,
        "totalRewards": 5 + 5 + 10 + 7,
    }


def test_what_is_in_review_is_pending_and_what_was_refused_is_gone(
    bring, stats, make_staff, now, settings
):
    settings.LOYALTY_REFERRALS_PER_DAY_MAX = 0
    bring()
    refused = bring()
    decide_referral(
        referral_id=refused.pk, approve=False, actor=make_staff("ann"), reason="Farmed", now=now
    )

    assert stats() == {
        "totalReferrals": 1,
        "convertedReferrals": 0,
        "pendingReferrals": 1,
        "totalRewards": 0,
    }


def test_lapsed_invitations_and_ones_own_email_are_not_pending(mia, stats, now, settings):
    code = get_or_issue_code(member=mia, now=now).code
    old = now - timedelta(days=settings.LOYALTY_INVITATIONS_VALID_DAYS)
    keep_invitation(code=code, email="kim@example.com", now=old)
    keep_invitation(code=code, email="mia@example.com", now=now)

    assert Referral.objects.count() == 2
    assert stats()["pendingReferrals"] == 0


def test_a_known_email_shows_as_pending_like_an_unknown_one(mia, make_member, stats, now):
    make_member("ben", joined_at=now - timedelta(days=9))
    code = get_or_issue_code(member=mia, now=now).code

    keep_invitation(code=code, email="ben@example.com", now=now)
    assert stats()["pendingReferrals"] == 1
    keep_invitation(code=code, email="nobody@example.com", now=now)
    assert stats()["pendingReferrals"] == 2


def test_everyone_sees_their_own(bring, make_member, sign_in):
    bring()

    assert sign_in(make_member("eva")).get(STATS).json()["data"]["totalReferrals"] == 0


@pytest.mark.parametrize("path", [LINK, STATS])
@pytest.mark.django_db
def test_a_caller_who_is_not_signed_in_is_refused(sign_in, path):
    response = sign_in().get(path)

    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
