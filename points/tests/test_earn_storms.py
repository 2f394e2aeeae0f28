"""Many processes that earn for one member: every point counts, every level is told once."""

from collections import Counter

import pytest

from loyalty_site.testing.storms import losers, run_together, winners
from points.models import PointAccount, ReachedLevel
from points.services.accounts import open_account
from points.tests.books import (
    NOW,
    account_of,
    close_account,
    earn,
    make_levels,
    remaining_of,
    run_all,
)

pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]


def test_a_level_crossed_by_twelve_at_once_is_reached_once(make_member):
    levels = make_levels(bronze=0, silver=60, gold=65, platinum=120)
    mia = make_member("mia")

    results = run_all(12, lambda _: earn(mia, 10))

    told = Counter(level_id for posting in results for level_id in posting.reached_level_ids)
    expected = {levels[name].pk for name in ("silver", "gold", "platinum")}
    assert told == dict.fromkeys(expected, 1)
    assert ReachedLevel.objects.count() == 3
    assert account_of(mia).level == levels["platinum"]


def test_twelve_awards_at_once_are_numbered_without_a_gap(member):
    results = run_all(12, lambda i: earn(member, i + 1))

    assert sorted(posting.balance_after for posting in results) == sorted(
        posting.lifetime_after for posting in results
    )
    account = account_of(member)
    assert (account.balance, account.version) == (78, 12)
    assert sorted(remaining_of(member)) == list(range(1, 13))


def test_an_account_opened_by_twelve_at_once_is_one_account(make_member):
    mia = make_member("mia")
    account_of(mia).delete()

    results = run_all(12, lambda _: open_account(member=mia, now=NOW).pk)

    assert set(results) == {PointAccount.objects.get(member=mia).pk}


def test_an_account_closed_in_the_middle_takes_nothing_afterwards(member):
    def act(i):
        if i == 0:
            close_account(member)
            return account_of(member).version
        return [earn(member, 1).transaction_id for _ in range(20)]

    results = run_together(6, act)

    assert {type(error).__name__ for error in losers(results)} <= {"AccountClosed"}
    assert account_of(member).version == winners(results)[0]
