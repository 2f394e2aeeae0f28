"""Twelve processes at once: the constraints decide, nobody gets an error they did not earn."""

import pytest

from loyalty_site.testing.storms import losers, run_together, winners
from points.models import PointAccount
from referrals.errors import AlreadyReferred
from referrals.models import Referral, ReferralCode
from referrals.services import (
    activate_referral,
    attach_referral,
    get_or_issue_code,
    get_points_summary,
    rotate_code,
)

PROCESSES = 12
pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]


def test_twelve_first_calls_get_one_code(member, now):
    results = run_together(PROCESSES, lambda _: get_or_issue_code(member=member, now=now).code)

    assert losers(results) == []
    assert set(winners(results)) == {ReferralCode.objects.get().code}


def test_twelve_first_looks_open_one_account_and_issue_one_code(now, django_user_model):
    member = django_user_model.objects.create_user("mia@example.com", public_id="mia")

    results = run_together(
        PROCESSES, lambda _: get_points_summary(member=member, now=now).referral_code
    )

    assert losers(results) == []
    assert set(winners(results)) == {ReferralCode.objects.get().code}
    assert PointAccount.objects.count() == 1


def test_twelve_rotations_leave_one_current_code(member, now):
    get_or_issue_code(member=member, now=now)

    results = run_together(PROCESSES, lambda _: rotate_code(member=member, now=now).code)

    assert losers(results) == []
    current = ReferralCode.objects.get(retired_at__isnull=True)
    assert current.code in winners(results)
    assert set(winners(results)) <= set(ReferralCode.objects.values_list("code", flat=True))


def test_twelve_referrers_of_one_member_make_one_referral(programme, make_member, now):
    ben = make_member("ben")
    codes = [get_or_issue_code(member=make_member(), now=now).code for _ in range(PROCESSES)]

    results = run_together(
        PROCESSES, lambda i: attach_referral(referred=ben, code=codes[i], now=now).pk
    )

    assert winners(results) == [Referral.objects.get().pk]
    assert all(isinstance(error, AlreadyReferred) for error in losers(results))
    assert PointAccount.objects.get(member=ben).balance == 5


def test_twelve_purchases_activate_a_referral_once(programme, make_member, now):
    mia, ben = make_member("mia"), make_member("ben")
    attach_referral(referred=ben, code=get_or_issue_code(member=mia, now=now).code, now=now)

    results = run_together(
        PROCESSES, lambda _: activate_referral(referred=ben, now=now) is not None
    )

    assert losers(results) == []
    assert winners(results).count(True) == 1
    assert PointAccount.objects.get(member=mia).balance == 15
