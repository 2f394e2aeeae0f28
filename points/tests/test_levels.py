"""Levels: reached by lifetime points, once each, and never lost."""

from datetime import timedelta

import pytest
from django.db.models import ProtectedError

from points.models import LevelConfig, ReachedLevel
from points.services.accounts import open_account, open_accounts
from points.services.activities import record_activities
from points.services.expiry import expire_due_lots
from points.services.programme import install_levels
from points.signals import level_reached
from points.tests.books import (
    NOW,
    account_of,
    earn,
    listening,
    make_action,
    make_levels,
    penalise,
    report,
    reverse,
    spend,
)


@pytest.fixture
def levels(db):
    return make_levels(bronze=0, silver=100, gold=250, platinum=500)


def level_of(member):
    return account_of(member).level.name


def reached_by(member):
    rows = ReachedLevel.objects.filter(account__member=member).order_by("level__tier")
    return list(rows.values_list("level__name", flat=True))


def announced(heard):
    return [reached.level_id for carried in heard for reached in carried["reached"]]


def test_a_new_member_starts_on_the_level_that_takes_nothing(levels, member):
    assert level_of(member) == "bronze"


def test_many_members_opened_at_once_start_on_it_too(levels, make_member, member, now):
    other = make_member("noa")
    open_accounts(member_ids=[member.pk, other.pk], now=now)

    assert level_of(other) == "bronze"


def test_without_levels_an_account_has_none_and_points_still_count(member):
    earn(member, 1_000)

    assert account_of(member).level is None


def test_installing_levels_puts_the_members_there_are_on_the_first(member):
    rows = [
        {"name": "bronze", "tier": "1", "min_points": "0", "perks": "A|B"},
        {"name": "silver", "tier": "2", "min_points": "100", "perks": ""},
    ]

    assert install_levels(rows=rows) == 2

    assert account_of(member).level.perks == ["A", "B"]
    assert install_levels(rows=rows) == 0


def test_opening_an_account_again_returns_the_one_that_is_open(levels, member, now):
    earn(member, 100)

    account = open_account(member=member, now=now)

    assert (account.balance, account.level) == (100, levels["silver"])


@pytest.mark.parametrize(("points", "level"), [(99, "bronze"), (100, "silver"), (101, "silver")])
def test_a_level_is_reached_at_its_threshold(levels, member, points, level):
    earn(member, points)

    assert level_of(member) == level


def test_a_level_is_reached_once_by_the_award_that_crossed_it(levels, member):
    earn(member, 60)
    with listening(level_reached) as heard:
        crossing = earn(member, 60)
        earn(member, 60)

    assert announced(heard) == [levels["silver"].pk]
    [carried] = heard[0]["reached"]
    assert (carried.member_id, carried.lifetime_points) == (member.pk, 120)
    row = ReachedLevel.objects.get(account__member=member)
    assert (row.level, row.transaction_id) == (levels["silver"], crossing.transaction_id)
    assert row.reached_at == NOW


def test_one_award_may_reach_several_levels_the_lowest_is_told_first(levels, member):
    with listening(level_reached) as heard:
        posting = earn(member, 300)

    expected = [levels["silver"].pk, levels["gold"].pk]
    assert announced(heard) == expected
    assert posting.reached_level_ids == tuple(expected)
    assert reached_by(member) == ["silver", "gold"]
    assert level_of(member) == "gold"


def test_a_replayed_award_tells_no_level_again(levels, member):
    earn(member, 300, source_id="order-1")

    with listening(level_reached) as heard:
        assert earn(member, 300, source_id="order-1").reached_level_ids == ()

    assert heard == []


def test_spending_and_penalties_never_lower_a_level(levels, member):
    earn(member, 300)

    spend(member, 200)
    penalise(member, 200)

    assert level_of(member) == "gold"


def test_points_that_lapse_never_lower_a_level(levels, member):
    earn(member, 300, days=1)

    list(expire_due_lots(now=NOW + timedelta(days=9)))

    assert account_of(member).balance == 0
    assert level_of(member) == "gold"


def test_points_spent_and_given_back_reach_nothing(levels, member):
    earn(member, 90)

    reverse(spend(member, 90))
    earn(member, 5)

    assert level_of(member) == "bronze"


def test_a_threshold_that_rises_takes_no_level_away_and_tells_none_again(levels, member):
    earn(member, 120)
    levels["silver"].min_points = 200
    levels["silver"].save()

    with listening(level_reached) as heard:
        earn(member, 50)
        assert level_of(member) == "silver"
        earn(member, 50)

    assert heard == []
    assert reached_by(member) == ["silver"]


def test_a_threshold_that_falls_is_reached_with_the_next_award(levels, member):
    earn(member, 60)
    levels["silver"].min_points = 50
    levels["silver"].save()

    with listening(level_reached) as heard:
        earn(member, 1)
        earn(member, 1)

    assert announced(heard) == [levels["silver"].pk]
    assert level_of(member) == "silver"


def test_a_level_that_rose_above_a_member_who_has_a_higher_one_changes_nothing(levels, member):
    earn(member, 300)
    for name in ("silver", "gold"):
        levels[name].min_points += 200
        levels[name].save()

    with listening(level_reached) as heard:
        earn(member, 1)

    assert heard == []
    assert level_of(member) == "gold"


def test_a_level_squeezed_in_below_a_members_own_is_not_told(levels, member):
    earn(member, 300)
    for tier, name in ((5, "platinum"), (4, "gold"), (3, "silver")):
        LevelConfig.objects.filter(name=name).update(tier=tier)
    LevelConfig.objects.create(name="copper", tier=2, min_points=50)

    with listening(level_reached) as heard:
        earn(member, 1)

    assert heard == []
    assert level_of(member) == "gold"


@pytest.mark.parametrize("company", [0, 2])
def test_a_level_that_is_moved_above_a_members_own_is_not_told_again(levels, member, company):
    make_action("WAVE", 1)
    earn(member, 600)
    LevelConfig.objects.filter(name="silver").update(tier=9, min_points=590)

    with listening(level_reached) as heard:
        reports = [report(f"e{n}", member) for n in range(1 + company)]
        outcomes = record_activities(reports=reports, now=NOW)

    assert heard == []
    assert {outcome.posting.reached_level_ids for outcome in outcomes if outcome.posting} == {()}
    assert level_of(member) == "silver"
    assert reached_by(member) == ["gold", "platinum", "silver"]


def test_a_level_somebody_reached_cannot_be_deleted(levels, member):
    earn(member, 100)

    with pytest.raises(ProtectedError):
        levels["silver"].delete()
