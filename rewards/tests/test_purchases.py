"""Purchases: how they advance, what they earn, what points pay of them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from points.errors import InsufficientPoints, MemberNotFound
from points.models import Activity, PointAccount, PointAction, PointTransaction, RefusedActivity
from rewards.enums import PURCHASE_STEPS, PurchaseStatus
from rewards.errors import (
    AlreadyClaimed,
    CreditAboveAmount,
    CreditTooSmall,
    CurrencyNotRedeemable,
    PurchaseDiffers,
    PurchaseNotFound,
    PurchaseNotInProgress,
    PurchaseStepRefused,
)
from rewards.models import Purchase
from rewards.services.purchases import claim_discount
from rewards.signals import purchase_completed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("purchase_action")]

IN_PROGRESS, DELIVERED, COMPLETED, CANCELLED = PurchaseStatus


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=1_000)


def balance(member):
    return PointAccount.objects.get(member=member).balance


def test_a_purchase_begins_when_it_is_first_reported(mia, report, now):
    reported = report("P1")

    assert (reported.is_new, reported.has_moved) == (True, False)
    purchase = Purchase.objects.get()
    assert purchase.member == mia
    assert (purchase.amount, purchase.currency) == (Decimal("49.99"), "USD")
    assert (purchase.status, purchase.registered_at) == (IN_PROGRESS, now)
    assert balance(mia) == 1_000


@pytest.mark.parametrize("status", PurchaseStatus)
def test_a_first_report_may_bring_any_status(mia, report, now, status):
    assert report("P1", status).is_new

    purchase = Purchase.objects.get()
    assert purchase.status == status
    assert purchase.registered_at == now
    assert status == IN_PROGRESS or getattr(purchase, f"{status}_at") == now


def test_each_step_has_its_own_instant(mia, report, now):
    for days, status in enumerate([IN_PROGRESS, DELIVERED, COMPLETED]):
        report("P1", status, now=now + timedelta(days=days))

    purchase = Purchase.objects.get()
    assert purchase.registered_at == now
    assert purchase.delivered_at == now + timedelta(days=1)
    assert purchase.completed_at == now + timedelta(days=2)
    assert purchase.cancelled_at is None


@pytest.mark.parametrize("start", PurchaseStatus)
@pytest.mark.parametrize("end", PurchaseStatus)
def test_only_the_steps_on_the_way_are_taken(mia, report, now, start, end):
    report("P1", start)
    allowed = PURCHASE_STEPS.get(start, ())

    if end == start:
        again = report("P1", end, now=now + timedelta(hours=1))
        assert (again.is_new, again.has_moved) == (False, False)
    elif end in allowed:
        assert report("P1", end).has_moved
    else:
        with pytest.raises(PurchaseStepRefused) as refused:
            report("P1", end)
        assert refused.value.details == {"from": start, "to": end, "allowed": list(allowed)}
        assert Purchase.objects.get().status == start


def test_completing_earns_a_point_for_each_whole_unit_once(mia, report, now):
    report("P1", COMPLETED, amount="49.99")
    report("P1", COMPLETED, amount="49.99")

    assert balance(mia) == 1_049
    activity = Activity.objects.get()
    assert activity.event_id == "site:purchase:P1:completed"
    assert (activity.action.code, activity.subject_id) == ("PURCHASE", "P1")
    assert activity.metadata["amount"] == 49.99
    assert Purchase.objects.get().points_earned == 49


@pytest.mark.parametrize("status", [IN_PROGRESS, DELIVERED, CANCELLED])
def test_nothing_else_earns(mia, report, status):
    report("P1", status)

    assert not Activity.objects.exists()
    assert Purchase.objects.get().points_earned is None


def test_less_than_a_unit_earns_nothing_and_is_logged(mia, report):
    report("P1", COMPLETED, amount="0.99")

    assert Activity.objects.get().points == 0
    assert Purchase.objects.get().points_earned == 0


def test_a_purchase_completes_though_the_action_is_switched_off(mia, report):
    PointAction.objects.filter(code="PURCHASE").update(is_active=False)

    report("P1", COMPLETED)

    assert Purchase.objects.get().status == COMPLETED
    assert Purchase.objects.get().points_earned is None
    assert RefusedActivity.objects.get().status == "unknown_action"


@pytest.mark.parametrize(
    "other", [{"user_id": "ben"}, {"amount": "49.98"}, {"currency": "EUR"}], ids=str
)
def test_a_known_id_with_other_facts_is_refused(mia, make_member, report, other):
    make_member("ben")
    report("P1")

    with pytest.raises(PurchaseDiffers) as refused:
        report("P1", COMPLETED, **other)

    assert refused.value.details == {"userId": "mia", "amount": 49.99, "currency": "USD"}
    assert Purchase.objects.get().status == IN_PROGRESS


def test_an_unknown_member_leaves_nothing_behind(mia, report):
    with pytest.raises(MemberNotFound):
        report("P1", user_id="nobody")

    assert not Purchase.objects.exists()


def test_what_fails_on_completion_undoes_all_of_it(mia, report):
    def fail(**_):
        raise RuntimeError("the receiver fails")

    report("P1")
    purchase_completed.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            report("P1", COMPLETED)
    finally:
        purchase_completed.disconnect(fail)

    assert Purchase.objects.get().status == IN_PROGRESS
    assert not Activity.objects.exists()
    assert balance(mia) == 1_000


def test_points_become_a_discount_at_the_rate(mia, report, now):
    report("P1")

    claimed = claim_discount(member=mia, purchase_id="P1", points=320, now=now)

    purchase = Purchase.objects.get()
    assert (purchase.points_used, purchase.credit_amount) == (320, Decimal("3.20"))
    assert purchase.claimed_at == now
    assert purchase.spend_id == claimed.posting.transaction_id
    assert claimed.posting.balance_after == balance(mia) == 680


@pytest.mark.parametrize(
    ("rate", "points", "credit"),
    [(100, 1, "0.01"), (100, 333, "3.33"), (150, 100, "0.66"), (1, 3, "3.00"), (300, 3, "0.01")],
)
def test_what_is_less_than_a_cent_is_cut_off(mia, report, settings, now, rate, points, credit):
    settings.LOYALTY_REDEMPTION_RATES = {"USD": rate}
    report("P1")

    claim_discount(member=mia, purchase_id="P1", points=points, now=now)

    assert Purchase.objects.get().credit_amount == Decimal(credit)


def test_points_worth_less_than_a_cent_are_refused(mia, report, settings, now):
    settings.LOYALTY_REDEMPTION_RATES = {"USD": 250}
    report("P1")

    with pytest.raises(CreditTooSmall) as refused:
        claim_discount(member=mia, purchase_id="P1", points=2, now=now)

    assert refused.value.details == {"pointsMin": 3, "currency": "USD"}


def test_a_discount_may_pay_for_all_of_it_and_no_more(mia, report, now):
    report("P1", amount="9.99")

    with pytest.raises(CreditAboveAmount) as refused:
        claim_discount(member=mia, purchase_id="P1", points=1_000, now=now)
    assert refused.value.details == {"pointsMax": 999, "amount": 9.99, "currency": "USD"}

    claim_discount(member=mia, purchase_id="P1", points=999, now=now)
    assert Purchase.objects.get().credit_amount == Decimal("9.99")


@pytest.mark.parametrize(
    ("rate", "points_max", "credit"),
    [(7, 3, "0.42"), (99, 50, "0.50"), (100, 50, "0.50"), (101, 51, "0.50"), (250, 125, "0.50")],
)
def test_the_most_that_is_offered_is_taken(mia, report, settings, now, rate, points_max, credit):
    settings.LOYALTY_REDEMPTION_RATES = {"USD": rate}
    report("P1", amount="0.50")
    with pytest.raises(CreditAboveAmount) as refused:
        claim_discount(member=mia, purchase_id="P1", points=1_000_000, now=now)

    assert refused.value.details["pointsMax"] == points_max
    claim_discount(member=mia, purchase_id="P1", points=points_max, now=now)
    assert Purchase.objects.get().credit_amount == Decimal(credit)


def test_a_purchase_is_claimed_once(mia, report, now):
    report("P1")
    claim_discount(member=mia, purchase_id="P1", points=100, now=now)

    for status in (IN_PROGRESS, DELIVERED, COMPLETED):
        report("P1", status)
        with pytest.raises(AlreadyClaimed):
            claim_discount(member=mia, purchase_id="P1", points=100, now=now)

    assert PointTransaction.objects.filter(type="spend").count() == 1


@pytest.mark.parametrize("status", [DELIVERED, COMPLETED, CANCELLED])
def test_only_a_purchase_in_progress_takes_points(mia, report, now, status):
    report("P1", status)

    with pytest.raises(PurchaseNotInProgress) as refused:
        claim_discount(member=mia, purchase_id="P1", points=100, now=now)

    assert refused.value.details == {"status": status}


def test_another_members_purchase_is_not_there(mia, make_member, report, now):
    report("P1")
    ben = make_member("ben", points=500)

    for purchase_id in ("P1", "P2", "", "p1"):
        with pytest.raises(PurchaseNotFound):
            claim_discount(member=ben, purchase_id=purchase_id, points=100, now=now)


def test_a_currency_without_a_rate_takes_no_points(mia, report, now):
    report("P1", currency="EUR")

    with pytest.raises(CurrencyNotRedeemable) as refused:
        claim_discount(member=mia, purchase_id="P1", points=100, now=now)

    assert refused.value.details == {"currency": "EUR", "allowed": ["USD"]}


def test_points_that_are_not_there_or_have_lapsed_are_not_spent(mia, report, now):
    report("P1")
    report("P2")
    with pytest.raises(InsufficientPoints) as refused:
        claim_discount(member=mia, purchase_id="P1", points=1_001, now=now)
    assert refused.value.details == {"required": 1_001, "available": 1_000, "current": 1_000}

    with pytest.raises(InsufficientPoints) as refused:
        claim_discount(member=mia, purchase_id="P2", points=1, now=now + timedelta(days=400))

    assert refused.value.details["available"] == 0
    assert not Purchase.objects.exclude(spend=None).exists()


@pytest.mark.parametrize("way", [[], [DELIVERED]])
def test_cancelling_gives_the_points_back(mia, report, now, way):
    report("P1")
    claim_discount(member=mia, purchase_id="P1", points=320, now=now)
    for status in [*way, CANCELLED, CANCELLED]:
        report("P1", status)

    purchase = Purchase.objects.get()
    assert balance(mia) == 1_000
    assert purchase.reversal.reversal_of_id == purchase.spend_id
    assert purchase.credit_amount == Decimal("3.20")
    assert PointTransaction.objects.filter(type="reversal").count() == 1


def test_completing_keeps_the_claim(mia, report, now):
    report("P1")
    claim_discount(member=mia, purchase_id="P1", points=320, now=now)

    report("P1", COMPLETED)

    assert balance(mia) == 1_000 - 320 + 49
    assert Purchase.objects.get().reversal is None


def test_a_closed_account_is_given_its_points_back(mia, report, now):
    report("P1")
    claim_discount(member=mia, purchase_id="P1", points=320, now=now)
    PointAccount.objects.filter(member=mia).update(closed_at=now)

    report("P1", CANCELLED)

    assert Purchase.objects.get().status == CANCELLED
    assert balance(mia) == 1_000
