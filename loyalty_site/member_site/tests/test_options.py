"""Turning any number of points into money's worth."""

import pytest

from points.models import PointAccount
from rewards.models import CodePool, OptionRedemption, RewardOption
from rewards.services.codes import add_codes
from rewards.services.options import redeem_option

pytestmark = pytest.mark.django_db

OPTIONS = "/dashboard/options"


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=650)


@pytest.fixture
def browser(client_of, mia):
    return client_of(mia)


@pytest.fixture
def voucher(now):
    pool = CodePool.objects.create(name="Vouchers")
    add_codes(pool=pool, codes=["CODE-1", "CODE-2", "CODE-3"], actor=None, now=now)
    return RewardOption.objects.create(
        type="voucher", name="Voucher", minimum_points=100, code_pool=pool
    )


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_however_much_was_redeemed(
    browser, mia, voucher, now, count, django_assert_num_queries
):
    for _ in range(count):
        redeem_option(member=mia, actor=mia, reward_type="voucher", points=100, now=now)
    # Session, member, account, spendable points, options, count, redemptions, and the balance in
    # the header.
    with django_assert_num_queries(8):
        page = browser.get(OPTIONS).text
    assert page.count("data-redemption=") == count
    assert "CODE-1" in page


def test_points_become_a_voucher_once_after_a_question(browser, mia, voucher):
    address = f"{OPTIONS}/voucher/redeem"
    asked = browser.get(address, {"points": 200})
    assert "2.00 USD" in asked.text
    assert "450 points" in asked.text
    form = {name: asked.context["form"][name].value() for name in ("key", "points")}
    for _ in range(2):
        told = browser.post(address, form, follow=True).text
    assert "Redeemed: Voucher." in told
    assert "CODE-1" in told
    assert OptionRedemption.objects.count() == 1
    assert PointAccount.objects.get(member=mia).balance == 450


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        (50, "At least 100 points are redeemed at once."),
        (700, "You need 50 points more for this. You have 650 points."),
    ],
)
def test_a_refusal_is_a_sentence_before_and_after(browser, mia, voucher, points, sentence):
    address = f"{OPTIONS}/voucher/redeem"
    key = "6f1c2d3e-0000-4000-8000-000000000001"
    for answer in (
        browser.get(address, {"points": points}),
        browser.post(address, {"points": points, "key": key}),
    ):
        assert (answer.status_code, sentence in answer.text) == (409, True)
    assert not OptionRedemption.objects.exists()


def test_nonsense_leads_back_and_what_is_not_offered_is_404(browser, voucher):
    assert browser.get(f"{OPTIONS}/voucher/redeem", {"points": "x"})["Location"] == OPTIONS
    assert browser.post(f"{OPTIONS}/voucher/redeem", {"points": "x"})["Location"] == OPTIONS
    RewardOption.objects.update(is_active=False)
    assert browser.get(f"{OPTIONS}/voucher/redeem", {"points": 200}).status_code == 404
    assert "Nothing is on offer at the moment" in browser.get(OPTIONS).text
