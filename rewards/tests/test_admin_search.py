"""Searching the queue and the record: by part of what names the member or the reward."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from points.selectors import people
from rewards.models import Redemption
from rewards.services.redemptions import redeem_reward

pytestmark = pytest.mark.django_db

QUEUE = "/admin/rewards/redemption/"


@pytest.fixture
def console(client, make_staff):
    client.force_login(make_staff("ann", "approver"))
    return client


@pytest.fixture
def redemptions(make_member, make_reward, now):
    """Return a redemption of Mia Moreau's and one of Leo's, of different rewards."""
    mia = make_member("shop-7", points=50, name="Mia Moreau", email="m.m@example.com")
    leo = make_member("shop_8", points=50, name="Léo 100%", email="leo@example.org")
    return [
        redeem_reward(member=mia, reward_id=make_reward("Iced coffee").pk, now=now),
        redeem_reward(member=leo, reward_id=make_reward("Tea, a pot").pk, now=now),
    ]


def search(console, text):
    response = console.get(QUEUE, {"q": text})
    return {entry.reward.title for entry in response.context["cl"].result_list}


MIA, LEO = {"Iced coffee"}, {"Tea, a pot"}


FOUND = {
    "shop": MIA | LEO,
    "SHOP-7": MIA,
    "mia m": MIA,
    "moreau mia": set(),
    "EXAMPLE.ORG": LEO,
    "LÉO": LEO,
    "coffee": MIA,
    "tea, a": LEO,
    "  shop-7 ": MIA,
    "nobody": set(),
    # Too short for any index.
    "m": MIA | LEO,
    "éo": LEO,
    "-7": MIA,
    # Literally: no wildcard, no escape.
    "shop_": LEO,
    "0%": LEO,
    "sh%p": set(),
    "\\": set(),
}


# Whether those who are meant are many or few.
@pytest.mark.parametrize("people_max", [0, 1_000])
def test_the_queue_is_searched_for_a_part_of_it(console, redemptions, monkeypatch, people_max):
    monkeypatch.setattr(people, "PEOPLE_MAX", people_max)

    assert {text: search(console, text) for text in FOUND} == FOUND


def test_a_search_keeps_to_the_filters(console, redemptions):
    reward_id = redemptions[0].reward_id

    response = console.get(QUEUE, {"q": "shop", "reward__id__exact": reward_id})

    assert list(response.context["cl"].result_list) == [redemptions[0]]


@pytest.mark.parametrize("count", [1, 3])
def test_a_search_costs_the_same_however_many(
    console, make_member, reward, now, count, django_assert_num_queries
):
    for _ in range(count):
        redeem_reward(member=make_member(points=50), reward_id=reward.pk, now=now)
    console.get(QUEUE)

    # Beside what the queue costs: the people, the rewards and what they redeemed.
    with django_assert_num_queries(12):
        assert len(console.get(QUEUE, {"q": "member"}).context["cl"].result_list) == count


def test_the_longest_waiting_are_found_first(console, make_member, reward, now, monkeypatch):
    monkeypatch.setattr("points.admin.queues.FOUND_MAX", 1)
    for _ in range(2):
        redeem_reward(member=make_member(points=50), reward_id=reward.pk, now=now)
    first = Redemption.objects.order_by("redeemed_at", "id").first()

    response = console.get(QUEUE, {"q": "member"})

    assert list(response.context["cl"].result_list) == [first]


def test_people_are_found_by_an_index_made_for_it(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = get_user_model().objects.filter(people.match_people("moreau")).explain()

    assert plan.count("accounts_user_search") == 3
