"""Many decisions at once: what the books say afterwards, and how often each member was told."""

from collections import Counter

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from loyalty_site.realtime.models import OutboxEvent
from loyalty_site.testing.storms import losers, run_together
from points.models import PointAccount, PointLot
from points.services.audit import AuditListener, Scope, Verdict, audit_ledger, judge
from rewards.models import Redemption, Reward
from rewards.services.redemptions import redeem_reward

DECIDE = "admin:rewards_redemption_decide"
DECIDE_ONE = "admin:rewards_redemption_decide_one"


@pytest.fixture
def fill(make_member, make_reward, now):
    """Return a function that lets so many members redeem one of two rewards each."""

    def redeem_many(count):
        shelf = make_reward("Tea", quantity=count)
        endless = make_reward("Cake", quantity=None)
        return [
            redeem_reward(
                member=make_member(points=80),
                reward_id=(shelf, endless)[number % 2].pk,
                now=now,
            )
            for number in range(count)
        ]

    return redeem_many


def sign_in(person):
    console = Client()
    console.force_login(person)
    return console


def count_told():
    """Return how often each member was told of a decision."""
    told = OutboxEvent.objects.filter(event="redemption-updated", member__isnull=False)
    return Counter(told.values_list("member_id", flat=True))


def assert_books_hold(count):
    """Every account holds what its redemption says, lots and shelf too, and the audit is clean."""
    returned = Redemption.objects.filter(status="REJECTED")
    for redemption in Redemption.objects.select_related("member__point_account"):
        wanted = 80 if redemption.status == "REJECTED" else 30
        assert redemption.member.point_account.balance == wanted
    balances = PointAccount.objects.aggregate(all=Sum("balance"))["all"]
    assert PointLot.objects.aggregate(all=Sum("remaining"))["all"] == balances
    shelf = Reward.objects.get(title="Tea")
    assert shelf.quantity == count - count // 2 + returned.filter(reward=shelf).count()
    assert judge(audit_ledger(scope=Scope(), listener=AuditListener())) is Verdict.OK


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("slug", ["approve", "reject"])
def test_two_hundred_are_decided_in_one_go(fill, make_staff, slug):
    redemptions = fill(200)
    console = sign_in(make_staff("ann", "approver"))
    ids = [str(redemption.pk) for redemption in redemptions]
    answer = console.post(
        reverse(DECIDE, args=[slug]), {"redemption": ids, "reason": "Closed"}, follow=True
    )
    assert "200 redemptions" in answer.text
    status = {"approve": "APPROVED", "reject": "REJECTED"}[slug]
    assert set(Redemption.objects.values_list("status", flat=True)) == {status}
    assert_books_hold(200)
    told = count_told()
    assert len(told) == 200
    assert set(told.values()) == {1}


@pytest.mark.long
@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_four_deciders_leave_a_thousand_decided_once_each(fill, make_staff):
    redemptions = fill(1_000)
    deciders = [make_staff(f"decider-{number}", "approver") for number in range(4)]

    def decide_all(number):
        console = sign_in(deciders[number])
        decided = 0
        # Each begins elsewhere, and half of them would rather reject.
        order = redemptions[number * 250 :] + redemptions[: number * 250]
        for redemption in order[:: 1 if number % 2 else -1]:
            headers = {"Accept": "application/json"}
            if number < 2:
                address = reverse(DECIDE_ONE, args=[redemption.pk, "approve"])
                answer = console.post(address, headers=headers)
            else:
                address = reverse(DECIDE, args=["reject"])
                body = {"redemption": [str(redemption.pk)], "reason": "Closed"}
                answer = console.post(address, body, headers=headers)
            assert answer.status_code == 200
            decided += answer.json()["notes"][0]["level"] == "success"
        return decided

    results = run_together(4, decide_all, timeout_seconds=1800)

    assert losers(results) == []
    # What was approved may have been rejected by another later, and nothing else happened twice.
    statuses = Counter(Redemption.objects.values_list("status", flat=True))
    assert set(statuses) <= {"APPROVED", "REJECTED"}
    assert sum(statuses.values()) == 1_000
    decisions = sum(count for count in results if isinstance(count, int))
    twice = Redemption.objects.filter(status="REJECTED", approved_at__isnull=False).count()
    assert decisions == 1_000 + twice
    assert_books_hold(1_000)
    told = count_told()
    assert len(told) == 1_000
    assert sum(told.values()) == decisions
