"""Penalties take what is there and record the rest."""

from datetime import timedelta

import pytest

from points.errors import AccountClosed, Invalid, MemberNotFound
from points.models import AMOUNT_MAX, PointTransaction
from points.services.postings import penalise_member
from points.tests.books import (
    NOW,
    account_of,
    close_account,
    earn,
    ends_of,
    entries_of,
    make_cause,
    penalise,
    remaining_of,
)


def test_a_penalty_within_the_balance_takes_all_of_it(member):
    earn(member, 50)

    posting = penalise(member, 20)

    assert (posting.amount, posting.shortfall, posting.balance_after) == (-20, 0, 30)
    assert entries_of(member)[1:] == [("penalty", -20, 30)]


def test_a_penalty_takes_the_soonest_to_lapse_first(member):
    earn(member, 10, days=0)
    earn(member, 10, days=60)
    earn(member, 10, days=30)

    penalise(member, 15)

    assert remaining_of(member) == [10, 5, 0]


def test_a_penalty_of_exactly_the_balance_has_no_shortfall(member):
    earn(member, 20)

    posting = penalise(member, 20)

    assert (posting.amount, posting.shortfall, posting.balance_after) == (-20, 0, 0)


def test_a_penalty_beyond_the_balance_stops_at_zero_and_records_the_shortfall(member):
    earn(member, 12)

    posting = penalise(member, 20)

    assert (posting.amount, posting.shortfall, posting.balance_after) == (-12, 8, 0)
    entry = PointTransaction.objects.get(pk=posting.transaction_id)
    assert (entry.amount, entry.shortfall) == (-12, 8)


def test_a_penalty_on_an_empty_balance_takes_nothing_and_is_on_record(member):
    posting = penalise(member, 20)

    assert (posting.amount, posting.shortfall, posting.balance_after) == (0, 20, 0)
    assert entries_of(member) == [("penalty", 0, 0)]


def test_what_the_balance_lacked_is_not_taken_from_later_earnings(member):
    penalise(member, 20)

    earn(member, 50)

    assert account_of(member).balance == 50


def test_what_is_due_lapses_first_and_does_not_pay_the_penalty(member):
    earn(member, 10, days=1)
    earn(member, 5, days=90)
    [end, _] = ends_of(member)

    penalise(member, 12, now=end)

    assert entries_of(member)[2:] == [("expire", -10, 5), ("penalty", -5, 0)]


def test_a_penalty_lowers_no_lifetime_points(member):
    earn(member, 50)

    penalise(member, 20)

    assert account_of(member).lifetime_points == 50


def test_the_same_source_again_takes_nothing_more(member):
    earn(member, 50)
    first = penalise(member, 20, source_id="complaint-1")

    again = penalise(member, 20, source_id="complaint-1", now=NOW + timedelta(days=1))

    assert (again.replayed, again.transaction_id) == (True, first.transaction_id)
    assert account_of(member).balance == 30


@pytest.mark.parametrize("amount", [0, -20, AMOUNT_MAX + 1])
def test_an_amount_no_transaction_may_move_is_refused(member, amount):
    with pytest.raises(Invalid):
        penalise(member, amount)


def test_nobody_takes_no_penalty(db):
    with pytest.raises(MemberNotFound):
        penalise_member(account_id=2**40, amount=1, cause=make_cause(), now=NOW)


def test_a_closed_account_takes_no_penalty(member):
    close_account(member)

    with pytest.raises(AccountClosed):
        penalise(member, 1)
