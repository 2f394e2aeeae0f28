"""A referred member's first purchase rewards the referrer, once."""

from datetime import timedelta

import pytest

from points.models import Activity, PointAccount
from referrals.services import activate_referral, attach_referral, get_or_issue_code
from referrals.signals import referral_activated


@pytest.fixture
def converted(programme, make_member, now):
    mia, ben = make_member("mia"), make_member("ben")
    code = get_or_issue_code(member=mia, now=now).code
    return attach_referral(referred=ben, code=code, now=now)


def test_the_referrer_earns_referral(converted, now):
    later = now + timedelta(days=1)

    referral = activate_referral(referred=converted.referred, now=later)

    assert referral == converted
    converted.refresh_from_db()
    assert (converted.status, converted.activated_at) == ("activated", later)
    assert PointAccount.objects.get(member=converted.referrer).balance == 5 + 10
    logged = Activity.objects.get(action__code="REFERRAL")
    assert logged.event_id == f"site:referral:{converted.pk}:activation"
    assert logged.account.member == converted.referrer


def test_a_second_purchase_changes_nothing(converted, now):
    later = now + timedelta(days=1)
    activate_referral(referred=converted.referred, now=later)

    assert activate_referral(referred=converted.referred, now=later + timedelta(days=1)) is None

    converted.refresh_from_db()
    assert converted.activated_at == later
    assert PointAccount.objects.get(member=converted.referrer).balance == 15


def test_a_member_nobody_brought_activates_nothing(converted, make_member, now):
    assert activate_referral(referred=make_member("eva"), now=now) is None
    assert activate_referral(referred=converted.referrer, now=now) is None


def test_the_signal_is_sent_once(converted, now):
    heard = []

    def listen(referral, **_):
        heard.append(referral)

    referral_activated.connect(listen)
    try:
        activate_referral(referred=converted.referred, now=now)
        activate_referral(referred=converted.referred, now=now)
    finally:
        referral_activated.disconnect(listen)

    assert heard == [converted]
