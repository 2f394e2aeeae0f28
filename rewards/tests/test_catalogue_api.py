"""The catalogue over HTTP: what members see, what staff change, what is refused."""

from datetime import timedelta

import pytest

from points.models import LevelConfig
from rewards.enums import RedemptionStatus
from rewards.models import Redemption, Reward
from rewards.services.catalogue import delete_reward
from rewards.services.redemptions import decide_redemption, redeem_reward

pytestmark = pytest.mark.django_db

REWARDS = "/v2/gamification/rewards"


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=120)


@pytest.fixture
def api(mia, sign_in):
    return sign_in(mia)


@pytest.fixture
def manager(make_staff, sign_in):
    return sign_in(make_staff("max", "catalogue manager"))


def titles(response):
    assert response.status_code == 200, response.content
    return [reward["title"] for reward in response.json()["data"]["rewards"]]


def refusal(response):
    return response.status_code, response.json()["code"]


def test_a_reward_has_the_documented_shape(api, make_reward):
    tea = make_reward(partner="Kettle", image_url="https://example.com/tea.jpg", quantity=3)

    data = api.get(REWARDS).json()["data"]

    assert data["total"] == 1
    assert data["userPoints"] == 120
    [reward] = data["rewards"]
    assert reward.pop("createdAt")
    assert reward.pop("updatedAt")
    assert reward == {
        "id": str(tea.pk),
        "title": "Tea",
        "description": "",
        "category": "Food & Drinks",
        "pointsRequired": 50,
        "partner": "Kettle",
        "quantity": 3,
        "imageUrl": "https://example.com/tea.jpg",
        "isActive": True,
        "available": True,
        "lowStock": True,
        "lowStockAt": 5,
        "isWatched": False,
        "validFrom": None,
        "validUntil": None,
        "perMemberMax": None,
        "minimumLevel": None,
    }


def test_what_is_missing_is_null(api, make_reward):
    tea = make_reward()

    reward = api.get(f"{REWARDS}/{tea.pk}").json()["data"]

    assert (reward["partner"], reward["imageUrl"], reward["quantity"]) == (None, None, None)


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_however_long(api, make_reward, django_assert_num_queries, count):
    level = LevelConfig.objects.create(name="gold", tier=3, min_points=2_500)
    for number in range(count):
        make_reward(f"Tea {number}", minimum_level=level)

    # The caller, whether they may see all (two), their account, what is due, the count, the page.
    with django_assert_num_queries(7):
        response = api.get(REWARDS)

    assert len(titles(response)) == count


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Tea", "Cake", "Yoga", "Sold out", "Later"]),
        ("category=Lifestyle", ["Yoga"]),
        ("category=Unheard%20of", []),
        ("minPoints=60", ["Cake", "Yoga", "Sold out", "Later"]),
        ("maxPoints=60", ["Tea", "Cake"]),
        ("minPoints=60&maxPoints=60", ["Cake"]),
        ("available=true", ["Tea", "Cake", "Yoga"]),
        ("available=false", ["Tea", "Cake", "Yoga", "Sold out", "Later"]),
        ("search=CAK", ["Cake"]),
        ("search=%25", ["Yoga"]),
        ("search=kettle", ["Tea"]),
        ("search=&category=&minPoints=", ["Tea", "Cake", "Yoga", "Sold out", "Later"]),
        ("sortBy=title", ["Cake", "Later", "Sold out", "Tea", "Yoga"]),
        ("sortBy=createdAt&sortOrder=desc", ["Later", "Sold out", "Yoga", "Cake", "Tea"]),
        ("sortOrder=desc", ["Later", "Sold out", "Yoga", "Cake", "Tea"]),
        ("page=2&limit=2", ["Yoga", "Sold out"]),
        ("page=9", []),
    ],
)
def test_the_list_is_narrowed(api, make_reward, now, query, expected):
    make_reward("Tea", partner="Kettle")
    make_reward("Cake", points_required=60)
    make_reward("Yoga", points_required=70, category="Lifestyle", description="10 % off")
    make_reward("Sold out", points_required=80, quantity=0)
    make_reward("Later", points_required=90, valid_from=now + timedelta(days=1))
    make_reward("Hidden", is_active=False)

    assert titles(api.get(f"{REWARDS}?{query}")) == expected


def test_a_reward_whose_codes_ran_out_is_not_available(
    api, mia, make_reward, make_pool, make_staff, now
):
    pool = make_pool(codes=["CODE-A"])
    reward = make_reward("Cinema", points_required=1, quantity=None, code_pool=pool)
    assert titles(api.get(f"{REWARDS}?available=true")) == ["Cinema"]

    redemption = redeem_reward(member=mia, reward_id=reward.pk, now=now)
    decide_redemption(
        redemption_id=redemption.pk,
        status=RedemptionStatus.APPROVED,
        actor=make_staff("ann"),
        now=now,
    )

    assert titles(api.get(f"{REWARDS}?available=true")) == []
    assert [each["available"] for each in api.get(REWARDS).json()["data"]["rewards"]] == [False]
    assert api.get(f"{REWARDS}/{reward.pk}").json()["data"]["available"] is False
    assert refusal(api.post(f"{REWARDS}/redeem", {"rewardId": str(reward.pk)})) == (
        409,
        "codes_exhausted",
    )


@pytest.mark.parametrize(
    "query",
    [
        "minPoints=abc",
        "minPoints=-1",
        f"maxPoints={10**30}",
        "minPoints=1.5",
        "available=maybe",
        "available=True",
        f"search={'x' * 101}",
        "page=0",
        "limit=0",
        "sortBy=partner",
        "minPoints=1&minPoints=2",
        "search=%00",
    ],
)
def test_a_query_that_makes_no_sense_is_refused(api, query):
    response = api.get(f"{REWARDS}?{query}")

    assert response.status_code == 400
    assert response.json()["success"] is False


def test_members_do_not_see_what_is_inactive_and_staff_do(api, manager, make_reward, now):
    hidden = make_reward("Hidden", is_active=False)
    gone = make_reward("Gone")
    delete_reward(reward_id=gone.pk, now=now)

    assert titles(api.get(REWARDS)) == []
    assert refusal(api.get(f"{REWARDS}/{hidden.pk}")) == (404, "reward_not_found")
    assert titles(manager.get(REWARDS)) == ["Hidden"]
    assert manager.get(f"{REWARDS}/{hidden.pk}").status_code == 200
    assert refusal(manager.get(f"{REWARDS}/{gone.pk}")) == (404, "reward_not_found")


@pytest.mark.parametrize("reward_id", ["1", "abc", "-1", "1.5", "9" * 30, "%F0%9F%8D%B5", "1e3"])
@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_an_unknown_id_is_not_found(manager, method, reward_id):
    response = getattr(manager, method)(f"{REWARDS}/{reward_id}", {} if method == "put" else None)

    assert refusal(response) == (404, "reward_not_found")
    assert response.json()["error"] == "Reward not found"


@pytest.mark.parametrize("count", [1, 3])
def test_categories_cost_the_same_however_many(api, make_reward, django_assert_num_queries, count):
    for number in range(count):
        make_reward(category=f"Category {number}")

    # The caller, whether they may see all (two), the categories.
    with django_assert_num_queries(4):
        data = api.get(f"{REWARDS}/categories").json()["data"]

    assert {f"Category {number}" for number in range(count)} <= set(data["categories"])


def test_categories_are_the_documented_five_and_what_else_is_in_use(api, make_reward):
    make_reward(category="Vouchers")
    make_reward(category="Hidden ones", is_active=False)

    assert api.get(f"{REWARDS}/categories").json()["data"] == {
        "categories": [
            "Food & Drinks",
            "E-Commerce",
            "Lifestyle",
            "Transportation",
            "Event Access",
            "Vouchers",
        ]
    }


def test_a_manager_creates_a_reward(manager, api):
    body = {
        "title": "Coffee Voucher",
        "description": "One cup",
        "category": "Food & Drinks",
        "pointsRequired": 50,
        "partner": "Kopikku",
        "quantity": 100,
        "imageUrl": "https://example.com/coffee.jpg",
    }

    response = manager.post(REWARDS, body)

    assert response.status_code == 201
    created = response.json()["data"]
    assert {key: created[key] for key in body} == body
    assert titles(api.get(REWARDS)) == ["Coffee Voucher"]


def test_a_reward_can_have_a_window_a_limit_and_a_level(manager):
    LevelConfig.objects.create(name="gold", tier=3, min_points=2_500)
    body = {
        "title": "Lounge",
        "category": "Event Access",
        "pointsRequired": 10**9,
        "quantity": None,
        "partner": None,
        "isActive": False,
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": "2026-02-01T00:00:00Z",
        "perMemberMax": 2,
        "minimumLevel": "gold",
    }

    created = manager.post(REWARDS, body).json()["data"]

    assert {key: created[key] for key in body} == body


GOOD = {"title": "Tea", "category": "Lifestyle", "pointsRequired": 50}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": 5}, "title"),
        ({"category": None}, "category"),
        ({"pointsRequired": 0}, "pointsRequired"),
        ({"pointsRequired": 10**9 + 1}, "pointsRequired"),
        ({"pointsRequired": "50"}, "pointsRequired"),
        ({"pointsRequired": True}, "pointsRequired"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": 1.0}, "quantity"),
        ({"imageUrl": "http://example.com/a.jpg"}, "imageUrl"),
        ({"imageUrl": "javascript:alert(1)"}, "imageUrl"),
        ({"imageUrl": "data:text/html,x"}, "imageUrl"),
        ({"isActive": "true"}, "isActive"),
        ({"isActive": 1}, "isActive"),
        ({"validFrom": "2026-01-01T00:00:00"}, "validFrom"),
        ({"perMemberMax": 0}, "perMemberMax"),
        ({"minimumLevel": "emerald"}, "minimumLevel"),
        ({"minimumLevel": {"name": "gold"}}, "minimumLevel"),
        ({"colour": "red"}, "colour"),
        ({"validFrom": "2026-02-01T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"}, None),
    ],
)
def test_a_body_that_makes_no_sense_is_refused_by_field(manager, change, field):
    response = manager.post(REWARDS, GOOD | change)

    assert refusal(response) == (400, "validation_failed")
    assert [problem["field"] for problem in response.json()["details"]] == [field]
    assert not Reward.objects.exists()


def test_a_manager_changes_what_is_sent_and_nothing_else(manager, make_reward):
    tea = make_reward(partner="Kettle", quantity=3)

    response = manager.put(f"{REWARDS}/{tea.pk}", {"pointsRequired": 75, "quantity": 8})

    assert response.status_code == 200
    changed = response.json()["data"]
    assert (changed["pointsRequired"], changed["quantity"]) == (75, 8)
    assert (changed["title"], changed["partner"]) == ("Tea", "Kettle")


def test_a_deleted_reward_leaves_lists_and_its_redemptions_stay(
    manager, api, mia, make_reward, now
):
    tea = make_reward()
    redemption = redeem_reward(member=mia, reward_id=tea.pk, now=now)

    response = manager.delete(f"{REWARDS}/{tea.pk}")

    assert response.status_code == 200
    assert response.json()["data"] == {"id": str(tea.pk)}
    assert titles(api.get(REWARDS)) == []
    own = api.get(f"{REWARDS}/redemptions/{redemption.pk}")
    assert own.json()["data"]["rewards"]["title"] == "Tea"
    assert Redemption.objects.count() == 1
    assert refusal(manager.delete(f"{REWARDS}/{tea.pk}")) == (404, "reward_not_found")


@pytest.mark.parametrize(
    ("method", "path"), [("post", REWARDS), ("put", f"{REWARDS}/1"), ("delete", f"{REWARDS}/1")]
)
@pytest.mark.parametrize("group", [None, "approver", "support", "auditor"])
def test_only_catalogue_managers_change_it(mia, make_staff, sign_in, group, method, path):
    person = make_staff("sam", group) if group else mia

    response = getattr(sign_in(person), method)(path, {})

    assert response.status_code == 403


@pytest.mark.parametrize("path", ["", "/1", "/categories", "/redemptions", "/redemptions/1"])
def test_nobody_sees_it_without_signing_in(sign_in, db, path):
    assert sign_in().get(f"{REWARDS}{path}").status_code == 401


def test_a_refused_filter_lists_what_it_takes(api):
    assert api.get(f"{REWARDS}?available=maybe").json()["details"] == [
        {"field": "available", "message": "Must be one of: true, false."}
    ]


def test_a_query_parameter_that_is_not_known_is_ignored(api, make_reward):
    make_reward("Tea")

    assert titles(api.get(f"{REWARDS}?surprise=1")) == ["Tea"]
