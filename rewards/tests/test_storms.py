"""Many real processes at the same instant: nothing is sold twice, decided twice or lost."""

import pytest
from django.utils import timezone

from loyalty_site.testing.storms import losers, run_together, winners
from points.models import PointAccount, PointTransaction
from rewards.enums import RedemptionStatus
from rewards.errors import InvalidTransition, MemberLimitReached, RewardOutOfStock
from rewards.models import Redemption
from rewards.selectors import list_rewards_with_wrong_stock
from rewards.services.redemptions import cancel_redemption, decide_redemption, redeem_reward

pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]


def balances(members):
    accounts = PointAccount.objects.filter(member__in=members)
    return sorted(accounts.values_list("balance", flat=True))


@pytest.mark.parametrize("count", [2, 12])
def test_the_last_one_goes_to_one_of_many(make_member, make_reward, count):
    tea = make_reward(quantity=1)
    members = [make_member(points=50) for _ in range(count)]

    def redeem(number):
        member = members[number]
        return redeem_reward(member=member, reward_id=tea.pk, now=timezone.now()).pk

    results = run_together(count, redeem)

    tea.refresh_from_db()
    assert len(winners(results)) == 1
    assert {type(error) for error in losers(results)} == {RewardOutOfStock}
    assert tea.quantity == 0
    assert balances(members) == [0] + [50] * (count - 1)
    assert PointTransaction.objects.filter(type="spend").count() == 1
    assert Redemption.objects.count() == 1


def test_a_member_cannot_outrun_the_limit(make_member, make_reward):
    tea = make_reward(per_member_max=2)
    mia = make_member("mia", points=1_000)

    results = run_together(
        12, lambda _: redeem_reward(member=mia, reward_id=tea.pk, now=timezone.now()).pk
    )

    assert len(winners(results)) == 2
    assert {type(error) for error in losers(results)} == {MemberLimitReached}
    assert balances([mia]) == [900]


@pytest.mark.parametrize("count", [2, 3, 4])
def test_opposite_decisions_end_in_one(make_member, make_staff, reward, count, now):
    mia = make_member("mia", points=50)
    redemption = redeem_reward(member=mia, reward_id=reward.pk, now=now)
    deciders = [make_staff(f"staff-{number}") for number in range(count)]
    choices = [RedemptionStatus.APPROVED, RedemptionStatus.REJECTED]

    def decide(number):
        return decide_redemption(
            redemption_id=redemption.pk,
            status=choices[number % 2],
            actor=deciders[number],
            now=timezone.now(),
        ).status

    results = run_together(count, decide)

    redemption.refresh_from_db()
    reward.refresh_from_db()
    taken = winners(results)
    # An approved redemption may still be rejected, so both may win, in that order only.
    assert sorted(taken) in (["APPROVED"], ["REJECTED"], ["APPROVED", "REJECTED"])
    assert redemption.status == max(taken)
    assert {type(error) for error in losers(results)} <= {InvalidTransition}
    returned = redemption.status == "REJECTED"
    assert (balances([mia]), reward.quantity) == (([50], 10) if returned else ([0], 9))
    assert PointTransaction.objects.filter(type="reversal").count() == returned


@pytest.mark.parametrize("status", [RedemptionStatus.REJECTED, RedemptionStatus.APPROVED])
def test_the_same_decision_is_taken_once(make_member, make_staff, reward, status, now):
    mia = make_member("mia", points=50)
    redemption = redeem_reward(member=mia, reward_id=reward.pk, now=now)
    deciders = [make_staff(f"staff-{number}") for number in range(4)]

    results = run_together(
        4,
        lambda number: (
            decide_redemption(
                redemption_id=redemption.pk,
                status=status,
                actor=deciders[number],
                now=timezone.now(),
            ).decided_by_id
        ),
    )

    redemption.refresh_from_db()
    [winner] = [decider for decider in deciders if decider.pk in winners(results)]
    assert redemption.decided_by == winner
    for error in losers(results):
        assert isinstance(error, InvalidTransition)
        assert winner.display_name in error.message
    assert balances([mia]) == ([50] if status == RedemptionStatus.REJECTED else [0])


def test_cancelling_and_deciding_end_in_one(make_member, make_staff, reward, now):
    mia = make_member("mia", points=50)
    redemption = redeem_reward(member=mia, reward_id=reward.pk, now=now)
    ann = make_staff("ann")

    def act(number):
        if number == 0:
            return cancel_redemption(
                member=mia, redemption_id=redemption.pk, now=timezone.now()
            ).status
        return decide_redemption(
            redemption_id=redemption.pk,
            status=RedemptionStatus.APPROVED,
            actor=ann,
            now=timezone.now(),
        ).status

    results = run_together(2, act)

    redemption.refresh_from_db()
    [taken] = winners(results)
    assert redemption.status == taken
    assert balances([mia]) == ([50] if taken == "CANCELLED" else [0])


def test_redeeming_and_returning_at_once_keeps_the_stock_right(
    make_member, make_staff, make_reward, now
):
    tea = make_reward(quantity=4)
    ann = make_staff("ann")
    members = [make_member(points=50) for _ in range(8)]
    waiting = [redeem_reward(member=member, reward_id=tea.pk, now=now).pk for member in members[:4]]

    def act(number):
        if number < 4:
            return decide_redemption(
                redemption_id=waiting[number],
                status=RedemptionStatus.REJECTED,
                actor=ann,
                now=timezone.now(),
            ).pk
        return redeem_reward(member=members[number], reward_id=tea.pk, now=timezone.now()).pk

    results = run_together(8, act)

    tea.refresh_from_db()
    assert {type(error) for error in losers(results)} <= {RewardOutOfStock}
    live = Redemption.objects.filter(status="PENDING").count()
    assert tea.quantity + live == 4
    assert not list_rewards_with_wrong_stock().exists()
