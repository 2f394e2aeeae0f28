"""Items that come back and sweeps that tell of them, all at once: each is told once."""

import pytest
from django.utils import timezone

from loyalty_site.realtime.models import OutboxEvent
from loyalty_site.testing.storms import losers, run_together, winners
from rewards.errors import RewardInStock, RewardOutOfStock
from rewards.models import RewardWatch
from rewards.selectors import list_rewards_with_wrong_stock
from rewards.services.redemptions import cancel_redemption, redeem_reward
from rewards.services.watches import tell_watchers, unwatch_reward, watch_reward

pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]

ROUNDS = 6


def tell():
    return [watch.member_id for watches in tell_watchers(now=timezone.now()) for watch in watches]


def test_two_returns_and_six_sweeps_tell_the_two_first_in_line_once(make_member, make_reward, now):
    tea = make_reward(quantity=2)
    holders = [make_member(points=50) for _ in range(2)]
    sold = [redeem_reward(member=one, reward_id=tea.pk, now=now) for one in holders]
    line = [make_member() for _ in range(3)]
    for one in line:
        watch_reward(member=one, reward_id=tea.pk, now=now)

    def act(number):
        if number < 2:
            cancel_redemption(
                member=holders[number], redemption_id=sold[number].pk, now=timezone.now()
            )
        return tell()

    results = run_together(6, act)

    assert losers(results) == []
    told = [member_id for members in winners(results) for member_id in members]
    assert sorted(told) == sorted(one.pk for one in line[:2])
    events = OutboxEvent.objects.filter(event="reward-available")
    assert sorted(events.values_list("member_id", flat=True)) == sorted(told)


def test_a_member_who_watches_many_times_at_once_has_one_place(make_member, make_reward, now):
    tea = make_reward(quantity=0)
    mia = make_member("mia")

    results = run_together(
        6, lambda _: watch_reward(member=mia, reward_id=tea.pk, now=timezone.now()).is_new
    )

    assert sorted(winners(results)) == [False] * 5 + [True]
    assert RewardWatch.objects.count() == 1


def test_redeeming_returning_watching_and_telling_never_wait_in_a_circle(
    make_member, make_reward, now
):
    """Members hold one reward and wait for the other, so what one waits for another holds."""
    rewards = [make_reward(f"Tea {number}", quantity=1) for number in range(2)]
    members = [make_member(points=500) for _ in range(4)]

    def act(number):
        if number >= len(members):
            for _ in range(ROUNDS):
                tell()
            return
        mine, other = rewards[number % 2], rewards[1 - number % 2]
        for _ in range(ROUNDS):
            attempt(RewardInStock, watch_reward, members[number], other)
            taken = attempt(RewardOutOfStock, redeem_reward, members[number], mine)
            if taken:
                cancel_redemption(
                    member=members[number], redemption_id=taken.pk, now=timezone.now()
                )
            unwatch_reward(member=members[number], reward_id=other.pk)

    assert losers(run_together(6, act)) == []
    assert not list_rewards_with_wrong_stock().exists()


def attempt(refusal, service, member, reward):
    """Return what a service returns, None when it refuses in the expected way."""
    try:
        return service(member=member, reward_id=reward.pk, now=timezone.now())
    except refusal:
        return None
