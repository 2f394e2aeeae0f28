"""Many real processes at first purchases and reports of both sides of referrals."""

from decimal import Decimal

import pytest
from django.utils import timezone

from points.models import Activity
from points.services.activities import ActivityReport, record_activities
from points.tests.audits import audit
from referrals.models import Referral
from referrals.services import attach_referral, get_or_issue_code
from rewards.enums import PurchaseStatus
from rewards.services.purchases import report_purchase
from rewards.tests.test_storm_rounds import CALLERS, count_deadlocks, count_effects, rounds

__all__ = ["rounds"]

pytestmark = [
    pytest.mark.storm,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("programme"),
]


def complete(purchase_id, member):
    return report_purchase(
        purchase_id=purchase_id,
        user_id=member.public_id,
        amount=Decimal("20.00"),
        currency="USD",
        status=PurchaseStatus.COMPLETED,
        now=timezone.now(),
    )


def test_first_purchases_and_reports_of_both_sides_never_deadlock(make_member, now, rounds):
    before = count_deadlocks()
    # Each round is a dozen transactions of many statements.
    rounds //= 2
    pairs = []
    for number in range(rounds):
        # Whose account is the lower one changes from pair to pair.
        pair = [make_member(), make_member()]
        referrer, referred = pair if number % 2 else reversed(pair)
        code = get_or_issue_code(member=referrer, now=now).code
        attach_referral(referred=referred, code=code, now=now)
        pairs.append((referrer, referred))

    def act(caller, number):
        referrer, referred = pairs[number]
        if caller % 3 == 0:
            complete(f"P{caller}-{number}", referred)
            return
        record_activities(
            reports=[
                ActivityReport(
                    event_id=f"{caller}:{number}:{member.public_id}",
                    user_id=member.public_id,
                    action="ATTEND_EVENT",
                    occurred_at=now,
                )
                for member in (referrer, referred)
            ],
            now=now,
        )

    effects = count_effects(rounds, act)

    assert set(effects.values()) == {CALLERS}
    assert count_deadlocks() == before
    assert set(Referral.objects.values_list("status", flat=True)) == {"activated"}
    assert Activity.objects.filter(action__code="REFERRAL").count() == rounds
    assert audit() == []
