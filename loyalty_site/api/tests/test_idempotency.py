"""Writes that are sent again: one effect, one answer."""

import pytest

from points.models import PointAccount
from points.services.accounts import get_account_id
from rewards.models import Redemption, Reward

pytestmark = pytest.mark.django_db

REDEEM = "/v2/gamification/rewards/redeem"
KEY = {"HTTP_IDEMPOTENCY_KEY": "7f2c-1"}


@pytest.fixture
def coffee(programme, now):
    return Reward.objects.create(
        title="Coffee", category="Food", points_required=50, partner="P", quantity=5,
        created_at=now, updated_at=now,
    )  # fmt: skip


def balance_of(person):
    return PointAccount.objects.get(pk=get_account_id(person.public_id)).balance


def test_the_same_request_again_answers_the_same_bytes_and_does_nothing(
    coffee, make_member, sign_in
):
    mia = make_member("mia", points=200)
    api = sign_in(mia)

    first = api.post(REDEEM, {"rewardId": str(coffee.pk)}, **KEY)
    second = api.post(REDEEM, {"rewardId": str(coffee.pk)}, **KEY)

    assert first.status_code == second.status_code == 201
    assert second.content == first.content
    assert second["Content-Type"] == first["Content-Type"]
    assert second["Idempotency-Hit"] == "true"
    assert "Idempotency-Hit" not in first
    assert Redemption.objects.count() == 1
    assert balance_of(mia) == 150
