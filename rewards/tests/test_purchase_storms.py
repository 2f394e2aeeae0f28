"""Many real processes at the same purchase: it is paid, claimed and given back once."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from loyalty_site.testing.storms import losers, run_together, winners
from points.errors import InsufficientPoints
from points.models import Activity, PointAccount, PointTransaction
from points.services.expiry import expire_due_lots
from points.tests.audits import audit
from rewards.enums import PurchaseStatus
from rewards.errors import AlreadyClaimed, PurchaseNotInProgress, PurchaseStepRefused
from rewards.models import Purchase
from rewards.services.purchases import claim_discount, report_purchase
from rewards.tests.test_storm_rounds import CALLERS, count_effects, rounds

__all__ = ["rounds"]

pytestmark = [
    pytest.mark.storm,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("programme"),
]

IN_PROGRESS, DELIVERED, COMPLETED, CANCELLED = PurchaseStatus


def send(purchase_id, member, status, amount="20.00"):
    return report_purchase(
        purchase_id=purchase_id,
        user_id=member.public_id,
        amount=Decimal(amount),
        currency="USD",
        status=status,
        now=timezone.now(),
    )


def balance(member):
    return PointAccount.objects.get(member=member).balance


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=10_000)


@pytest.mark.parametrize("count", [2, 12])
def test_a_purchase_is_claimed_once(mia, count):
    send("P1", mia, IN_PROGRESS)

    results = run_together(
        count,
        lambda n: (
            claim_discount(
                member=mia, purchase_id="P1", points=100 + n, now=timezone.now()
            ).posting.amount
        ),
    )

    [amount] = winners(results)
    assert {type(error) for error in losers(results)} == {AlreadyClaimed}
    assert balance(mia) == 10_000 + amount
    assert Purchase.objects.get().points_used == -amount
    assert PointTransaction.objects.filter(type="spend").count() == 1


def test_twelve_first_reports_make_one_purchase_that_earns_once(mia):
    results = run_together(12, lambda _: send("P1", mia, COMPLETED).is_new)

    assert losers(results) == []
    assert Counter(winners(results)) == {True: 1, False: 11}
    assert balance(mia) == 10_020
    assert Activity.objects.count() == 1


def test_completing_cancelling_and_claiming_end_in_one_story_every_round(mia, rounds):
    for number in range(rounds):
        send(f"P{number}", mia, IN_PROGRESS)
    calls = [
        lambda purchase_id: send(purchase_id, mia, COMPLETED),
        lambda purchase_id: send(purchase_id, mia, CANCELLED),
        lambda purchase_id: send(purchase_id, mia, DELIVERED),
        lambda purchase_id: claim_discount(
            member=mia, purchase_id=purchase_id, points=10, now=timezone.now()
        ),
    ]

    count_effects(
        rounds,
        lambda caller, number: calls[caller % len(calls)](f"P{number}"),
        AlreadyClaimed,
        PurchaseNotInProgress,
        PurchaseStepRefused,
    )

    ended = Purchase.objects.filter(status__in=[COMPLETED, CANCELLED])
    assert ended.count() == rounds
    completed = ended.filter(status=COMPLETED)
    kept = completed.exclude(spend=None).count()
    assert balance(mia) == 10_000 + 20 * completed.count() - 10 * kept
    assert audit() == []


def test_a_claim_and_the_sweep_of_lapsing_points_never_spend_a_point_twice(mia, rounds, now):
    # From this instant on nothing is spendable, whether or not the sweep has been there.
    later = now + timedelta(days=400)
    for number in range(rounds):
        send(f"P{number}", mia, IN_PROGRESS)

    def act(caller, number):
        if caller == 0 and number == rounds // 2:
            list(expire_due_lots(now=later))
        elif caller == number % CALLERS:
            claim_discount(member=mia, purchase_id=f"P{number}", points=100, now=now)

    count_effects(rounds, act, InsufficientPoints)

    spent = Purchase.objects.exclude(spend=None).count() * 100
    lapsed = -sum(PointTransaction.objects.filter(type="expire").values_list("amount", flat=True))
    assert spent + lapsed == 10_000
    assert balance(mia) == 0
