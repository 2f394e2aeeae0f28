"""The catalogue as members see it: what they can have, what it asks first, and why not."""

import uuid
from datetime import timedelta

import pytest

from points.models import LevelConfig, PointAccount
from rewards.models import Redemption, RewardWatch
from rewards.services.catalogue import create_reward
from rewards.services.redemptions import redeem_reward

pytestmark = pytest.mark.django_db

REWARDS = "/dashboard/rewards"


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=120)


@pytest.fixture
def browser(client_of, mia):
    return client_of(mia)


@pytest.fixture
def make_reward(now):
    def make(title="Tea", **fields):
        fields = {"title": title, "category": "Drinks", "points_required": 50} | fields
        return create_reward(fields=fields, now=now)

    return make


def balance_of(member):
    return PointAccount.objects.get(member=member).balance


@pytest.mark.parametrize("count", [1, 3])
def test_the_catalogue_costs_the_same_however_long(
    browser, make_reward, count, django_assert_num_queries
):
    for number in range(count):
        make_reward(f"Tea {number}", per_member_max=2)
    # Session, member, account, spendable points, permissions (two), categories, count, rewards, how
    # often each was redeemed, and the balance in the header.
    with django_assert_num_queries(11):
        page = browser.get(REWARDS).text
    assert page.count('class="card offer"') == count


def test_each_reward_says_whether_and_why_not(browser, make_reward, mia, now):
    high = LevelConfig.objects.create(name="gold", tier=9, min_points=9_000)
    make_reward("Ready", quantity=3)
    make_reward("Gone", quantity=0)
    make_reward("Dear", points_required=200)
    make_reward("High", minimum_level=high)
    make_reward("Soon", valid_from=now + timedelta(days=2))
    make_reward("Over", valid_until=now - timedelta(days=2))
    once = make_reward("Once", points_required=10, per_member_max=1)
    redeem_reward(member=mia, reward_id=once.pk, now=now)

    offers = {offer.reward.title: offer for offer in browser.get(REWARDS).context["offers"]}

    said = {title: (offer.hindrance, offer.sentence) for title, offer in offers.items()}
    day = (now + timedelta(days=2)).strftime("%-d %b %Y")
    assert said == {
        "Ready": ("", ""),
        "Gone": (
            "reward_out_of_stock",
            "Somebody was faster: the last one is gone. You can be told when there is one again.",
        ),
        "Dear": ("insufficient_points", "You need 90 points more for this. You have 110 points."),
        "High": ("level_too_low", "This reward is for members of the level Gold or higher."),
        "Soon": ("reward_not_in_window", f"This reward can be redeemed from {day} on."),
        "Over": ("reward_not_in_window", "This reward has ended."),
        "Once": (
            "member_limit_reached",
            "You have redeemed this reward already; it is there once for each member.",
        ),
    }


def test_the_catalogue_is_narrowed(browser, make_reward):
    make_reward("Green tea")
    make_reward("Cake", category="Food", points_required=500)
    make_reward("Sold tea", quantity=0)

    def titles(**query):
        return [offer.reward.title for offer in browser.get(REWARDS, query).context["offers"]]

    assert titles(search="TEA") == ["Green tea", "Sold tea"]
    assert titles(category="Food") == ["Cake"]
    assert titles(category="Unknown") == ["Green tea", "Sold tea", "Cake"]
    assert titles(affordable="on") == ["Green tea", "Sold tea"]
    assert titles(affordable="on", available="on", search="") == ["Green tea"]
    assert "No reward is like this" in browser.get(REWARDS, {"search": "xyz"}).text
    part = browser.get(REWARDS, {"search": "TEA"}, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "Green tea" in part


def test_an_empty_catalogue_says_so(browser):
    assert "Nothing is on offer at the moment" in browser.get(REWARDS).text


def test_it_asks_what_it_costs_and_redeems_once(browser, make_reward, mia):
    tea = make_reward(quantity=1)
    address = f"{REWARDS}/{tea.pk}/redeem"
    asked = browser.get(address)
    assert "50 points" in asked.text
    assert "70 points" in asked.text
    form = {name: asked.context["form"][name].value() for name in ("key", "price")}

    first, second = browser.post(address, form), browser.post(address, form)

    redemption = Redemption.objects.get()
    assert first["Location"] == second["Location"] == f"/dashboard/redemptions/{redemption.pk}"
    assert balance_of(mia) == 70
    assert "Redeemed. You are told here" in browser.get(first["Location"]).text


def test_a_refusal_is_told_and_nothing_taken(browser, make_reward, mia):
    tea = make_reward(quantity=1)
    address = f"{REWARDS}/{tea.pk}/redeem"
    form = {"key": uuid.uuid4(), "price": 40}
    refused = browser.post(address, form)
    assert refused.status_code == 409
    assert "The price has changed: this reward costs 50 points now." in refused.text
    tea.quantity = 0
    tea.save()
    refused = browser.post(address, form | {"price": 50})
    assert refused.status_code == 409
    assert "Somebody was faster" in refused.text
    assert browser.post(address, {"key": "no key"})["Location"] == address
    assert balance_of(mia) == 120


@pytest.mark.parametrize("reward_id", ["0", "99", "tea", "%00"])
@pytest.mark.parametrize("page", ["", "/redeem"])
def test_what_is_not_there_is_404(browser, reward_id, page):
    assert browser.get(f"{REWARDS}/{reward_id}{page}").status_code in (400, 404)


def test_an_inactive_reward_is_404_even_to_be_redeemed(browser, make_reward):
    hidden = make_reward(is_active=False)
    form = {"key": uuid.uuid4(), "price": 50}
    assert browser.get(f"{REWARDS}/{hidden.pk}").status_code == 404
    assert browser.post(f"{REWARDS}/{hidden.pk}/redeem", form).status_code == 404


def test_a_sold_out_reward_is_watched_and_left(browser, make_reward, mia):
    tea = make_reward(quantity=0)
    address = f"{REWARDS}/{tea.pk}"
    assert "Tell me when there is one again" in browser.get(address).text
    told = browser.post(f"{address}/watch", follow=True).text
    assert "Your place in the line: 1." in told
    assert "Do not wait any more" in told
    assert RewardWatch.objects.get().member == mia
    assert "You do not wait" in browser.post(f"{address}/unwatch", follow=True).text
    assert not RewardWatch.objects.exists()
    tea.quantity = 1
    tea.save()
    refused = browser.post(f"{address}/watch", follow=True).text
    assert "Good news: there is one." in refused
