"""The audit of referrals: each step against what was earned for it."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from points.models import Activity, PointAction
from points.tests.audits import audit, run_sql, tampering
from referrals.models import Referral
from referrals.services import (
    activate_referral,
    attach_referral,
    decide_referral,
    get_or_issue_code,
    rotate_code,
)


@pytest.fixture
def there(programme, make_member, make_staff, now, settings):
    """Three referrals, one a day, the first and the last of them activated, and an invitation.

    `second` is the referral between the two; `eva` a member nobody brought. Three more were held
    in review: one still is, one was approved, one refused by `ann`.
    """
    mia, eva = make_member("mia"), make_member("eva")
    code = get_or_issue_code(member=mia, now=now)
    eva_code = get_or_issue_code(member=eva, now=now)
    referrals = []
    for day in range(3):
        member, then = make_member(f"friend-{day}"), now + timedelta(days=day)
        referrals.append(attach_referral(referred=member, code=code.code, now=then))
        if day != 1:
            activate_referral(referred=member, now=then + timedelta(hours=1))
    pending = Referral.objects.create(
        referrer=mia,
        code=code,
        email="kim@example.com",
        status="pending",
        created_at=now,
        invited_at=now,
    )
    settings.LOYALTY_REFERRALS_PER_DAY_MAX = 0
    ann, later = make_staff("ann"), now + timedelta(hours=1)
    held, approved, refused = (
        attach_referral(referred=make_member(), code=code.code, now=now) for _ in range(3)
    )
    for referral, approve in ((approved, True), (refused, False)):
        decide_referral(
            referral_id=referral.pk, approve=approve, actor=ann, reason="Seen", now=later
        )
    rotate_code(member=mia, now=now)
    return SimpleNamespace(
        mia=mia,
        eva=eva,
        eva_code=eva_code.pk,
        first=referrals[0].pk,
        second=referrals[1].pk,
        last=referrals[2].pk,
        pending=pending.pk,
        ann=ann,
        held=held.pk,
        approved=approved.pk,
        refused=refused.pk,
    )


def test_referrals_of_every_status_are_sound(there):
    assert set(Referral.objects.values_list("status", flat=True)) == {
        "pending",
        "converted",
        "activated",
        "in_review",
        "refused",
    }
    assert audit() == []


def test_a_step_that_earned_nothing_because_its_action_was_off_is_sound(
    there, make_member, now, settings
):
    PointAction.objects.filter(code="REFERRAL_CONVERSION").update(is_active=False)
    settings.LOYALTY_REFERRALS_PER_DAY_MAX = 20
    code = get_or_issue_code(member=there.eva, now=now).code
    attach_referral(referred=make_member("leo"), code=code, now=now + timedelta(days=9))

    assert not Activity.objects.filter(account__member=there.eva).exists()
    assert audit() == []


TAMPERINGS = {
    "another referrer": "UPDATE referrals_referral SET referrer_id = {0.eva.pk} "
    "WHERE id = {0.first}",
    "another referrer with a code of theirs": "UPDATE referrals_referral "
    "SET referrer_id = {0.eva.pk}, code_id = {0.eva_code} WHERE id = {0.first}",
    "another code": "UPDATE referrals_referral SET code_id = {0.eva_code} WHERE id = {0.first}",
    "another new member": "UPDATE referrals_referral SET referred_id = {0.eva.pk} "
    "WHERE id = {0.second}",
    "another conversion": "UPDATE referrals_referral "
    "SET converted_at = converted_at + interval '1 s' WHERE id = {0.second}",
    "another activation": "UPDATE referrals_referral "
    "SET activated_at = activated_at + interval '1 s' WHERE id = {0.first}",
    "created after it was converted": "UPDATE referrals_referral "
    "SET created_at = converted_at + interval '1 day' WHERE id = {0.second}",
    "no longer activated": "UPDATE referrals_referral "
    "SET status = 'converted', activated_at = NULL WHERE id = {0.first}",
    "activated without a purchase": "UPDATE referrals_referral "
    "SET status = 'activated', activated_at = converted_at + interval '2 hours' "
    "WHERE id = {0.second}",
    "an invitation again": "UPDATE referrals_referral SET status = 'pending', email = 'a@b.c', "
    "invited_at = created_at, referred_id = NULL, converted_at = NULL WHERE id = {0.second}",
    "another id": "UPDATE referrals_referral SET id = id + 1000 WHERE id = {0.second}",
    "deleted": "DELETE FROM referrals_referral WHERE id = {0.second}",
    "one more": "INSERT INTO referrals_referral "
    "(referrer_id, code_id, email, referred_id, status, created_at, converted_at, held_because, "
    "decision_reason) SELECT referrer_id, code_id, '', {0.eva.pk}, status, created_at, "
    "converted_at, '', '' "
    "FROM referrals_referral WHERE id = {0.second}",
    "let through without a decision": "UPDATE referrals_referral SET held_at = NULL, "
    "held_because = '', status = 'converted', converted_at = created_at WHERE id = {0.held}",
    "approved in nobody's name": "UPDATE referrals_referral SET held_at = NULL, "
    "held_because = '', decided_at = NULL, decided_by_id = NULL, decision_reason = '', "
    "converted_at = converted_at + interval '1 s' WHERE id = {0.approved}",
    "approved though it was refused": "UPDATE referrals_referral SET status = 'converted', "
    "converted_at = decided_at WHERE id = {0.refused}",
    "refused though it was approved": "UPDATE referrals_referral SET status = 'refused', "
    "converted_at = NULL WHERE id = {0.approved}",
    "held again": "UPDATE referrals_referral SET status = 'in_review', converted_at = NULL, "
    "decided_at = NULL, decided_by_id = NULL, decision_reason = '' WHERE id = {0.approved}",
    "held after the decision": "UPDATE referrals_referral "
    "SET held_at = decided_at + interval '1 s' WHERE id = {0.refused}",
    "held before it was made": "UPDATE referrals_referral "
    "SET held_at = created_at - interval '1 s' WHERE id = {0.held}",
    "a purchase after the decision": "UPDATE referrals_referral "
    "SET purchased_at = decided_at + interval '1 s' WHERE id = {0.refused}",
    "the code of another": "UPDATE referrals_referralcode SET member_id = {0.eva.pk} "
    "WHERE retired_at IS NOT NULL",
}


@pytest.mark.parametrize("tampering_with", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_what_does_not_fit_the_ledger_is_named(there, tampering_with):
    assert audit() == []
    with tampering():
        assert run_sql(tampering_with.format(there)) == 1

        findings = audit()

    assert findings
    assert all(finding.startswith("referrals.") for finding in findings)


def test_a_vanished_activity_is_missed_by_its_referral(there):
    with tampering():
        run_sql(
            f"DELETE FROM points_activity WHERE event_id = 'site:referral:{there.second}:signup'"
        )

        assert (
            f"referrals.steps: referral {there.second}: its signup is missing from the activities"
            in audit()
        )
