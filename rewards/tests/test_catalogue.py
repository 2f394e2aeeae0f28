"""Keeping the catalogue: what is stocked, changed and installed."""

import csv
from pathlib import Path

import pytest

import loyalty_site.programme
from loyalty_site.testing.storms import run_together
from points.errors import Invalid
from rewards.enums import CATEGORIES
from rewards.errors import RewardNotFound
from rewards.models import Reward
from rewards.selectors import list_rewards_with_wrong_stock
from rewards.services.catalogue import create_reward, delete_reward, install_rewards, update_reward
from rewards.services.redemptions import redeem_reward

pytestmark = pytest.mark.django_db


def read_rows():
    path = Path(loyalty_site.programme.__file__).with_name("rewards.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_change_of_the_stock_counts_from_what_the_editor_saw(make_member, make_reward, now):
    tea = make_reward(quantity=10)
    for _ in range(2):
        redeem_reward(member=make_member(points=50), reward_id=tea.pk, now=now)

    update_reward(reward_id=tea.pk, fields={"quantity": 15}, quantity_seen=10, now=now)

    tea.refresh_from_db()
    assert tea.quantity == 13
    assert not list_rewards_with_wrong_stock().exists()


def test_taking_away_more_than_is_left_leaves_none(make_member, make_reward, now):
    tea = make_reward(quantity=2)
    redeem_reward(member=make_member(points=50), reward_id=tea.pk, now=now)

    update_reward(reward_id=tea.pk, fields={"quantity": 0}, quantity_seen=2, now=now)

    tea.refresh_from_db()
    assert tea.quantity == 0
    assert not list_rewards_with_wrong_stock().exists()


def test_without_what_was_seen_the_number_is_what_is_left(make_member, make_reward, now):
    tea = make_reward(quantity=10)
    redeem_reward(member=make_member(points=50), reward_id=tea.pk, now=now)

    update_reward(reward_id=tea.pk, fields={"quantity": 4}, now=now)

    tea.refresh_from_db()
    assert (tea.quantity, tea.quantity_stocked) == (4, 5)


def test_a_stock_that_was_tampered_with_is_found(make_reward):
    tea = make_reward(quantity=10)

    Reward.objects.filter(pk=tea.pk).update(quantity=11)

    assert [reward.pk for reward in list_rewards_with_wrong_stock()] == [tea.pk]


def test_a_change_that_makes_no_sense_changes_nothing(reward, now):
    with pytest.raises(Invalid) as caught:
        update_reward(reward_id=reward.pk, fields={"points_required": 0, "title": "Cake"}, now=now)

    reward.refresh_from_db()
    assert [problem["field"] for problem in caught.value.details] == ["pointsRequired"]
    assert (reward.points_required, reward.title) == (50, "Tea")


def test_a_reward_that_makes_no_sense_is_not_created(now):
    with pytest.raises(Invalid):
        create_reward(fields={"title": "Tea", "category": "", "points_required": 5}, now=now)

    assert not Reward.objects.exists()


def test_a_deleted_reward_cannot_be_changed(reward, now):
    delete_reward(reward_id=reward.pk, now=now)

    with pytest.raises(RewardNotFound):
        update_reward(reward_id=reward.pk, fields={"title": "Cake"}, now=now)


def test_the_programmes_rewards_cover_the_five_categories():
    rows = read_rows()

    assert install_rewards(rows=rows) == len(rows) == 12
    assert set(Reward.objects.values_list("category", flat=True)) == set(CATEGORIES)
    for reward in Reward.objects.all():
        reward.full_clean()
    assert not list_rewards_with_wrong_stock().exists()


def test_installing_again_overwrites_nothing_and_brings_nothing_back(now):
    rows = read_rows()
    install_rewards(rows=rows)
    first, second = Reward.objects.order_by("pk")[:2]
    update_reward(reward_id=first.pk, fields={"points_required": 9}, now=now)
    delete_reward(reward_id=second.pk, now=now)

    assert install_rewards(rows=rows) == 0

    first.refresh_from_db()
    second.refresh_from_db()
    assert first.points_required == 9
    assert second.deleted_at == now


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_installing_twice_at_once_installs_once():
    rows = read_rows()

    results = run_together(2, lambda _: install_rewards(rows=rows))

    assert sorted(map(str, results)) == ["0", "12"]
    assert Reward.objects.count() == 12
