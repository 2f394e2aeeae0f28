"""`GET /v2/gamification/dashboard` and `dashboard/user/:userId`: one page for everything."""

import pytest
from django.contrib.auth.models import Group

from gamification.models import Badge, OutageDay
from gamification.services.gauges import report_gauges
from gamification.services.projecting import project_backlog
from points.models import LevelConfig
from rewards.models import Redemption, Reward
from rewards.services.redemptions import redeem_reward

PATH = "/v2/gamification/dashboard"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]
QUERIES_OF_ONES_OWN = 6
QUERIES_OF_STAFF = 8


@pytest.fixture
def make_busy(record, make_member, now):
    """Return a function that makes a member with so many of everything."""

    def make(user_id: str, count: int):
        Reward.objects.update(quantity=None, per_member_max=None)
        member = make_member(user_id, points=100 * count)
        days = [f"2026-{1 + n // 28:02}-{1 + n % 28:02}T10:00:00+00:00" for n in range(count)]
        record(user_id, *days)
        record(user_id, *days, action="MAKE_CONNECTION")
        cheapest = Reward.objects.order_by("points_required", "pk").first()
        for _ in range(count):
            redeem_reward(member=member, reward_id=cheapest.pk, now=now)
        numbers = {"trust_score": 95.8, "profile_completion": 80}
        report_gauges(member=member, numbers=numbers, now=now)
        list(project_backlog())
        return member

    return make


def test_an_empty_member_sees_zeros_and_the_way_to_the_badges(member, sign_in):
    data = sign_in(member).get(PATH).json()["data"]

    on_offer = Reward.objects.filter(is_active=True).count()
    assert data["points"] == {"total": 0, "rank": None, "recentEarnings": []}
    assert (data["badges"]["total"], data["badges"]["earned"]) == (0, [])
    assert [row["percentage"] for row in data["badges"]["progress"]] == [0] * 10
    assert data["badges"]["progress"][0]["badge"]["type"] == "FIRST_FACE"
    assert data["rewards"] == {
        "availableCount": on_offer,
        "canAffordCount": 0,
        "recentRedemptions": [],
    }
    assert data["leaderboard"] == {"pointsRank": None, "trustScoreRank": None, "badgesRank": None}
    assert data["stats"] == {
        "eventsAttended": 0,
        "connectionsCount": 0,
        "trustScore": 0,
        "profileCompletion": 0,
    }


def test_a_busy_member_sees_the_newest_of_everything(make_busy, sign_in):
    mia = make_busy("mia", 12)
    client = sign_in(mia)
    data = client.get(PATH).json()["data"]

    assert (
        data["points"]["total"]
        == client.get("/v2/gamification/points").json()["data"]["totalPoints"]
    )
    history = client.get("/v2/gamification/points/history?limit=100").json()["data"]["history"]
    earned = [row for row in history if row["points"] > 0]
    assert len(earned) > 10
    assert data["points"]["recentEarnings"] == earned[:10]
    assert (data["points"]["rank"], data["leaderboard"]["pointsRank"]) == (1, 1)
    assert (data["leaderboard"]["trustScoreRank"], data["leaderboard"]["badgesRank"]) == (1, 1)
    assert data["stats"] == {
        "eventsAttended": 12,
        "connectionsCount": 12,
        "trustScore": 95.8,
        "profileCompletion": 80,
    }
    held = client.get("/v2/gamification/badges/my").json()["data"]
    assert data["badges"]["total"] == held["total"] > 0
    assert data["badges"]["earned"] == held["badges"]
    redemptions = data["rewards"]["recentRedemptions"]
    assert len(redemptions) == 5
    listed = client.get("/v2/gamification/rewards/redemptions?limit=5").json()["data"]
    assert redemptions == listed["redemptions"]


def test_progress_is_of_the_nearest_badges_not_held(record, sign_in, member):
    record("mia", "2026-03-01T10:00:00Z")
    record("mia", *["2026-03-01T10:00:00Z"] * 7, action="MAKE_CONNECTION")
    client = sign_in(member)
    shown = client.get(PATH).json()["data"]["badges"]
    every = client.get("/v2/gamification/badges/progress").json()["data"]["progress"]

    missing = [row for row in every if not row["isEarned"]]
    assert shown["progress"] == sorted(missing, key=lambda row: -row["percentage"])[:10]
    assert shown["progress"][0]["badge"]["type"] == "TOP_FRIEND"
    assert [badge["type"] for badge in shown["earned"]] == ["ICEBREAKER", "FIRST_FACE"]


def test_a_badge_that_is_no_longer_awarded_stays_with_its_holder(record, sign_in, member):
    record("mia", "2026-03-01T10:00:00Z")
    Badge.objects.filter(type="FIRST_FACE").update(is_active=False)
    badges = sign_in(member).get(PATH).json()["data"]["badges"]

    assert (badges["total"], badges["earned"][0]["type"]) == (1, "FIRST_FACE")
    assert "FIRST_FACE" not in [row["badge"]["type"] for row in badges["progress"]]


@pytest.mark.parametrize(
    ("changes", "available", "affordable"),
    [
        ({}, 1, 1),
        ({"points_required": 100}, 1, 1),
        ({"points_required": 101}, 1, 0),
        ({"quantity": 0}, 0, 0),
        ({"is_active": False}, 0, 0),
        ({"minimum": "bronze"}, 1, 1),
        ({"minimum": "silver"}, 1, 0),
    ],
)
def test_what_is_on_offer_and_what_of_it_can_be_had(
    make_member, sign_in, changes, available, affordable
):
    Reward.objects.update(is_active=False)
    level = changes.pop("minimum", None)
    minimum = LevelConfig.objects.get(name=level) if level else None
    wanted = {"title": "Tea", "category": "Lifestyle", "points_required": 50} | changes
    Reward.objects.create(minimum_level=minimum, **wanted)
    shown = sign_in(make_member("mia", points=100)).get(PATH).json()["data"]["rewards"]

    assert (shown["availableCount"], shown["canAffordCount"]) == (available, affordable)


@pytest.mark.parametrize("count", [1, 30])
def test_it_costs_the_same_whatever_the_history(
    make_busy, make_staff, sign_in, count, django_assert_num_queries
):
    mia = make_busy("mia", count)
    OutageDay.objects.create(day="2026-01-05", reason="Storm")
    own, staff = sign_in(mia), sign_in(make_staff("sue", "support"))
    with django_assert_num_queries(QUERIES_OF_ONES_OWN):
        mine = own.get(PATH)
    with django_assert_num_queries(QUERIES_OF_STAFF):
        theirs = staff.get(f"{PATH}/user/mia")

    assert Redemption.objects.count() == count
    assert mine.json()["data"]["stats"]["eventsAttended"] == count
    assert theirs.json()["data"] == mine.json()["data"]


@pytest.mark.parametrize("group", ["approver", "catalogue manager", "support", "auditor"])
def test_every_staff_group_may_read_a_members_dashboard(member, make_staff, sign_in, group):
    client = sign_in(make_staff("sue", group))

    assert client.get(f"{PATH}/user/mia").status_code == 200
    missing = client.get(f"{PATH}/user/nobody")
    assert (missing.status_code, missing.json()["code"]) == (404, "member_not_found")


def test_a_member_is_refused_before_anybody_is_looked_up(
    member, make_member, sign_in, django_assert_num_queries
):
    host = make_member("shop")
    host.groups.set(Group.objects.filter(name="host"))
    for viewer in (make_member("noa"), host):
        for user_id in ("mia", "nobody"):
            with django_assert_num_queries(3) as queries:
                response = sign_in(viewer).get(f"{PATH}/user/{user_id}")
            assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
            assert not any(user_id in query["sql"] for query in queries.captured_queries)
    assert sign_in(member).get(f"{PATH}/user/mia").status_code == 200
    assert sign_in().get(f"{PATH}/user/mia").status_code == 401
