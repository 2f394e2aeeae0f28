"""The console's front page says what waits and what moved."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from loyalty_site.console.months import Month, list_months
from loyalty_site.console.numbers import (
    Figure,
    list_figures,
    measure_outstanding,
    measure_waiting,
)
from points.enums import TransactionType
from points.services.accounts import open_account
from points.services.postings import Cause, Source, award_points, reverse_transaction, spend_points
from rewards.enums import RedemptionStatus
from rewards.models import Reward
from rewards.services.redemptions import decide_redemption, redeem_reward

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)
YESTERDAY = NOON - timedelta(days=1)
LAST_MONTH = NOON - timedelta(days=30)


def make_cause(name, at):
    return Cause(source=Source(type="test", id=name, rule="start"), occurred_at=at)


@pytest.fixture
def account(programme, make_member):
    return make_member("mia").point_account


@pytest.fixture
def earn(account):
    def earn_points(name, amount, at, type=TransactionType.EARN):  # noqa: A002
        return award_points(
            account_id=account.pk, amount=amount, cause=make_cause(name, at), now=at, type=type
        )

    return earn_points


@pytest.fixture
def spend(account):
    def spend_some(name, amount, at):
        return spend_points(
            account_id=account.pk, amount=amount, cause=make_cause(name, at), now=at
        )

    return spend_some


@pytest.fixture
def open_front_page(django_assert_num_queries):
    """Return a function that opens the front page in an exact number of queries."""

    def open_as(person, queries):
        client = Client()
        client.force_login(person)
        with django_assert_num_queries(queries):
            response = client.get("/admin/")
        assert response.status_code == 200
        return response

    return open_as


def figure(label, now=NOON):
    return next(entry for entry in list_figures(now=now) if entry.label == label)


def test_today_and_yesterday_are_told_apart(earn, spend):
    earn("old", 500, LAST_MONTH)
    earn("yesterday", 70, YESTERDAY)
    earn("grant", 30, NOON, TransactionType.ADMIN_GRANT)
    earn("today", 5, NOON)
    spend("coffee", 50, NOON)
    assert figure("Points issued") == Figure(label="Points issued", today=35, yesterday=70)
    assert figure("Points spent") == Figure(label="Points spent", today=50, yesterday=0)
    assert figure("Points expired") == Figure(label="Points expired", today=0, yesterday=0)


def test_a_day_begins_at_midnight_of_the_programme_s_zone(earn, settings):
    earn("late", 10, datetime(2026, 3, 14, 23, 30, tzinfo=UTC))
    assert figure("Points issued").today == 0
    settings.LOYALTY_TIME_ZONE = "Europe/Berlin"
    assert figure("Points issued").today == 10


def test_members_and_redemptions_of_today_are_counted(earn, account, make_member):
    earn("rich", 1_000, LAST_MONTH)
    reward = Reward.objects.order_by("points_required").first()
    redeem_reward(member=account.member, reward_id=reward.pk, now=NOON)
    assert figure("Redemptions").today == 1
    newcomer = make_member("leo")
    assert figure("New members", now=newcomer.point_account.opened_at).today == 2


def test_months_hold_what_moved_in_them_and_empty_ones_are_there(earn, spend, account):
    earn("old", 500, LAST_MONTH)
    earn("new", 20, NOON)
    spent = spend("coffee", 50, NOON)
    reverse_transaction(
        transaction_id=spent.transaction_id, cause=make_cause("back", NOON), now=NOON
    )
    earn("ancient", 9, NOON - timedelta(days=400))
    months = list_months(now=NOON)
    assert len(months) == 12
    assert months[0] == Month(start_date=datetime(2025, 4, 1, tzinfo=UTC).date())
    assert months[-2] == Month(start_date=datetime(2026, 2, 1, tzinfo=UTC).date(), issued=500)
    assert months[-1] == Month(
        start_date=datetime(2026, 3, 1, tzinfo=UTC).date(), issued=20, spent=50, returned=50
    )


def test_a_month_that_is_over_is_summed_once(earn, django_assert_num_queries):
    earn("old", 500, LAST_MONTH)
    assert list_months(now=NOON)[-2].issued == 500
    earn("new", 20, NOON)
    with django_assert_num_queries(1) as queries:
        months = list_months(now=NOON)
    assert (months[-2].issued, months[-1].issued) == (500, 20)
    assert "2026-03-01" in queries.captured_queries[0]["sql"]
    earn("next", 3, NOON + timedelta(days=30))
    later = list_months(now=NOON + timedelta(days=30))
    assert (later[-3].issued, later[-2].issued, later[-1].issued) == (500, 20, 3)


def test_months_are_there_without_redis(earn, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    earn("old", 500, LAST_MONTH)
    assert list_months(now=NOON)[-2].issued == 500


def test_outstanding_points_leave_out_what_is_due(earn, account, settings):
    settings.LOYALTY_POINTS_EXPIRE_AFTER_DAYS = 20
    earn("lapsed", 100, LAST_MONTH)
    earn("soon", 40, NOON)
    settings.LOYALTY_POINTS_EXPIRE_AFTER_DAYS = 0
    earn("for ever", 7, NOON)
    account.refresh_from_db()
    assert account.balance == 147
    outstanding = measure_outstanding(now=NOON)
    assert (outstanding.points, outstanding.members, outstanding.lapsing) == (47, 1, 40)


def test_what_waits_is_counted_with_the_age_of_the_oldest(earn, account, make_staff):
    earn("rich", 5_000, LAST_MONTH)
    cheapest = Reward.objects.order_by("points_required").first()
    waits = redeem_reward(member=account.member, reward_id=cheapest.pk, now=YESTERDAY)
    redeem_reward(member=account.member, reward_id=cheapest.pk, now=NOON)
    waiting = measure_waiting(now=NOON)
    assert (waiting.pending, waiting.oldest_at, waiting.long) == (2, YESTERDAY, 0)
    assert measure_waiting(now=NOON + timedelta(days=1, hours=1)).long == 1
    decide_redemption(
        redemption_id=waits.pk,
        status=RedemptionStatus.APPROVED,
        actor=make_staff("ann", "approver"),
        now=NOON,
    )
    waiting = measure_waiting(now=NOON)
    assert (waiting.pending, waiting.oldest_at, waiting.approved) == (1, NOON, 1)


def test_the_page_takes_the_same_queries_whatever_there_is(
    earn, account, make_staff, open_front_page
):
    person = make_staff("ann", "approver")
    open_front_page(person, 17)
    earn("rich", 5_000, LAST_MONTH)
    cheapest = Reward.objects.order_by("points_required").first()
    for hours in range(3):
        redeem_reward(
            member=account.member, reward_id=cheapest.pk, now=NOON + timedelta(hours=hours)
        )
    assert "3 redemptions wait for a decision" in open_front_page(person, 15).text


def test_staff_without_permissions_see_no_figures(make_staff, make_member, programme):
    stranger = make_staff("otto", "nothing of this name")
    stranger.is_superuser = False
    stranger.save()
    client = Client()
    client.force_login(stranger)
    page = client.get("/admin/").text
    assert "Outstanding points" not in page
    assert "decision" not in page


def test_members_are_asked_to_sign_in(member):
    client = Client()
    client.force_login(member)
    assert client.get("/admin/").status_code == 302
    assert open_account(member=member, now=NOON).balance == 0
