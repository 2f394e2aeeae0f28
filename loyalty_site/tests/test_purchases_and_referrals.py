"""What a member's purchases do to the referral that brought them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from points.models import Activity, PointAccount
from points.tests.books import make_action
from referrals.models import Referral
from referrals.services import attach_referral, get_or_issue_code
from rewards.enums import PurchaseStatus
from rewards.models import Purchase
from rewards.services.purchases import report_purchase
from rewards.signals import purchase_completed

pytestmark = pytest.mark.django_db

IN_PROGRESS, DELIVERED, COMPLETED, CANCELLED = PurchaseStatus


@pytest.fixture
def referral(make_member, now):
    """Make ann bring mia, in a programme of the actions this needs."""
    for code, points in {"REFERRAL_CONVERSION": 5, "REFERRAL": 10, "REFEREE_SIGNUP": 5}.items():
        make_action(code, points)
    make_action("PURCHASE", 1, unit_field="amount")
    code = get_or_issue_code(member=make_member("ann"), now=now).code
    return attach_referral(referred=make_member("mia"), code=code, now=now)


def report(purchase_id, status, now):
    return report_purchase(
        purchase_id=purchase_id,
        user_id="mia",
        amount=Decimal("49.99"),
        currency="USD",
        status=status,
        now=now,
    )


def test_the_first_completed_purchase_activates_the_referral(referral, now):
    later = now + timedelta(days=3)
    report("P1", DELIVERED, later)
    referral.refresh_from_db()
    assert referral.status == "converted"

    report("P1", COMPLETED, later)
    report("P2", COMPLETED, later + timedelta(days=1))

    referral.refresh_from_db()
    assert (referral.status, referral.activated_at) == ("activated", later)
    assert PointAccount.objects.get(member=referral.referrer).balance == 5 + 10


def test_what_fails_on_completion_leaves_the_referral_where_it_was(referral, now):
    def fail(**_):
        raise RuntimeError("the receiver fails")

    report("P1", IN_PROGRESS, now)
    purchase_completed.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            report("P1", COMPLETED, now)
    finally:
        purchase_completed.disconnect(fail)

    assert Purchase.objects.get().status == IN_PROGRESS
    assert Referral.objects.get().status == "converted"
    assert not Activity.objects.filter(action__code="PURCHASE").exists()
