"""Twelve processes at once: the constraints decide, nobody gets an error they did not earn."""

import time

import pytest
from django.db import connection, transaction

from loyalty_site.testing.storms import losers, run_together, winners
from points.models import PointAccount
from points.services.activities import ActivityReport, record_activities
from points.tests.audits import audit
from referrals.errors import AlreadyReferred, ReferralNotInReview, UnknownReferralCode
from referrals.models import Referral, ReferralCode
from referrals.services import (
    activate_referral,
    attach_referral,
    decide_referral,
    get_or_issue_code,
    get_points_summary,
    keep_invitation,
    rotate_code,
    settle_invitation,
)

PROCESSES = 12
pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]


def count_deadlocks():
    """Return how often PostgreSQL had to end a circle; a repetition would hide it."""
    # A process counts when it ends, shortly after its connection.
    time.sleep(0.5)
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()


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


def test_twelve_new_members_at_once_stay_within_the_day(programme, make_member, now, settings):
    settings.LOYALTY_REFERRALS_PER_DAY_MAX = 3
    mia = make_member("mia")
    code = get_or_issue_code(member=mia, now=now).code
    people = [make_member() for _ in range(PROCESSES)]

    results = run_together(
        PROCESSES, lambda i: attach_referral(referred=people[i], code=code, now=now).status
    )

    assert losers(results) == []
    assert sorted(winners(results)) == ["converted"] * 3 + ["in_review"] * 9
    assert PointAccount.objects.get(member=mia).balance == 15
    assert audit() == []


def test_twelve_invitations_at_once_stay_within_the_day(programme, make_member, now, settings):
    settings.LOYALTY_INVITATIONS_PER_DAY_MAX = 5
    code = get_or_issue_code(member=make_member("mia"), now=now).code

    results = run_together(
        PROCESSES,
        lambda i: keep_invitation(code=code, email=f"friend-{i}@example.com", now=now) is not None,
    )

    assert results == [True] * PROCESSES
    assert Referral.objects.count() == 5


def test_twelve_conversions_of_one_email_keep_one_invitation(programme, make_member, now):
    code = get_or_issue_code(member=make_member("mia"), now=now).code

    results = run_together(
        PROCESSES, lambda _: keep_invitation(code=code, email="ben@example.com", now=now) is None
    )

    assert results == [False] * PROCESSES
    assert Referral.objects.count() == 1


def test_an_invitation_is_settled_once_whoever_does_it(programme, make_member, now):
    mia = make_member("mia")
    code = get_or_issue_code(member=mia, now=now).code
    keep_invitation(code=code, email="ben@example.com", now=now)
    ben = make_member("ben", joined_at=now)

    def settle(i):
        if i % 2:
            return attach_referral(referred=ben, code=code, now=now).pk
        settled = settle_invitation(member=ben, now=now)
        return settled and settled.pk

    results = run_together(PROCESSES, settle)

    assert [pk for pk in winners(results) if pk] == [Referral.objects.get().pk]
    assert all(isinstance(error, AlreadyReferred) for error in losers(results))
    assert PointAccount.objects.get(member=mia).balance == 5
    assert audit() == []


def test_of_twelve_decisions_one_is_taken(programme, make_member, make_staff, now, settings):
    settings.LOYALTY_REFERRALS_PER_DAY_MAX = 0
    mia, ann = make_member("mia"), make_staff("ann")
    code = get_or_issue_code(member=mia, now=now).code
    held = attach_referral(referred=make_member("ben"), code=code, now=now)

    def decide(i):
        approve = i % 2 == 0
        return decide_referral(
            referral_id=held.pk, approve=approve, actor=ann, reason="Seen", now=now
        ).status

    results = run_together(PROCESSES, decide)

    assert winners(results) == [Referral.objects.get().status]
    assert all(isinstance(error, ReferralNotInReview) for error in losers(results))
    paid = 5 if winners(results) == ["converted"] else 0
    assert PointAccount.objects.get(member=mia).balance == paid


def test_an_approval_and_a_purchase_at_the_same_moment_lose_nothing(
    programme, make_member, make_staff, now, settings
):
    settings.LOYALTY_REFERRALS_PER_DAY_MAX = 0
    mia, ann = make_member("mia"), make_staff("ann")
    code = get_or_issue_code(member=mia, now=now).code
    held = [attach_referral(referred=make_member(), code=code, now=now) for _ in range(6)]

    def act(i):
        if i % 2:
            decide_referral(referral_id=held[i // 2].pk, approve=True, actor=ann, now=now)
        else:
            activate_referral(referred=held[i // 2].referred, now=now)

    results = run_together(PROCESSES, act)

    assert losers(results) == []
    assert set(Referral.objects.values_list("status", flat=True)) == {"activated"}
    assert PointAccount.objects.get(member=mia).balance == 6 * 15
    assert audit() == []


def test_a_code_that_is_replaced_while_it_is_used_breaks_nothing(programme, make_member, now):
    mia = make_member("mia")
    code = get_or_issue_code(member=mia, now=now).code
    people = [make_member() for _ in range(PROCESSES)]

    def use(i):
        if i % 4 == 0:
            return rotate_code(member=mia, now=now).pk and 0
        return attach_referral(referred=people[i], code=code, now=now).pk and 1

    results = run_together(PROCESSES, use)

    assert all(isinstance(error, UnknownReferralCode) for error in losers(results))
    assert sum(winners(results)) == Referral.objects.count()
    assert ReferralCode.objects.filter(retired_at__isnull=True).count() == 1


def test_purchases_and_reports_about_both_sides_never_wait_in_a_circle(programme, make_member, now):
    pairs = []
    for n in range(PROCESSES // 2):
        older, newer = make_member(), make_member()
        referrer, referred = (older, newer) if n % 2 else (newer, older)
        code = get_or_issue_code(member=referrer, now=now).code
        attach_referral(referred=referred, code=code, now=now)
        pairs.append((referrer, referred))

    def report(member, number):
        return ActivityReport(
            event_id=f"met:{number}:{member.pk}",
            user_id=member.public_id,
            action="MAKE_CONNECTION",
            occurred_at=now,
        )

    def act(i):
        referrer, referred = pairs[i // 2]
        if i % 2:
            with transaction.atomic():
                activate_referral(referred=referred, now=now)
                # Long enough for the others to want both accounts.
                time.sleep(0.2)
                record_activities(reports=[report(referred, i)], now=now)
        else:
            for k in range(5):
                number = 10 * i + k
                record_activities(
                    reports=[report(referrer, number), report(referred, number)], now=now
                )

    before = count_deadlocks()
    assert losers(run_together(PROCESSES, act)) == []
    assert count_deadlocks() == before
    assert set(Referral.objects.values_list("status", flat=True)) == {"activated"}
