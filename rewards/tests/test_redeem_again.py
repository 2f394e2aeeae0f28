"""A redemption that is asked for again under its own id happens once."""

import uuid

import pytest
from django.utils import timezone

from loyalty_site.testing.storms import run_together, winners
from points.errors import InsufficientPoints, SourceConflict
from points.models import PointAccount
from rewards.errors import RewardOutOfStock, RewardPriceChanged
from rewards.models import OptionRedemption, Redemption
from rewards.services.options import redeem_option
from rewards.services.redemptions import cancel_redemption, redeem_reward

KEY = uuid.UUID("6f1c2d3e-0000-4000-8000-000000000001")


def balance_of(member):
    return PointAccount.objects.get(member=member).balance


@pytest.mark.django_db
def test_the_second_click_gets_what_the_first_one_made(make_member, make_reward, now):
    mia, tea = make_member("mia", points=50), make_reward(quantity=1)
    asked = {"member": mia, "reward_id": str(tea.pk), "redemption_id": KEY, "now": now}

    first, second = redeem_reward(**asked), redeem_reward(**asked)

    tea.refresh_from_db()
    assert (first.pk, second.pk) == (KEY, KEY)
    assert (balance_of(mia), tea.quantity, Redemption.objects.count()) == (0, 0, 1)
    cancel_redemption(member=mia, redemption_id=KEY, now=now)
    assert redeem_reward(**asked).status == "CANCELLED"
    assert balance_of(mia) == 50


@pytest.mark.django_db
def test_an_id_is_one_member_s_and_one_reward_s(make_member, make_reward, now):
    mia, leo = make_member("mia", points=200), make_member("leo", points=200)
    tea, cake = make_reward("Tea"), make_reward("Cake")
    redeem_reward(member=mia, reward_id=tea.pk, redemption_id=KEY, now=now)

    for member, reward in ((leo, tea), (mia, cake)):
        with pytest.raises(SourceConflict):
            redeem_reward(member=member, reward_id=reward.pk, redemption_id=KEY, now=now)

    assert (balance_of(mia), balance_of(leo)) == (150, 200)


@pytest.mark.django_db
def test_a_refusal_uses_no_id_up(make_member, make_reward, now):
    mia, tea = make_member("mia", points=60), make_reward(quantity=0)
    asked = {"member": mia, "reward_id": tea.pk, "redemption_id": KEY, "now": now}
    with pytest.raises(RewardOutOfStock):
        redeem_reward(**asked)
    tea.quantity, tea.points_required = 1, 55
    tea.save()
    with pytest.raises(RewardPriceChanged) as refusal:
        redeem_reward(**asked, price_expected=50)

    assert refusal.value.details == {"pointsRequired": 55}
    assert redeem_reward(**asked, price_expected=55).pk == KEY


@pytest.mark.django_db
def test_points_by_type_are_taken_once_too(make_member, make_option, now):
    mia = make_member("mia", points=250)
    make_option("voucher")
    asked = {"member": mia, "actor": mia, "reward_type": "voucher", "now": now}

    first = redeem_option(**asked, points=200, redemption_id=KEY)
    second = redeem_option(**asked, points=200, redemption_id=KEY)

    assert (first.points_left, second.points_left, balance_of(mia)) == (50, 50, 50)
    assert OptionRedemption.objects.count() == 1
    with pytest.raises(SourceConflict):
        redeem_option(**asked, points=100, redemption_id=KEY)
    with pytest.raises(InsufficientPoints):
        redeem_option(**asked, points=200, redemption_id=uuid.uuid4())


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_of_many_clicks_at_once_all_get_the_same_redemption(make_member, make_reward):
    mia, tea = make_member("mia", points=50), make_reward(quantity=1, per_member_max=1)

    results = run_together(
        6,
        lambda _: (
            redeem_reward(member=mia, reward_id=tea.pk, redemption_id=KEY, now=timezone.now()).pk
        ),
    )

    assert winners(results) == [KEY] * 6
    assert (balance_of(mia), Redemption.objects.count()) == (0, 1)
