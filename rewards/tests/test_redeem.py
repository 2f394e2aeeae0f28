"""Redeeming: points and stock go together, or nothing does."""

from datetime import timedelta

import pytest

from points.errors import InsufficientPoints
from points.models import LevelConfig, PointAccount, PointTransaction
from rewards.enums import RedemptionStatus
from rewards.errors import (
    LevelTooLow,
    MemberLimitReached,
    RewardNotActive,
    RewardNotFound,
    RewardNotInWindow,
    RewardOutOfStock,
)
from rewards.models import Redemption
from rewards.services.catalogue import delete_reward, update_reward
from rewards.services.redemptions import cancel_redemption, redeem_reward
from rewards.signals import reward_redeemed

pytestmark = pytest.mark.django_db


def balance_of(member):
    return PointAccount.objects.get(member=member).balance


def test_a_member_pays_the_price_and_takes_one(make_member, reward, now):
    mia = make_member("mia", points=120)

    redemption = redeem_reward(member=mia, reward_id=str(reward.pk), now=now)

    reward.refresh_from_db()
    spend = redemption.spend
    assert redemption.status == RedemptionStatus.PENDING
    assert redemption.redeemed_at == now
    assert redemption.points == 50
    assert balance_of(mia) == 70
    assert reward.quantity == 9
    assert (spend.type, spend.amount, spend.description) == ("spend", -50, "Redeemed: Tea")
    assert (spend.source_type, spend.source_id) == ("redemption", str(redemption.pk))


def test_an_unlimited_reward_keeps_no_stock(make_member, make_reward, now):
    tea = make_reward(quantity=None)

    redemption = redeem_reward(member=make_member(points=50), reward_id=tea.pk, now=now)

    tea.refresh_from_db()
    assert tea.quantity is None
    assert not redemption.took_stock


def test_the_price_paid_stays_when_the_reward_gets_dearer(make_member, reward, now):
    redemption = redeem_reward(member=make_member(points=50), reward_id=reward.pk, now=now)

    update_reward(reward_id=reward.pk, fields={"points_required": 80}, now=now)

    redemption.refresh_from_db()
    assert redemption.points == 50


def test_receivers_hear_of_it_in_the_same_transaction(make_member, reward, now):
    heard = []

    def listen(redemption, **_):
        heard.append(redemption)
        raise RuntimeError("the receiver fails")

    mia = make_member("mia", points=50)
    reward_redeemed.connect(listen)
    try:
        with pytest.raises(RuntimeError):
            redeem_reward(member=mia, reward_id=reward.pk, now=now)
    finally:
        reward_redeemed.disconnect(listen)

    reward.refresh_from_db()
    assert heard[0].member == mia
    assert (balance_of(mia), reward.quantity) == (50, 10)
    assert not Redemption.objects.exists()


def refused(error, *, member, reward_id, now):
    """Assert that redeeming is refused and leaves no trace; return the refusal."""
    before = (balance_of(member), PointTransaction.objects.count())
    with pytest.raises(error) as caught:
        redeem_reward(member=member, reward_id=reward_id, now=now)
    assert (balance_of(member), PointTransaction.objects.count()) == before
    return caught.value


def test_too_few_points_are_refused_with_the_figures(make_member, reward, now):
    error = refused(InsufficientPoints, member=make_member(points=49), reward_id=reward.pk, now=now)

    reward.refresh_from_db()
    assert error.details == {"required": 50, "available": 49, "current": 49}
    assert reward.quantity == 10


def test_a_sold_out_reward_is_refused_whatever_the_balance(make_member, make_reward, now):
    tea = make_reward(quantity=0)

    error = refused(RewardOutOfStock, member=make_member(), reward_id=tea.pk, now=now)

    assert error.details == {"rewardTitle": "Tea"}


def test_an_inactive_reward_is_refused(make_member, make_reward, now):
    tea = make_reward(is_active=False)

    refused(RewardNotActive, member=make_member(points=50), reward_id=tea.pk, now=now)


@pytest.mark.parametrize(
    ("begins_in", "ends_in"), [(1, None), (None, 0), (-2, -1)], ids=["early", "at the end", "late"]
)
def test_a_reward_outside_its_window_is_refused(make_member, make_reward, now, begins_in, ends_in):
    def instant(days):
        return None if days is None else now + timedelta(days=days)

    tea = make_reward(valid_from=instant(begins_in), valid_until=instant(ends_in))

    refused(RewardNotInWindow, member=make_member(points=50), reward_id=tea.pk, now=now)


def test_the_window_begins_with_its_first_instant(make_member, make_reward, now):
    tea = make_reward(valid_from=now)

    assert (
        redeem_reward(member=make_member(points=50), reward_id=tea.pk, now=now).status
        == RedemptionStatus.PENDING
    )


def test_a_reward_for_a_higher_level_is_refused_until_it_is_reached(make_member, make_reward, now):
    bronze = LevelConfig.objects.create(name="bronze", tier=1, min_points=0)
    silver = LevelConfig.objects.create(name="silver", tier=2, min_points=1_000)
    tea = make_reward(minimum_level=silver)

    error = refused(LevelTooLow, member=make_member(points=999), reward_id=tea.pk, now=now)

    assert error.details == {"required": silver.name, "current": bronze.name}
    assert (
        redeem_reward(member=make_member(points=1_000), reward_id=tea.pk, now=now).status
        == RedemptionStatus.PENDING
    )


def test_the_limit_per_member_counts_what_was_not_returned(make_member, make_reward, now):
    tea = make_reward(per_member_max=1)
    mia = make_member("mia", points=500)
    first = redeem_reward(member=mia, reward_id=tea.pk, now=now)

    error = refused(MemberLimitReached, member=mia, reward_id=tea.pk, now=now)
    cancel_redemption(member=mia, redemption_id=first.pk, now=now)

    assert error.details == {"perMemberMax": 1}
    assert redeem_reward(member=mia, reward_id=tea.pk, now=now).status == RedemptionStatus.PENDING
    assert (
        redeem_reward(member=make_member(points=50), reward_id=tea.pk, now=now).status
        == RedemptionStatus.PENDING
    )


def test_a_deleted_reward_is_not_there(make_member, reward, now):
    delete_reward(reward_id=reward.pk, now=now)

    refused(RewardNotFound, member=make_member(points=50), reward_id=reward.pk, now=now)


@pytest.mark.parametrize(
    "reward_id",
    ["0", "-1", "abc", "1.0", "", " 1", "\u0661", "1" * 40, "1\x00", "9223372036854775808"],
)
def test_what_cannot_be_an_id_is_not_found(member, now, reward_id):
    refused(RewardNotFound, member=member, reward_id=reward_id, now=now)
