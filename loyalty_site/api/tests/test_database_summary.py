"""GET /rewards/admin/database-summary: how much of everything there is."""

import pytest

from rewards.models import Reward, RewardOption
from rewards.services.options import redeem_option
from rewards.services.redemptions import redeem_reward

PATH = "/rewards/admin/database-summary"
pytestmark = pytest.mark.django_db


def test_everything_is_counted(make_member, make_staff, sign_in, django_assert_num_queries):
    make_member(points=30)
    make_member(points=12)
    Reward.objects.create(title="Mug", points_required=5, category="Lifestyle")
    api = sign_in(make_staff("ann", "auditor"))

    # The token, the permissions of the person and the groups, the counts, the sums.
    with django_assert_num_queries(5):
        response = api.get(PATH)

    data = response.json()["data"]
    tables = data.pop("tables")
    assert data == {
        "users": 3,
        "accounts": 3,
        "transactions": 2,
        "redemptions": 0,
        "points": 42,
        "lifetimePoints": 42,
    }
    assert tables["rewards"]["Reward"] == 1
    assert tables["points"]["PointLot"] == 2
    assert {"accounts", "points", "referrals", "rewards", "gamification", "realtime"} == set(tables)


def test_a_redemption_counts_from_the_catalogue_and_by_type(make_member, make_staff, sign_in, now):
    mia = make_member("mia", points=500)
    mug = Reward.objects.create(title="Mug", points_required=5, category="Lifestyle")
    RewardOption.objects.create(
        type="voucher", name="Voucher", minimum_points=100, points_per_unit=100, currency="USD"
    )
    redeem_reward(member=mia, reward_id=mug.pk, now=now)
    redeem_option(member=mia, reward_type="voucher", points=100, actor=mia, now=now)

    api = sign_in(make_staff("ann", "auditor"))

    assert api.get(PATH).json()["data"]["redemptions"] == 2
    assert api.get("/rewards/admin/redemptions").json()["data"]["total"] == 2


def test_an_empty_programme_counts_nothing(make_staff, sign_in):
    data = sign_in(make_staff("ann", "auditor")).get(PATH).json()["data"]

    assert (data["users"], data["transactions"], data["points"]) == (1, 0, 0)


def test_it_is_for_staff(member, make_staff, sign_in):
    for person in (member, make_staff("shop", "host")):
        response = sign_in(person).get(PATH)
        assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert sign_in().get(PATH).status_code == 401
