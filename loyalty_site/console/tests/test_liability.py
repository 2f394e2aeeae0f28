"""What members hold by when it lapses, and what they redeem."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from loyalty_site.console.kept import keep
from loyalty_site.console.liability import Due, Popular, list_due, list_popular
from points.tests.books import earn, spend
from rewards.enums import RedemptionStatus
from rewards.models import Reward
from rewards.services.redemptions import decide_redemption, redeem_reward

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)


@pytest.fixture
def mia(programme, make_member):
    return make_member("mia")


def points_by_label(now=NOON):
    return {entry.label: entry.points for entry in list_due(now=now) if entry.points}


def test_points_stand_under_the_month_of_their_last_day(mia):
    earn(mia, 100, now=NOON - timedelta(days=9), days=3)
    # The end of March is the first instant of April.
    earn(mia, 40, now=NOON, days=16)
    earn(mia, 30, now=NOON, days=17)
    earn(mia, 5, now=NOON, days=900)
    spend(mia, 15, now=NOON)
    assert points_by_label() == {"2026-03-01": 25, "2026-04-01": 30, "Later": 5}


def test_points_that_never_lapse_and_a_zone_of_its_own(mia, settings):
    settings.LOYALTY_TIME_ZONE = "Europe/Berlin"
    earn(mia, 40, now=NOON, days=16)
    earn(mia, 7, now=NOON, days=0)
    due = list_due(now=NOON)
    assert due[0] == Due(label="2026-03-01", points=40)
    assert due[0].name == "Mar 2026"
    assert due[-1] == Due(label="Never", points=7)
    assert len(due) == 14


def test_it_is_measured_once_in_five_minutes(mia, django_assert_num_queries):
    earn(mia, 40, now=NOON, days=16)
    with django_assert_num_queries(1):
        first, second = list_due(now=NOON), list_due(now=NOON)
    assert first == second


def test_without_redis_it_is_measured_each_time(settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    figures = iter([1, 2])
    assert [keep("x", seconds=9, measure=lambda: next(figures)) for _ in range(2)] == [1, 2]


def test_rewards_are_told_by_how_often_they_were_redeemed(mia, make_staff):
    earn(mia, 9_000, now=NOON - timedelta(days=60))
    tea, cake = Reward.objects.order_by("points_required", "pk")[:2]

    def redeem(reward, at):
        return redeem_reward(member=mia, reward_id=reward.pk, now=at)

    redeem(cake, NOON - timedelta(days=31))
    for hours in range(4):
        redeem(tea, NOON - timedelta(hours=hours))
    redeem(cake, NOON)
    rejected = redeem(cake, NOON)
    decide_redemption(
        redemption_id=rejected.pk,
        status=RedemptionStatus.REJECTED,
        actor=make_staff("ann"),
        notes="Closed",
        now=NOON,
    )
    assert list_popular(now=NOON) == [
        Popular(title=tea.title, count=4, points=4 * tea.points_required, share=100),
        Popular(title=cake.title, count=1, points=cake.points_required, share=25),
    ]


def test_an_empty_programme_says_so(programme, make_staff):
    client = Client()
    client.force_login(make_staff("ann", "approver"))
    page = client.get("/admin/").text
    assert "Nobody holds points yet" in page
    assert "Nobody has redeemed anything lately" in page
    assert "due-data" not in page
