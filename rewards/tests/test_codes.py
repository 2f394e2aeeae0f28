"""Voucher codes: what an upload takes and leaves out, and how codes are handed out."""

import time

import pytest

from points.models import PointAccount
from rewards.enums import RedemptionStatus
from rewards.errors import CodesExhausted
from rewards.models import VoucherCode
from rewards.services.codes import add_codes, check_codes
from rewards.services.redemptions import cancel_redemption, decide_redemption, redeem_reward

pytestmark = pytest.mark.django_db


def faults(checked):
    return [(fault.line, fault.text, fault.reason) for fault in checked.faults]


@pytest.mark.parametrize(
    "text",
    [
        "spring-1\nSPRING-2\n",
        "  spring-1  \r\n\r\n\tSpring-2\r\n",
        "code,note\nspring-1,for ann\nspring-2,\n",
        'Code;valid\n"spring-1";2027\n"spring-2";2027\n',
        "\ufeffcodes\rspring-1\rspring-2",
        "spring-1\tx\nspring-2\ty",
    ],
)
def test_codes_are_read_one_a_line_trimmed_and_in_upper_case(make_pool, text):
    checked = check_codes(pool=make_pool(), text=text)

    assert (checked.codes, checked.faults) == (["SPRING-1", "SPRING-2"], [])


def test_a_pool_may_keep_case(make_pool):
    checked = check_codes(pool=make_pool(keeps_case=True), text="aBcD\nABCD\n")

    assert (checked.codes, checked.faults) == (["aBcD", "ABCD"], [])


def test_every_line_that_gives_no_code_is_named(make_pool):
    make_pool("Older", codes=["OLD-1"])
    text = 'NEW-1\n\nabc\nnew-1\nold-1\nÄPFEL-1\nTWO WORDS\n"STRAY\nCODE\n' + "X" * 65 + "\nNEW-2"

    checked = check_codes(pool=make_pool("Newer"), text=text)

    only = "may hold letters, digits and - _ . : / + # = only"
    assert checked.codes == ["NEW-1", "STRAY", "CODE", "NEW-2"]
    assert faults(checked) == [
        (3, "abc", "must have 4 to 64 characters"),
        (4, "new-1", "stands in line 1 already"),
        (5, "OLD-1", "is in the pool “Older” already"),
        (6, "ÄPFEL-1", only),
        (7, "TWO WORDS", only),
        (10, "X" * 65, "must have 4 to 64 characters"),
    ]


def test_adding_counts_what_is_new(make_pool, now):
    pool = make_pool(codes=["CODE-A"])

    assert add_codes(pool=pool, codes=["CODE-B", "CODE-A"], actor=None, now=now) == 1
    assert list(pool.codes.order_by("id").values_list("code", flat=True)) == ["CODE-A", "CODE-B"]


def test_tens_of_thousands_of_codes_take_seconds(make_pool, now, django_assert_num_queries):
    pool = make_pool()
    text = "\n".join(f"BULK-{number:06}" for number in range(20_000))

    began = time.monotonic()
    with django_assert_num_queries(2):
        checked = check_codes(pool=pool, text=text)
        assert add_codes(pool=pool, codes=checked.codes, actor=None, now=now) == 20_000
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("code", "masked"),
    [("SPRING-7F3K", "********F3K"), ("ABCD", "***D"), ("ABCDEFGHIJKLMNOP", "************MNOP")],
)
def test_a_masked_code_shows_its_end(code, masked):
    assert VoucherCode(code=code).masked == str(VoucherCode(code=code)) == masked


@pytest.fixture
def tea(make_reward, make_pool):
    """A reward of 50 points that comes as one of two codes."""
    return make_reward(code_pool=make_pool(codes=["TEA-AAAA", "TEA-BBBB"]))


def approve(redemption, approver, now):
    return decide_redemption(
        redemption_id=redemption.pk, status=RedemptionStatus.APPROVED, actor=approver, now=now
    )


def test_approving_a_catalogue_redemption_hands_out_a_code(
    tea, make_member, approver, sign_in, make_staff, now
):
    mia = make_member("mia", points=120)
    redemption = redeem_reward(member=mia, reward_id=tea.pk, now=now)
    address = f"/v2/gamification/rewards/redemptions/{redemption.pk}"
    assert sign_in(mia).get(address).json()["data"]["code"] is None

    approve(redemption, approver, now)

    assert sign_in(mia).get(address).json()["data"]["code"] == "TEA-AAAA"
    auditor = sign_in(make_staff("aud", "auditor"))
    assert auditor.get(address).json()["data"]["code"] == "******AA"
    [mine] = sign_in(mia).get("/v2/gamification/rewards/redemptions").json()["data"]["redemptions"]
    assert mine["code"] == "TEA-AAAA"


def test_approving_without_codes_decides_nothing(tea, make_member, approver, now):
    member = make_member("mia", points=150)
    waiting = [redeem_reward(member=member, reward_id=tea.pk, now=now) for _ in range(3)]
    for redemption in waiting[:2]:
        approve(redemption, approver, now)

    with pytest.raises(CodesExhausted):
        approve(waiting[2], approver, now)

    waiting[2].refresh_from_db()
    assert waiting[2].status == RedemptionStatus.PENDING
    assert PointAccount.objects.get(member=member).balance == 0


def test_a_reward_whose_codes_ran_out_is_not_redeemed(tea, make_member, approver, now):
    mia = make_member("mia", points=150)
    for _ in range(2):
        approve(redeem_reward(member=mia, reward_id=tea.pk, now=now), approver, now)

    with pytest.raises(CodesExhausted):
        redeem_reward(member=mia, reward_id=tea.pk, now=now)

    assert PointAccount.objects.get(member=mia).balance == 50


def test_a_redemption_that_comes_to_nothing_uses_no_code_unless_it_was_seen(
    tea, make_member, approver, now
):
    mia = make_member("mia", points=150)
    cancelled, rejected = [redeem_reward(member=mia, reward_id=tea.pk, now=now) for _ in range(2)]

    cancel_redemption(member=mia, redemption_id=cancelled.pk, now=now)
    assert VoucherCode.objects.filter(assigned_at__isnull=True).count() == 2

    approve(rejected, approver, now)
    decide_redemption(
        redemption_id=rejected.pk, status=RedemptionStatus.REJECTED, actor=approver, now=now
    )
    assert VoucherCode.objects.filter(assigned_at__isnull=True).count() == 1
    assert VoucherCode.objects.get(redemption=rejected).code == "TEA-AAAA"
