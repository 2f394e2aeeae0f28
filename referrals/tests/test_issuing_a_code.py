"""A member's code is issued once and stays."""

import re

import pytest

from referrals.models import CODE_ALPHABET, CODE_PATTERN, ReferralCode
from referrals.services import codes, get_or_issue_code


def test_a_first_call_issues_a_code(member, now):
    code = get_or_issue_code(member=member, now=now)

    assert re.fullmatch(CODE_PATTERN, code.code)
    assert code.issued_at == now
    assert code.retired_at is None


def test_a_second_call_returns_the_same_code(member, now):
    first = get_or_issue_code(member=member, now=now)
    second = get_or_issue_code(member=member, now=now)

    assert second == first
    assert ReferralCode.objects.count() == 1


def test_a_code_that_is_there_costs_one_query(member, now, django_assert_num_queries):
    get_or_issue_code(member=member, now=now)

    with django_assert_num_queries(1):
        get_or_issue_code(member=member, now=now)


def test_the_alphabet_has_32_characters_none_mistaken_for_another():
    assert len(set(CODE_ALPHABET)) == 32
    assert not set("01IO") & set(CODE_ALPHABET)


def test_a_code_that_somebody_has_is_drawn_again(make_member, now, monkeypatch):
    taken = get_or_issue_code(member=make_member(), now=now).code
    free = "ZZZZZZZZ" if taken != "ZZZZZZZZ" else "YYYYYYYY"
    drawn = iter([taken, taken, free])
    monkeypatch.setattr(codes, "make_code", lambda: next(drawn))

    assert get_or_issue_code(member=make_member(), now=now).code == free


def test_a_retired_code_is_never_issued_to_anyone_else(make_member, now, monkeypatch):
    mia = make_member()
    retired = get_or_issue_code(member=mia, now=now).code
    codes.rotate_code(member=mia, now=now)
    free = "ZZZZZZZZ" if retired != "ZZZZZZZZ" else "YYYYYYYY"
    drawn = iter([retired, free])
    monkeypatch.setattr(codes, "make_code", lambda: next(drawn))

    assert get_or_issue_code(member=make_member(), now=now).code == free


def test_an_endless_run_of_taken_codes_is_our_own_bug(make_member, now, monkeypatch):
    taken = get_or_issue_code(member=make_member(), now=now).code
    monkeypatch.setattr(codes, "make_code", lambda: taken)

    with pytest.raises(AssertionError, match="no free referral code"):
        get_or_issue_code(member=make_member(), now=now)
