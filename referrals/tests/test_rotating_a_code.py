"""A code is replaced; the old one is retired for ever."""

from datetime import timedelta

import pytest

from referrals.errors import UnknownReferralCode
from referrals.models import ReferralCode
from referrals.services import attach_referral, get_or_issue_code, rotate_code


def test_a_new_code_takes_the_old_ones_place(member, now):
    old = get_or_issue_code(member=member, now=now)
    later = now + timedelta(hours=1)

    new = rotate_code(member=member, now=later)

    old.refresh_from_db()
    assert old.retired_at == later
    assert new.code != old.code
    assert get_or_issue_code(member=member, now=later) == new


def test_a_member_without_a_code_simply_gets_one(member, now):
    code = rotate_code(member=member, now=now)

    assert ReferralCode.objects.get() == code
    assert code.retired_at is None


def test_another_members_code_stays(make_member, now):
    mia, ben = make_member("mia"), make_member("ben")
    code_of_ben = get_or_issue_code(member=ben, now=now)

    rotate_code(member=mia, now=now)

    assert get_or_issue_code(member=ben, now=now) == code_of_ben


def test_a_retired_code_converts_nobody(programme, make_member, now):
    mia, ben = make_member("mia"), make_member("ben")
    old = get_or_issue_code(member=mia, now=now)
    rotate_code(member=mia, now=now)

    with pytest.raises(UnknownReferralCode):
        attach_referral(referred=ben, code=old.code, now=now)
