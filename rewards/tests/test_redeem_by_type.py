"""Redeeming by type: what it costs, what it gives, and what is refused."""

from decimal import Decimal

import pytest

from loyalty_site.realtime.models import OutboxEvent
from points.models import PointAccount, PointTransaction
from rewards.models import OptionRedemption, VoucherCode

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=1_250)


@pytest.fixture
def api(mia, sign_in):
    return sign_in(mia)


def redeem(api, points=200, reward_type="voucher", user_id="mia"):
    body = {"pointsToRedeem": points, "rewardType": reward_type}
    return api.post(f"/rewards/redeem/{user_id}", body)


def balance(member):
    return PointAccount.objects.get(member=member).balance


def refusal(response):
    body = response.json()
    return response.status_code, body["code"], body["details"]


@pytest.fixture
def nothing_happened(mia):
    """Check after the test that no point moved and no member was told."""
    yield
    assert balance(mia) == 1_250
    assert not OptionRedemption.objects.exists()
    assert not PointTransaction.objects.filter(type="spend").exists()
    assert not OutboxEvent.objects.filter(event="rewardRedeemed").exists()
    assert not VoucherCode.objects.filter(assigned_at__isnull=False).exists()


def test_points_become_a_voucher(api, mia, make_option, now):
    make_option("voucher")

    response = redeem(api)

    assert response.status_code == 201, response.content
    data = response.json()["data"]
    assert data["remainingPoints"] == balance(mia) == 1_050
    redemption = OptionRedemption.objects.get()
    assert data["redemption"].pop("createdAt")
    assert data["redemption"] == {
        "id": str(redemption.pk),
        "userId": "mia",
        "rewardType": "voucher",
        "title": "Voucher",
        "points": 200,
        "value": 2.0,
        "currency": "USD",
        "status": "COMPLETED",
        "code": None,
        "transactionId": str(redemption.spend_id),
    }
    spend = PointTransaction.objects.get(type="spend")
    assert (spend.amount, spend.description) == (-200, "Redeemed: Voucher, 2.00 USD")
    assert spend.actor is None


def test_the_member_is_told_once_and_never_the_code(api, make_option, make_pool):
    make_option("voucher", code_pool=make_pool(codes=["SPRING-7F3K"]))

    assert redeem(api).status_code == 201

    redemption = OptionRedemption.objects.get()
    [event] = OutboxEvent.objects.filter(event="rewardRedeemed")
    assert event.data.pop("redeemedAt")
    assert event.data == {
        "userId": "mia",
        "redemptionId": str(redemption.pk),
        "rewardId": None,
        "rewardType": "voucher",
        "title": "Voucher",
        "points": 200,
        "value": 2.0,
        "currency": "USD",
        "status": "COMPLETED",
    }
    told = [str(data) for data in OutboxEvent.objects.values_list("data", flat=True)]
    assert not [data for data in told if "7F3K" in data]
    [update] = OutboxEvent.objects.filter(event="pointsUpdated", data__change=-200)
    assert update.data["balance"] == 1_050


def test_too_few_points_say_what_is_there(api, make_option, nothing_happened):
    make_option("voucher")

    assert refusal(redeem(api, points=1_300)) == (
        400,
        "insufficient_points",
        {"required": 1_300, "available": 1_250, "current": 1_250},
    )


@pytest.mark.parametrize("reward_type", ["yacht", "cashback", "VOUCHER", ""])
def test_a_type_that_is_not_on_offer_lists_those_that_are(
    api, make_option, nothing_happened, reward_type
):
    make_option("voucher")
    make_option("cashback", is_active=False)
    make_option("discount")

    status, code, [detail] = refusal(redeem(api, reward_type=reward_type))

    assert (status, code, detail["field"]) == (400, "validation_failed", "rewardType")
    if reward_type:
        assert detail["message"] == "Must be one of: voucher, discount."


def test_less_than_the_minimum_says_the_minimum(api, make_option, nothing_happened):
    make_option("cashback", minimum_points=500)

    assert refusal(redeem(api, points=499, reward_type="cashback")) == (
        400,
        "points_below_minimum",
        {"minimum": 500, "pointsToRedeem": 499},
    )


def test_points_that_are_not_worth_whole_cents_are_refused(api, make_option, nothing_happened):
    make_option("voucher", points_per_unit=150)

    assert refusal(redeem(api, points=200)) == (
        400,
        "points_not_whole_cents",
        {"multipleOf": 3, "pointsToRedeem": 200},
    )


@pytest.mark.parametrize(
    ("points_per_unit", "points", "value"),
    [(150, 201, "1.34"), (7, 700, "100.00"), (1_000, 110, "0.11"), (1, 333, "333.00")],
)
def test_the_value_is_exact(api, make_option, points_per_unit, points, value):
    make_option("voucher", points_per_unit=points_per_unit)

    assert redeem(api, points=points).json()["data"]["redemption"]["value"] == float(value)
    assert OptionRedemption.objects.get().value == Decimal(value)


@pytest.mark.parametrize(
    "body",
    [
        {"rewardType": "voucher"},
        {"pointsToRedeem": 200},
        {"pointsToRedeem": "200", "rewardType": "voucher"},
        {"pointsToRedeem": 0, "rewardType": "voucher"},
        {"pointsToRedeem": -200, "rewardType": "voucher"},
        {"pointsToRedeem": 200.5, "rewardType": "voucher"},
        {"pointsToRedeem": True, "rewardType": "voucher"},
        {"pointsToRedeem": 10**9 + 1, "rewardType": "voucher"},
        {"pointsToRedeem": 200, "rewardType": 7},
        {"pointsToRedeem": 200, "rewardType": "voucher", "value": 900},
        [],
    ],
    ids=str,
)
def test_a_body_that_makes_no_sense_is_refused(api, make_option, nothing_happened, body):
    make_option("voucher")

    response = api.post("/rewards/redeem/mia", body)

    assert (response.status_code, response.json()["code"]) == (400, "validation_failed")


def test_a_member_cannot_redeem_for_another(sign_in, make_member, make_option, nothing_happened):
    make_option("voucher")
    api = sign_in(make_member("noa", points=500))

    assert refusal(redeem(api)) == refusal(redeem(api, user_id="nobody"))
    assert refusal(redeem(api))[:2] == (404, "member_not_found")


def test_nobody_redeems_without_signing_in(sign_in, mia, make_option, nothing_happened):
    make_option("voucher")

    assert redeem(sign_in()).status_code == 401


def test_staff_redeem_for_a_member_on_record_and_see_a_masked_code(
    sign_in, make_staff, mia, make_option, make_pool
):
    make_option("voucher", code_pool=make_pool(codes=["SPRING-7F3K"]))
    sue = make_staff("sue", "support")

    data = redeem(sign_in(sue)).json()["data"]

    assert data["redemption"]["code"] == "********F3K"
    assert data["remainingPoints"] == balance(mia) == 1_050
    assert PointTransaction.objects.get(type="spend").actor == sue
    assert balance(sue) == 0


@pytest.mark.parametrize("user_id", ["mia", "nobody"])
def test_staff_without_the_power_are_refused_before_anybody_is_looked_up(
    sign_in, make_staff, make_option, nothing_happened, user_id
):
    make_option("voucher")
    api = sign_in(make_staff("paul", "approver"))

    assert refusal(redeem(api, user_id=user_id))[:2] == (403, "forbidden")


def test_staff_redeem_for_nobody(sign_in, make_staff, make_option):
    make_option("voucher")

    response = redeem(sign_in(make_staff("sue", "support")), user_id="nobody")

    assert refusal(response)[:2] == (404, "member_not_found")


def test_each_redemption_hands_out_the_next_code(api, mia, make_option, make_pool):
    make_option("voucher", code_pool=make_pool(codes=["CODE-B", "CODE-A"]))

    codes = [redeem(api).json()["data"]["redemption"]["code"] for _ in range(2)]
    third = refusal(redeem(api))

    assert codes == ["CODE-B", "CODE-A"]
    assert third == (409, "codes_exhausted", {"pool": "Vouchers"})
    assert balance(mia) == 1_250 - 400
    assert OptionRedemption.objects.count() == 2


def test_redeeming_more_than_there_is_keeps_the_code(api, make_option, make_pool, nothing_happened):
    make_option("voucher", code_pool=make_pool(codes=["CODE-A"]))

    assert refusal(redeem(api, points=1_300))[:2] == (400, "insufficient_points")
