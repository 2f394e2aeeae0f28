"""Registering with somebody's code credits both sides, once."""

import pytest
from django.db import transaction

from points.models import Activity, PointAccount, PointAction, PointTransaction
from referrals.errors import AlreadyReferred, SelfReferral, UnknownReferralCode
from referrals.models import Referral
from referrals.services import attach_referral, get_or_issue_code
from referrals.signals import referral_converted


@pytest.fixture
def people(programme, make_member):
    return make_member("mia"), make_member("ben")


def balance_of(member):
    return PointAccount.objects.get(member=member).balance


def test_the_referral_is_converted_and_both_sides_earn(people, now):
    mia, ben = people
    code = get_or_issue_code(member=mia, now=now)

    referral = attach_referral(referred=ben, code=code.code, now=now)

    referral.refresh_from_db()
    assert (referral.referrer, referral.referred, referral.code) == (mia, ben, code)
    assert (referral.status, referral.converted_at, referral.activated_at) == (
        "converted",
        now,
        None,
    )
    assert balance_of(mia) == 5
    assert balance_of(ben) == 5


def test_what_each_side_did_stands_in_the_activity_log(people, now):
    mia, ben = people
    referral = attach_referral(
        referred=ben, code=get_or_issue_code(member=mia, now=now).code, now=now
    )

    logged = Activity.objects.order_by("event_id").values_list(
        "event_id", "account__member", "action__code", "subject_id"
    )
    assert list(logged) == [
        (f"site:referral:{referral.pk}:conversion", mia.pk, "REFERRAL_CONVERSION", "ben"),
        (f"site:referral:{referral.pk}:signup", ben.pk, "REFEREE_SIGNUP", "mia"),
    ]


@pytest.mark.parametrize("change", [str.lower, str.title, lambda code: f" {code} "])
def test_the_case_of_letters_and_blanks_around_do_not_matter(people, now, change):
    mia, ben = people
    code = get_or_issue_code(member=mia, now=now).code

    assert attach_referral(referred=ben, code=change(code), now=now).referrer == mia


@pytest.mark.parametrize("code", ["AAAAAAAA", "", "nonsense that is much too long", "ÄÖÜ"])
def test_an_unknown_code_is_refused_and_nothing_kept(people, now, code):
    _, ben = people

    with pytest.raises(UnknownReferralCode) as refusal:
        attach_referral(referred=ben, code=code, now=now)

    assert refusal.value.code == "referral_code_unknown"
    assert not Referral.objects.exists()


def test_an_inactive_members_code_is_unknown(people, now):
    mia, ben = people
    code = get_or_issue_code(member=mia, now=now).code
    mia.is_active = False
    mia.save()

    with pytest.raises(UnknownReferralCode):
        attach_referral(referred=ben, code=code, now=now)


def test_nobody_refers_themselves(people, now):
    mia, _ = people
    code = get_or_issue_code(member=mia, now=now).code

    with pytest.raises(SelfReferral) as refusal:
        attach_referral(referred=mia, code=code, now=now)

    assert refusal.value.code == "referral_of_oneself"
    assert balance_of(mia) == 0


def test_a_member_is_referred_once_for_ever(people, make_member, now):
    mia, ben = people
    eva = make_member("eva")
    attach_referral(referred=ben, code=get_or_issue_code(member=mia, now=now).code, now=now)

    with pytest.raises(AlreadyReferred) as refusal:
        attach_referral(referred=ben, code=get_or_issue_code(member=eva, now=now).code, now=now)

    assert refusal.value.code == "already_referred"
    assert balance_of(ben) == 5
    assert balance_of(eva) == 0


def test_a_refusal_leaves_the_callers_transaction_usable(people, now):
    mia, ben = people
    code = get_or_issue_code(member=mia, now=now).code
    attach_referral(referred=ben, code=code, now=now)

    with transaction.atomic():
        with pytest.raises(AlreadyReferred):
            attach_referral(referred=ben, code=code, now=now)
        assert Referral.objects.count() == 1


def test_the_signal_carries_the_referral_after_the_points_were_posted(people, now):
    mia, ben = people
    heard = []

    def listen(referral, **_):
        heard.append((referral, balance_of(mia)))

    referral_converted.connect(listen)
    try:
        referral = attach_referral(
            referred=ben, code=get_or_issue_code(member=mia, now=now).code, now=now
        )
    finally:
        referral_converted.disconnect(listen)

    assert heard == [(referral, 5)]


def test_a_receiver_that_fails_undoes_everything(people, now):
    mia, ben = people
    code = get_or_issue_code(member=mia, now=now).code

    def fail(**_):
        raise RuntimeError("no room")

    referral_converted.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            attach_referral(referred=ben, code=code, now=now)
    finally:
        referral_converted.disconnect(fail)

    assert not Referral.objects.exists()
    assert not PointTransaction.objects.exists()


def test_accounts_are_opened_for_both_sides(programme, now, django_user_model):
    mia = django_user_model.objects.create_user("mia@example.com", public_id="mia")
    ben = django_user_model.objects.create_user("ben@example.com", public_id="ben")

    attach_referral(referred=ben, code=get_or_issue_code(member=mia, now=now).code, now=now)

    assert balance_of(mia) == balance_of(ben) == 5


def test_an_action_that_staff_switched_off_pays_nothing_and_still_converts(people, now):
    mia, ben = people
    PointAction.objects.filter(code="REFERRAL_CONVERSION").update(is_active=False)

    attach_referral(referred=ben, code=get_or_issue_code(member=mia, now=now).code, now=now)

    assert Referral.objects.get().status == "converted"
    assert balance_of(mia) == 0
    assert balance_of(ben) == 5
