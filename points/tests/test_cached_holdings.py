"""GET /rewards/points/<userId>: kept for five minutes, never out of step with a commit."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction

from points.models import PointAccount
from points.selectors import get_holdings
from points.services import cached_holdings
from points.services.cached_holdings import drop_cached_holdings, get_cached_holdings
from points.services.expiry import expire_due_lots
from points.tests.books import NOW, earn, spend

PATH = "/rewards/points/mia"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_kept():
    """Other runs had members with the same keys."""
    cache.clear()
    cached_holdings._Pause.until = 0.0


def look(member, now=NOW):
    return get_cached_holdings(member_id=member.pk, now=now).points


def refused(response):
    return response.status_code, response.json()["code"]


def test_a_member_sees_what_they_can_spend_and_what_they_earned(member, sign_in):
    earn(member, 100, days=0)
    spend(member, 30)

    response = sign_in(member).get(PATH)

    assert response.status_code == 200
    assert response.json()["data"] == {"userId": "mia", "points": 70, "lifetimePoints": 100}


def test_who_may_look(member, make_member, make_staff, sign_in):
    make_member("noa")
    earn(member, 10, days=0)

    assert sign_in(make_staff("ann", "auditor")).get(PATH).json()["data"]["points"] == 10
    assert sign_in(make_staff("shop", "host")).get(PATH).json()["data"]["points"] == 10
    clerk = make_staff("clerk", "in no group")
    for path in (PATH, "/rewards/points/nobody"):
        noas = sign_in(make_member()).get(path)
        assert refused(noas) == (404, "member_not_found")
        assert refused(sign_in(clerk).get(path)) == (403, "forbidden")
        assert refused(sign_in().get(path)) == (401, "not_authenticated")
    staff = sign_in(make_staff("eve", "support"))
    assert refused(staff.get("/rewards/points/nobody")) == (404, "member_not_found")


def test_looking_again_asks_the_database_for_nothing_but_the_token(
    member, sign_in, django_assert_num_queries
):
    earn(member, 10, days=0)
    api = sign_in(member)

    with django_assert_num_queries(2):
        api.get(PATH)
    with django_assert_num_queries(1):
        assert api.get(PATH).json()["data"]["points"] == 10
    with django_assert_num_queries(0):
        assert look(member) == 10


def test_every_posting_is_seen_at_once(member):
    earned = earn(member, 100, days=0)
    assert look(member) == 100

    taken = spend(member, 30)
    assert look(member) == 70

    earn(member, 5, days=1)
    assert look(member) == 75
    list(expire_due_lots(now=NOW + timedelta(days=3)))
    assert look(member) == 70
    assert earned.account_id == taken.account_id


def test_one_mark_counts_for_everybody_when_many_are_posted_to(
    member, make_member, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(cached_holdings, "MARKS_MAX", 1)
    noa, leo = make_member("noa"), make_member("leo")
    for person in (member, noa, leo):
        look(person)

    drop_cached_holdings(member_ids=[member.pk])
    with django_assert_num_queries(1):
        for person in (member, leo):
            look(person)
    drop_cached_holdings(member_ids=[member.pk, noa.pk])
    with django_assert_num_queries(3):
        for person in (member, noa, leo):
            look(person)


def test_a_posting_that_is_undone_drops_nothing_and_shows_nothing(member):
    earn(member, 100, days=0)
    look(member)

    with transaction.atomic():
        spend(member, 30)
        transaction.set_rollback(True)

    assert look(member) == 100


def test_points_leave_the_display_at_the_instant_they_lapse(member):
    earn(member, 10, days=1)
    lapses = get_holdings(member_id=member.pk, now=NOW).next_expiry_at
    assert lapses is not None

    assert look(member, lapses - timedelta(seconds=1)) == 10
    assert look(member, lapses) == 0


def test_a_slow_reader_does_not_bring_old_figures_back(member, monkeypatch):
    earn(member, 100, days=0)

    def read_slowly(**looked):
        read = get_holdings(**looked)
        monkeypatch.setattr(cached_holdings, "get_holdings", get_holdings)
        spend(member, 30)
        return read

    monkeypatch.setattr(cached_holdings, "get_holdings", read_slowly)
    assert look(member) == 100

    assert look(member) == 70


def test_nothing_is_decided_by_what_is_kept(member, sign_in, make_staff):
    earn(member, 10, days=0)
    cached_holdings._forgetter.finish()
    look(member)
    # Somebody plants a fortune in Redis.
    holdings_key = cached_holdings._holdings_key(member.pk)
    mark, kept = cache.get(holdings_key)
    cache.set(holdings_key, (mark, kept | {"points": 1_000_000}), 60)

    body = {"userId": "mia", "points": 11, "reason": "Test"}
    response = sign_in(make_staff("sue", "support")).post("/v2/gamification/points/deduct", body)

    assert refused(response) == (409, "insufficient_points")


def test_without_redis_it_is_read_from_the_database(member, sign_in, settings):
    earn(member, 10, days=0)
    look(member)
    api = sign_in(member)
    away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}

    spend(member, 4)

    assert api.get(PATH).json()["data"]["points"] == 6


def test_after_a_failure_redis_is_left_alone_for_some_seconds(member, settings, caplog):
    away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    with time_machine.travel(NOW, tick=False):
        for _ in range(3):
            drop_cached_holdings(member_ids=[member.pk])

    assert [record.name for record in caplog.records] == ["points.services.cached_holdings"]


def test_who_has_no_account_has_nothing(member):
    PointAccount.objects.filter(member=member).delete()

    assert look(member) == 0
