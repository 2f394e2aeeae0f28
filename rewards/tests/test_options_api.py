"""The options and a member's redemptions by type over HTTP."""

from datetime import timedelta

import pytest

from rewards.models import RewardOption
from rewards.services.options import redeem_option

pytestmark = pytest.mark.django_db

OPTIONS = "/rewards/options"
MINE = "/rewards/redemptions/mia"


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=900)


@pytest.fixture
def api(mia, sign_in):
    return sign_in(mia)


def listed(response, name):
    assert response.status_code == 200, response.content
    return response.json()["data"][name]


def types(response):
    return [option["type"] for option in listed(response, "options")]


def test_the_programme_brings_the_documented_options(programme, api):
    data = api.get(OPTIONS).json()["data"]

    assert (data["total"], data["userPoints"]) == (4, 900)
    assert [
        (option["type"], option["minimumPoints"], option["pointsPerUnit"], option["currency"])
        for option in data["options"]
    ] == [
        ("voucher", 100, 100, "USD"),
        ("cashback", 500, 100, "USD"),
        ("gift_card", 1_000, 100, "USD"),
        ("discount", 100, 100, "USD"),
    ]
    assert data["options"][0] == {
        "type": "voucher",
        "name": "Voucher",
        "description": "A voucher worth what you redeem.",
        "minimumPoints": 100,
        "pointsPerUnit": 100,
        "pointsStep": 1,
        "currency": "USD",
        "isActive": True,
        "available": True,
    }


def test_loading_the_programme_again_keeps_what_staff_changed(programme):
    from django.core.management import call_command  # noqa: PLC0415 -- the one test that does

    RewardOption.objects.filter(type="voucher").update(minimum_points=50, is_active=False)
    call_command("load_programme", verbosity=0)

    voucher = RewardOption.objects.get(type="voucher")
    assert (voucher.minimum_points, voucher.is_active) == (50, False)
    assert RewardOption.objects.count() == 4


def test_members_see_active_options_staff_all(api, sign_in, make_staff, make_option):
    make_option("voucher")
    make_option("cashback", is_active=False)

    assert types(api.get(OPTIONS)) == ["voucher"]
    assert types(sign_in(make_staff("aud", "auditor")).get(OPTIONS)) == ["voucher", "cashback"]
    assert sign_in().get(OPTIONS).status_code == 401


def test_an_option_whose_codes_ran_out_is_not_available(api, mia, make_option, make_pool, now):
    make_option("voucher", code_pool=make_pool(codes=["CODE-A"]))
    assert [option["available"] for option in listed(api.get(OPTIONS), "options")] == [True]

    redeem_option(member=mia, reward_type="voucher", points=100, actor=mia, now=now)

    assert [option["available"] for option in listed(api.get(OPTIONS), "options")] == [False]


@pytest.mark.parametrize("count", [1, 3])
def test_the_options_cost_the_same_however_many(
    api, make_option, make_pool, django_assert_num_queries, count
):
    for number in range(count):
        make_option(
            f"type_{number}", code_pool=make_pool(f"Pool {number}", codes=[f"A-{number}-B"])
        )

    # Who asks, two for their permissions, the options, their account and what of it is due.
    with django_assert_num_queries(6):
        assert len(types(api.get(OPTIONS))) == count


@pytest.fixture
def redeemed(mia, make_option, make_pool, now):
    """A voucher with a code and a later discount without one."""
    make_option("voucher", code_pool=make_pool(codes=["SPRING-7F3K"]))
    make_option("discount")
    for hours, name in enumerate(["voucher", "discount"]):
        redeem_option(
            member=mia, reward_type=name, points=100, actor=mia, now=now + timedelta(hours=hours)
        )


def test_a_code_can_be_read_again(api, redeemed):
    discount, voucher = listed(api.get(MINE), "redemptions")

    assert (discount["rewardType"], discount["code"]) == ("discount", None)
    assert (voucher["rewardType"], voucher["code"]) == ("voucher", "SPRING-7F3K")


def test_redemptions_are_narrowed_by_type(api, redeemed):
    assert len(listed(api.get(f"{MINE}?type=voucher"), "redemptions")) == 1
    response = api.get(f"{MINE}?type=catalogue")
    assert response.status_code == 400
    assert response.json()["details"][0]["message"] == "Must be one of: voucher, discount."


def test_staff_see_a_masked_code(sign_in, make_staff, redeemed):
    _, voucher = listed(sign_in(make_staff("aud", "auditor")).get(MINE), "redemptions")

    assert voucher["code"] == "********F3K"


def test_others_see_nothing(sign_in, make_member, make_staff, redeemed):
    noa = sign_in(make_member("noa"))

    assert noa.get(MINE).status_code == noa.get("/rewards/redemptions/nobody").status_code == 404
    assert sign_in(make_staff("host", "host")).get(MINE).status_code == 403
    assert sign_in().get(MINE).status_code == 401


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_however_long(
    api, mia, make_option, make_pool, now, django_assert_num_queries, count
):
    make_option("voucher", code_pool=make_pool(codes=[f"CODE-{n}" for n in range(count)]))
    for _ in range(count):
        redeem_option(member=mia, reward_type="voucher", points=100, actor=mia, now=now)

    with django_assert_num_queries(3):
        assert len(listed(api.get(MINE), "redemptions")) == count
