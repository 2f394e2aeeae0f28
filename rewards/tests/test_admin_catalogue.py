"""The catalogue on the console."""

import pytest

from points.models import LevelConfig
from rewards.models import Redemption, Reward
from rewards.services.catalogue import delete_reward
from rewards.services.redemptions import redeem_reward

pytestmark = pytest.mark.django_db

CATALOGUE = "/admin/rewards/reward/"


@pytest.fixture
def console(client, make_staff):
    client.force_login(make_staff("max", "catalogue manager"))
    return client


def form(**values):
    return {
        "title": "Tea",
        "description": "",
        "category": "Lifestyle",
        "partner": "",
        "image_url": "",
        "points_required": "50",
        "quantity": "",
        "initial-quantity": "",
        "low_stock_at": "5",
        "per_member_max": "",
        "is_active": "on",
        "valid_from_0": "",
        "valid_from_1": "",
        "valid_until_0": "",
        "valid_until_1": "",
        "minimum_level": "",
    } | values


def titles(response):
    assert response.status_code == 200
    return [reward.title for reward in response.context["cl"].result_list]


def test_a_reward_is_added(console):
    LevelConfig.objects.create(name="gold", tier=3, min_points=2_500)

    response = console.post(f"{CATALOGUE}add/", form(quantity="7"))

    assert response.status_code == 302
    reward = Reward.objects.get()
    assert (reward.title, reward.quantity, reward.quantity_stocked) == ("Tea", 7, 7)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"points_required": "0"}, "greater than or equal to 1"),
        ({"quantity": "-1"}, "greater than or equal to 0"),
        ({"image_url": "http://example.com/a.jpg"}, "valid URL"),
        ({"image_url": "javascript:alert(1)"}, "valid URL"),
        (
            {
                "valid_from_0": "2026-02-01",
                "valid_from_1": "00:00",
                "valid_until_0": "2026-01-01",
                "valid_until_1": "00:00",
            },
            "must begin before it ends",
        ),
    ],
)
def test_a_reward_that_makes_no_sense_is_refused_in_words(console, values, sentence):
    response = console.post(f"{CATALOGUE}add/", form(**values))

    assert sentence in response.content.decode()
    assert not Reward.objects.exists()


def test_editing_a_title_leaves_the_stock_that_moved_meanwhile(
    console, make_member, make_reward, now
):
    tea = make_reward(quantity=10)
    redeem_reward(member=make_member(points=50), reward_id=tea.pk, now=now)

    console.post(
        f"{CATALOGUE}{tea.pk}/change/",
        form(**{"title": "Green tea", "quantity": "10", "initial-quantity": "10"}),
    )

    tea.refresh_from_db()
    assert (tea.title, tea.quantity) == ("Green tea", 9)


def test_restocking_adds_to_what_is_left(console, make_member, make_reward, now):
    tea = make_reward(quantity=10)
    assert 'name="initial-quantity"' in console.get(f"{CATALOGUE}{tea.pk}/change/").content.decode()
    redeem_reward(member=make_member(points=50), reward_id=tea.pk, now=now)

    console.post(
        f"{CATALOGUE}{tea.pk}/change/", form(**{"quantity": "15", "initial-quantity": "10"})
    )

    tea.refresh_from_db()
    assert tea.quantity == 14


def test_deleting_keeps_the_row_and_its_redemptions(console, make_member, reward, now):
    redeem_reward(member=make_member(points=50), reward_id=reward.pk, now=now)

    page = console.get(f"{CATALOGUE}{reward.pk}/delete/").content.decode()
    response = console.post(f"{CATALOGUE}{reward.pk}/delete/", {"post": "yes"})

    assert "stays on record" in page
    assert response.status_code == 302
    reward.refresh_from_db()
    assert reward.deleted_at is not None
    assert Redemption.objects.count() == 1
    assert titles(console.get(CATALOGUE)) == []
    assert titles(console.get(f"{CATALOGUE}?catalogue=deleted")) == ["Tea"]


def test_several_are_deleted_at_once(console, make_reward):
    rewards = [make_reward("Tea"), make_reward("Cake")]
    data = {"action": "delete_selected", "_selected_action": [reward.pk for reward in rewards]}

    page = console.post(CATALOGUE, data).content.decode()
    console.post(CATALOGUE, data | {"post": "yes"})

    assert "stays on record" in page
    assert Reward.objects.filter(deleted_at__isnull=False).count() == 2


def test_a_deleted_reward_can_be_read_and_not_brought_back(console, reward, now):
    delete_reward(reward_id=reward.pk, now=now)
    path = f"{CATALOGUE}{reward.pk}/change/"

    assert 'name="_save"' not in console.get(path).content.decode()
    assert console.post(path, form()).status_code == 403


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("stock=out", ["None left"]),
        ("stock=low", ["Few left"]),
        ("stock=left", ["Many left"]),
        ("stock=unlimited", ["Endless"]),
        ("q=few", ["Few left"]),
    ],
)
def test_the_catalogue_is_narrowed(console, make_reward, query, expected):
    make_reward("None left", quantity=0)
    make_reward("Few left", quantity=5)
    make_reward("Many left", quantity=6)
    make_reward("Endless", quantity=None)

    assert titles(console.get(f"{CATALOGUE}?{query}")) == expected


def test_a_reward_whose_codes_ran_out_says_so(console, make_reward, make_pool):
    make_reward("Cinema", quantity=9, code_pool=make_pool("Empty"))
    make_reward("Tea", quantity=9, code_pool=make_pool("Full", codes=["CODE-A"]))

    page = console.get(CATALOGUE).content.decode()

    assert page.count("No codes left") == 1
    assert page.count("9 left") == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_catalogue_costs_the_same_however_long(
    console, make_reward, make_pool, count, django_assert_num_queries
):
    for number in range(count):
        make_reward(f"Tea {number}", code_pool=make_pool(f"Pool {number}"))
    console.get(CATALOGUE)

    # Session, person, their own and their groups' permissions, the categories to filter by, two
    # counts, the rows, and what the navigation says of the queue.
    with django_assert_num_queries(9):
        assert len(titles(console.get(CATALOGUE))) == count


def test_who_may_only_read_changes_nothing(client, make_staff, reward):
    client.force_login(make_staff("sam", "support"))

    assert titles(client.get(CATALOGUE)) == ["Tea"]
    assert client.post(f"{CATALOGUE}{reward.pk}/change/", form()).status_code == 403
    assert client.post(f"{CATALOGUE}{reward.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_selection_that_makes_no_sense_is_refused(console, reward):
    response = console.post(
        CATALOGUE, {"action": "delete_selected", "_selected_action": "abc"}, follow=True
    )

    assert response.status_code == 200
    assert "not there" in response.content.decode()
