"""`GET /v2/gamification/stats`: the figures of the platform, for staff."""

import pytest
from django.core.cache import cache

from gamification.services.awards import award_badge, revoke_badge
from gamification.services.gauges import report_gauges
from gamification.services.projecting import project_backlog
from points.models import PointAccount, PointTransaction
from rewards.enums import RedemptionStatus
from rewards.models import Reward
from rewards.services.options import redeem_option
from rewards.services.redemptions import decide_redemption, redeem_reward

PATH = "/v2/gamification/stats"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def boss(make_staff):
    return make_staff("ann")


@pytest.fixture
def figures(boss, sign_in):
    """Return a function that asks for the figures."""

    def ask():
        cache.clear()
        return sign_in(boss).get(PATH).json()["data"]

    return ask


def test_a_platform_where_nothing_happened_has_zeros(figures):
    data = figures()

    assert data.pop("asOf")
    assert data == {
        "points": {"totalAwarded": 0, "totalSpent": 0, "averageBalance": 0, "topEarner": None},
        "badges": {"totalAwarded": 0, "uniqueUsers": 0, "mostEarned": None},
        "rewards": {"totalRedeemed": 0, "totalPending": 0, "popularReward": None},
        "leaderboards": {"topPointsUser": None, "topTrustUser": None},
    }


def test_points_are_those_awarded_and_those_spent_and_not_returned(figures, boss, make_member, now):
    mia, ben = make_member("mia", points=900), make_member("ben", points=700)
    cheap = Reward.objects.order_by("points_required", "pk").first()
    kept, returned = (redeem_reward(member=mia, reward_id=cheap.pk, now=now) for _ in range(2))
    decide_redemption(
        redemption_id=str(returned.pk), status=RedemptionStatus.REJECTED, actor=boss, now=now
    )
    redeem_option(member=ben, reward_type="voucher", points=100, actor=ben, now=now)
    list(project_backlog())
    data = figures()

    spends = PointTransaction.objects.filter(type__in=["spend", "reversal"])
    spent = -sum(spends.values_list("amount", flat=True))
    balances = list(PointAccount.objects.values_list("balance", flat=True))
    assert data["points"] == {
        "totalAwarded": 1_600,
        "totalSpent": spent,
        "averageBalance": round(sum(balances) / len(balances), 2),
        "topEarner": {
            "user": {"id": "mia", "displayName": "Mia"},
            "balance": 900 - kept.points,
        },
    }
    assert data["leaderboards"]["topPointsUser"]["points"] == 900
    assert data["rewards"] == {
        "totalRedeemed": 1,
        "totalPending": 1,
        "popularReward": {
            "reward": {"id": str(cheap.pk), "title": cheap.title},
            "redemptionCount": 1,
        },
    }


def test_badges_are_those_held(figures, boss, make_member, now):
    members = [make_member(name) for name in ("mia", "ben", "noa")]
    for member in members:
        award_badge(
            actor=boss, user_id=member.public_id, badge_type="FIRST_FACE", reason="Came", now=now
        )
    award_badge(actor=boss, user_id="mia", badge_type="TOP_FRIEND", reason="Knows all", now=now)
    revoke_badge(id_or_type="FIRST_FACE", user_id="noa", actor=boss, reason="Did not", now=now)

    assert figures()["badges"] == {
        "totalAwarded": 3,
        "uniqueUsers": 2,
        "mostEarned": {"badge": {"type": "FIRST_FACE", "name": "First Face"}, "count": 2},
    }


def test_trust_is_led_by_who_is_trusted_most(figures, make_member, now):
    for name, score in (("mia", 70), ("ben", 95.8)):
        report_gauges(member=make_member(name), numbers={"trust_score": score}, now=now)
    list(project_backlog())

    assert figures()["leaderboards"]["topTrustUser"] == {
        "user": {"id": "ben", "displayName": "Ben"},
        "trustScore": 95.8,
    }


@pytest.mark.parametrize("count", [1, 3])
def test_figures_cost_the_same_for_all_and_nothing_for_a_minute(
    figures, boss, make_member, sign_in, now, count, django_assert_num_queries
):
    for number in range(count):
        member = make_member(f"member-{number}", points=500)
        report_gauges(member=member, numbers={"trust_score": 50}, now=now)
        award_badge(
            actor=boss, user_id=member.public_id, badge_type="FIRST_FACE", reason="Came", now=now
        )
        redeem_reward(member=member, reward_id=Reward.objects.earliest("pk").pk, now=now)
    list(project_backlog())
    client = sign_in(boss)
    with django_assert_num_queries(12):
        first = client.get(PATH).json()["data"]
    make_member("late", points=10_000)
    with django_assert_num_queries(1):
        second = client.get(PATH).json()["data"]

    assert second == first
    assert figures()["points"]["totalAwarded"] == first["points"]["totalAwarded"] + 10_000


def test_without_redis_the_figures_are_read_each_time(boss, make_member, sign_in, settings):
    settings.CACHES = {
        "default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:9/0"}
    }
    client = sign_in(boss)
    assert client.get(PATH).json()["data"]["points"]["totalAwarded"] == 0
    make_member("mia", points=100)
    assert client.get(PATH).json()["data"]["points"]["totalAwarded"] == 100


def test_only_staff_see_them(member, make_member, make_staff, sign_in):
    assert sign_in().get(PATH).status_code == 401
    for person in (member, make_staff("shop", "host")):
        response = sign_in(person).get(PATH)
        assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    for group in ("approver", "catalogue manager", "support", "auditor"):
        assert sign_in(make_staff(f"staff-{group[:3]}", group)).get(PATH).status_code == 200
