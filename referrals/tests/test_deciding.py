"""Staff let a referral in review count, or refuse it: once, for a reason, never their own."""

from datetime import timedelta

import pytest

from loyalty_site.realtime.models import OutboxEvent
from points.models import Activity, PointAccount, PointTransaction
from points.tests.audits import audit
from referrals.errors import (
    AlreadyReferred,
    OwnReferral,
    ReasonMissing,
    ReferralNotFound,
    ReferralNotInReview,
)
from referrals.models import Referral
from referrals.services import (
    activate_referral,
    attach_referral,
    decide_referral,
    decide_referrals,
    get_or_issue_code,
)
from referrals.signals import referral_converted


@pytest.fixture
def mia(programme, make_member, settings):
    settings.LOYALTY_REFERRALS_PER_DAY_MAX = 0
    return make_member("mia")


@pytest.fixture
def hold(mia, make_member, now):
    code = get_or_issue_code(member=mia, now=now).code
    return lambda: attach_referral(referred=make_member(), code=code, now=now)


@pytest.fixture
def ann(make_staff):
    return make_staff("ann", "approver")


@pytest.fixture
def later(now):
    return now + timedelta(hours=2)


def balance_of(member):
    return PointAccount.objects.get(member=member).balance


def test_approved_it_counts_from_then_on(mia, hold, ann, later):
    held = hold()

    decide_referral(referral_id=held.pk, approve=True, actor=ann, now=later)

    held.refresh_from_db()
    assert (held.status, held.converted_at, held.decided_at, held.decided_by) == (
        "converted",
        later,
        later,
        ann,
    )
    assert (balance_of(mia), balance_of(held.referred)) == (5, 5)
    assert Activity.objects.get(action__code="REFERRAL_CONVERSION").occurred_at == later
    [event] = OutboxEvent.objects.filter(event="referral-signup")
    assert (event.member, event.data["status"]) == (mia, "converted")
    assert audit() == []


def test_approved_after_a_purchase_it_is_activated_as_well(mia, hold, ann, now, later):
    held = hold()
    activate_referral(referred=held.referred, now=now + timedelta(hours=1))

    decide_referral(referral_id=held.pk, approve=True, actor=ann, now=later)

    held.refresh_from_db()
    assert (held.status, held.activated_at) == ("activated", later)
    assert balance_of(mia) == 15
    assert OutboxEvent.objects.filter(event="referral-reward").count() == 1
    assert activate_referral(referred=held.referred, now=later) is None
    assert audit() == []


def test_approved_before_a_purchase_that_one_activates_it(mia, hold, ann, later):
    held = hold()
    decide_referral(referral_id=held.pk, approve=True, actor=ann, now=later)

    assert activate_referral(referred=held.referred, now=later) == held
    assert balance_of(mia) == 15


def test_refused_it_never_pays(mia, hold, ann, later):
    held = hold()

    decide_referral(
        referral_id=held.pk, approve=False, actor=ann, reason=" One household ", now=later
    )

    held.refresh_from_db()
    assert (held.status, held.decided_at, held.decided_by) == ("refused", later, ann)
    assert held.decision_reason == "One household"
    assert activate_referral(referred=held.referred, now=later) is None
    assert not PointTransaction.objects.exists()
    assert not OutboxEvent.objects.filter(event__startswith="referral").exists()
    assert audit() == []


def test_a_refused_member_is_credited_to_nobody_else(hold, make_member, ann, later):
    held = hold()
    decide_referral(referral_id=held.pk, approve=False, actor=ann, reason="Farmed", now=later)
    code = get_or_issue_code(member=make_member("eva"), now=later).code

    with pytest.raises(AlreadyReferred):
        attach_referral(referred=held.referred, code=code, now=later)


@pytest.mark.parametrize("reason", ["", "  "])
def test_refusing_takes_a_reason(hold, ann, later, reason):
    held = hold()

    with pytest.raises(ReasonMissing) as refusal:
        decide_referral(referral_id=held.pk, approve=False, actor=ann, reason=reason, now=later)

    assert refusal.value.code == "reason_missing"
    assert Referral.objects.get().status == "in_review"


@pytest.mark.parametrize("side", ["referrer", "referred"])
def test_nobody_decides_a_referral_of_their_own(hold, later, side):
    held = hold()
    actor = getattr(held, side)
    actor.is_superuser = True
    actor.save()

    with pytest.raises(OwnReferral) as refusal:
        decide_referral(referral_id=held.pk, approve=True, actor=actor, now=later)

    assert refusal.value.code == "own_referral"
    assert Referral.objects.get().status == "in_review"


@pytest.mark.parametrize("approve", [True, False])
def test_what_was_decided_is_not_decided_again(mia, hold, ann, later, approve):
    held = hold()
    decide_referral(referral_id=held.pk, approve=approve, actor=ann, reason="So be it", now=later)

    with pytest.raises(ReferralNotInReview) as refusal:
        decide_referral(referral_id=held.pk, approve=not approve, actor=ann, reason="No", now=later)

    assert refusal.value.code == "referral_not_in_review"
    assert refusal.value.details == {"status": "converted" if approve else "refused"}
    assert balance_of(mia) == (5 if approve else 0)


def test_a_referral_that_is_not_there_is_not_found(ann, later, mia):
    with pytest.raises(ReferralNotFound):
        decide_referral(referral_id=999_999_999, approve=True, actor=ann, now=later)


def test_one_that_cannot_be_decided_does_not_hold_up_the_others(mia, hold, ann, later):
    first, second = hold(), hold()
    decide_referral(referral_id=first.pk, approve=False, actor=ann, reason="Farmed", now=later)

    outcomes = decide_referrals(
        referral_ids=[first.pk, second.pk], approve=True, actor=ann, now=later
    )

    assert isinstance(outcomes[0].refusal, ReferralNotInReview)
    assert outcomes[1].referral == second
    assert balance_of(mia) == 5


def test_a_failure_while_paying_leaves_it_in_review(hold, ann, later):
    held = hold()

    def fail(**_):
        raise RuntimeError("no room")

    referral_converted.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            decide_referral(referral_id=held.pk, approve=True, actor=ann, now=later)
    finally:
        referral_converted.disconnect(fail)

    assert Referral.objects.get().status == "in_review"
    assert not PointTransaction.objects.exists()
