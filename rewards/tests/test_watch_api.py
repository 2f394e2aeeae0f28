"""Waiting for a sold-out reward over HTTP."""

import pytest

from rewards.models import RewardWatch

pytestmark = pytest.mark.django_db

REWARDS = "/v2/gamification/rewards"


@pytest.fixture
def api(make_member, sign_in):
    return sign_in(make_member("mia", points=50))


@pytest.fixture
def tea(make_reward):
    return make_reward(quantity=0)


def is_watched(api, reward):
    """Return what the detail says; the list must say the same."""
    detail = api.get(f"{REWARDS}/{reward.pk}").json()["data"]["isWatched"]
    listed = {row["id"]: row["isWatched"] for row in api.get(REWARDS).json()["data"]["rewards"]}
    assert listed[str(reward.pk)] == detail
    return detail


def test_a_member_watches_and_watches_no_more(api, tea):
    assert is_watched(api, tea) is False

    first = api.post(f"{REWARDS}/{tea.pk}/watch")
    again = api.post(f"{REWARDS}/{tea.pk}/watch")

    assert (first.status_code, again.status_code) == (201, 200)
    data = first.json()["data"]
    assert data.pop("watchedAt").endswith("Z")
    assert data == {"rewardId": str(tea.pk), "isWatched": True, "position": 1}
    assert is_watched(api, tea) is True

    for _ in range(2):
        gone = api.delete(f"{REWARDS}/{tea.pk}/watch")
        assert gone.status_code == 200
        assert gone.json()["data"] == {
            "rewardId": str(tea.pk),
            "isWatched": False,
            "position": None,
            "watchedAt": None,
        }
    assert is_watched(api, tea) is False


def test_what_others_watch_is_not_ones_own(api, make_member, sign_in, tea):
    other = sign_in(make_member("noa"))
    other.post(f"{REWARDS}/{tea.pk}/watch")

    assert is_watched(api, tea) is False
    assert api.post(f"{REWARDS}/{tea.pk}/watch").json()["data"]["position"] == 2
    api.delete(f"{REWARDS}/{tea.pk}/watch")
    assert is_watched(other, tea) is True


def test_what_cannot_be_watched_is_refused_with_its_code(api, make_reward, tea):
    def refusal(reward_id):
        response = api.post(f"{REWARDS}/{reward_id}/watch")
        return response.status_code, response.json()["code"]

    assert refusal(make_reward(quantity=1).pk) == (409, "reward_in_stock")
    assert refusal(make_reward(quantity=0, is_active=False).pk) == (409, "reward_not_active")
    assert refusal("999") == (404, "reward_not_found")
    assert refusal("tea") == (404, "reward_not_found")
    assert not RewardWatch.objects.exists()


def test_only_who_is_signed_in_watches(tea, sign_in):
    for method in ("post", "delete"):
        response = getattr(sign_in(), method)(f"{REWARDS}/{tea.pk}/watch")
        assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize(("quantity", "low"), [(5, True), (6, False), (0, False), (None, False)])
def test_a_stock_is_low_when_few_are_left(api, make_reward, quantity, low):
    reward = make_reward(quantity=quantity)

    assert api.get(f"{REWARDS}/{reward.pk}").json()["data"]["lowStock"] is low


def test_a_manager_says_when_a_stock_is_low(make_staff, sign_in, make_reward):
    manager = sign_in(make_staff("max", "catalogue manager"))
    reward = make_reward(quantity=30)

    changed = manager.put(f"{REWARDS}/{reward.pk}", {"lowStockAt": 30}).json()["data"]
    refused = manager.put(f"{REWARDS}/{reward.pk}", {"lowStockAt": -1})

    assert (changed["lowStockAt"], changed["lowStock"]) == (30, True)
    assert refused.status_code == 400
    assert refused.json()["details"][0]["field"] == "lowStockAt"
