"""Waiting for a sold-out reward: the line, whose turn it is, and that each is told once."""

from datetime import timedelta

import pytest

from points.models import LevelConfig, PointAccount
from rewards.enums import RedemptionStatus
from rewards.errors import (
    LevelTooLow,
    MemberLimitReached,
    RewardInStock,
    RewardNotActive,
    RewardNotFound,
    RewardNotInWindow,
)
from rewards.models import Reward, RewardWatch
from rewards.services.catalogue import delete_reward, update_reward
from rewards.services.redemptions import cancel_redemption, decide_redemption, redeem_reward
from rewards.services.watches import tell_watchers, unwatch_reward, watch_reward
from rewards.signals import reward_available

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def sold(make_member, make_reward, now):
    """Ben's redemption of the only one there was."""
    tea = make_reward(quantity=1)
    return redeem_reward(member=make_member("ben", points=50), reward_id=tea.pk, now=now)


@pytest.fixture
def tea(sold):
    return sold.reward


@pytest.fixture
def line(make_member, tea, now):
    """Mia, Noa and Ole, who wait for tea in this order."""
    people = [make_member(name, points=500) for name in ("mia", "noa", "ole")]
    for person in people:
        watch_reward(member=person, reward_id=tea.pk, now=now)
    return people


def tell(now):
    return [watch.member.public_id for watches in tell_watchers(now=now) for watch in watches]


def put_back(reward, quantity, now):
    update_reward(reward_id=reward.pk, fields={"quantity": quantity}, now=now)


def test_who_watches_first_stands_first(make_member, tea, now):
    mia, noa = make_member("mia"), make_member("noa")

    first = watch_reward(member=mia, reward_id=tea.pk, now=now)
    second = watch_reward(member=noa, reward_id=tea.pk, now=now)
    again = watch_reward(member=mia, reward_id=tea.pk, now=now + HOUR)

    assert (first.position, first.is_new) == (1, True)
    assert (second.position, second.is_new) == (2, True)
    assert (again.position, again.is_new, again.watch) == (1, False, first.watch)


@pytest.mark.parametrize("quantity", [1, None])
def test_nobody_waits_for_what_can_be_had(member, make_reward, now, quantity):
    with pytest.raises(RewardInStock) as caught:
        watch_reward(member=member, reward_id=make_reward(quantity=quantity).pk, now=now)

    assert caught.value.details == {"rewardTitle": "Tea"}


def test_nobody_waits_for_what_they_could_not_redeem(make_member, make_reward, now):
    gold = LevelConfig.objects.create(name="gold", tier=3, min_points=2_500)
    ben = make_member("ben", points=50)
    once = make_reward(quantity=1, per_member_max=1)
    redeem_reward(member=ben, reward_id=once.pk, now=now)
    deleted = delete_reward(reward_id=make_reward(quantity=0).pk, now=now)

    for error, reward_id in (
        (LevelTooLow, make_reward(quantity=0, minimum_level=gold).pk),
        (RewardNotActive, make_reward(quantity=0, is_active=False).pk),
        (RewardNotInWindow, make_reward(quantity=0, valid_until=now).pk),
        (RewardNotFound, deleted.pk),
        (RewardNotFound, "abc"),
        (MemberLimitReached, once.pk),
    ):
        with pytest.raises(error):
            watch_reward(member=ben, reward_id=reward_id, now=now)
    assert not RewardWatch.objects.exists()


def test_nobody_is_told_before_there_is_one(line, now):
    assert tell(now) == []


@pytest.mark.parametrize("way", ["rejected", "cancelled", "restocked"])
def test_what_comes_back_is_told_to_the_first_alone_and_once(line, sold, approver, now, way):
    if way == "rejected":
        status = RedemptionStatus.REJECTED
        decide_redemption(redemption_id=sold.pk, status=status, actor=approver, now=now)
    elif way == "cancelled":
        cancel_redemption(member=sold.member, redemption_id=sold.pk, now=now)
    else:
        put_back(sold.reward, 1, now)

    assert tell(now) == ["mia"]
    assert tell(now + HOUR) == []


def test_as_many_are_told_as_there_are_items(line, tea, now):
    put_back(tea, 2, now)

    assert tell(now) == ["mia", "noa"]
    put_back(tea, 3, now + HOUR)
    assert tell(now + HOUR) == ["ole"]


def test_everybody_is_told_when_there_is_no_limit_any_more(line, tea, now):
    put_back(tea, None, now)

    assert tell(now) == ["mia", "noa", "ole"]


def test_after_a_turn_the_next_is_told(line, tea, settings, now):
    settings.LOYALTY_WATCH_TURN_HOURS = 2
    put_back(tea, 1, now)

    assert tell(now) == ["mia"]
    assert tell(now + 2 * HOUR - timedelta(seconds=1)) == []
    assert tell(now + 2 * HOUR) == ["noa"]


def test_a_turn_that_was_used_is_over(line, tea, now):
    mia, *_ = line
    put_back(tea, 2, now)
    assert tell(now) == ["mia", "noa"]

    redeem_reward(member=mia, reward_id=tea.pk, now=now + HOUR)
    assert tell(now + HOUR) == []
    put_back(tea, 2, now + HOUR)

    assert tell(now + HOUR) == ["ole"]


def test_a_turn_that_somebody_else_ended_does_not_hold_up_the_next(line, tea, make_member, now):
    put_back(tea, 1, now)
    assert tell(now) == ["mia"]
    taken = redeem_reward(member=make_member("eve", points=50), reward_id=tea.pk, now=now)

    assert tell(now + HOUR) == []
    cancel_redemption(member=taken.member, redemption_id=taken.pk, now=now + HOUR)

    assert tell(now + HOUR) == ["noa"]


def test_who_redeems_leaves_the_line_unless_it_comes_to_nothing(line, tea, now):
    mia, *_ = line
    put_back(tea, 1, now)
    redemption = redeem_reward(member=mia, reward_id=tea.pk, now=now + HOUR)
    put_back(tea, 1, now + HOUR)

    assert tell(now + HOUR) == ["noa"]
    cancel_redemption(member=mia, redemption_id=redemption.pk, now=now + 2 * HOUR)
    assert tell(now + 2 * HOUR) == ["mia"]


def test_who_redeemed_and_watches_again_stands_last(line, tea, now):
    mia, *_ = line
    put_back(tea, 1, now)
    redeem_reward(member=mia, reward_id=tea.pk, now=now + HOUR)

    place = watch_reward(member=mia, reward_id=tea.pk, now=now + 2 * HOUR)

    assert (place.position, place.is_new) == (3, True)


def test_who_was_told_can_watch_again(line, tea, make_member, now):
    mia, *_ = line
    put_back(tea, 1, now)
    assert tell(now) == ["mia"]
    redeem_reward(member=make_member("eve", points=50), reward_id=tea.pk, now=now)

    assert watch_reward(member=mia, reward_id=tea.pk, now=now + HOUR).position == 3


def test_who_watches_no_more_is_passed_over(line, tea, now):
    mia, *_ = line
    unwatch_reward(member=mia, reward_id=tea.pk)
    unwatch_reward(member=mia, reward_id=tea.pk)
    put_back(tea, 1, now)

    assert tell(now) == ["noa"]


def test_who_cannot_redeem_is_passed_over(line, tea, now):
    mia, noa, _ = line
    PointAccount.objects.filter(member=mia).update(closed_at=now)
    noa.is_active = False
    noa.save()
    put_back(tea, 1, now)

    assert tell(now) == ["ole"]


def test_nobody_is_told_of_what_is_not_on_offer(line, tea, now):
    put_back(tea, 1, now)
    update_reward(reward_id=tea.pk, fields={"is_active": False}, now=now)
    assert tell(now) == []

    update_reward(reward_id=tea.pk, fields={"is_active": True}, now=now)
    assert tell(now) == ["mia"]


def test_a_receiver_that_fails_leaves_nobody_told(line, tea, now):
    put_back(tea, 1, now)

    def fail(**_):
        raise RuntimeError

    reward_available.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            tell(now)
    finally:
        reward_available.disconnect(fail)

    assert not RewardWatch.objects.filter(told_at__isnull=False).exists()
    assert tell(now) == ["mia"]


@pytest.mark.parametrize("count", [1, 3])
def test_lines_without_news_cost_one_query(
    make_member, make_reward, now, django_assert_num_queries, count
):
    for number in range(count):
        cake = make_reward(f"Cake {number}", quantity=0)
        watch_reward(member=make_member(), reward_id=cake.pk, now=now)

    with django_assert_num_queries(1):
        assert tell(now) == []


def test_the_database_counts_how_often_a_reward_sold_out(tea, now):
    tea.refresh_from_db()
    assert tea.sold_out_count == 1

    put_back(tea, 5, now)
    Reward.objects.filter(pk=tea.pk).update(quantity=0)
    Reward.objects.filter(pk=tea.pk).update(quantity=0, title="Chai")

    tea.refresh_from_db()
    assert tea.sold_out_count == 2
