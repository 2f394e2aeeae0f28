"""Spending: which points go first, and when there are too few."""

from datetime import timedelta

import pytest

from points.enums import TransactionType
from points.errors import AccountClosed, InsufficientPoints, Invalid, MemberNotFound
from points.models import AMOUNT_MAX, LotUse
from points.services.postings import spend_points
from points.tests.books import (
    NOW,
    account_of,
    close_account,
    earn,
    ends_of,
    entries_of,
    make_cause,
    remaining_of,
    spend,
)


def test_a_spend_lowers_the_balance_and_leaves_lifetime_points(member):
    earn(member, 100)

    posting = spend(member, 30)

    account = account_of(member)
    assert (account.balance, account.lifetime_points, account.version) == (70, 100, 2)
    assert (posting.type, posting.amount, posting.balance_after) == ("spend", -30, 70)


def test_the_soonest_to_lapse_goes_first_and_what_never_lapses_last(member):
    earn(member, 10, days=0)
    earn(member, 10, days=90)
    earn(member, 10, days=30)
    earn(member, 10, days=60)

    spend(member, 15)
    assert remaining_of(member) == [10, 10, 0, 5]
    spend(member, 10)
    assert remaining_of(member) == [10, 5, 0, 0]
    spend(member, 6)
    assert remaining_of(member) == [9, 0, 0, 0]


def test_of_lots_that_lapse_together_the_oldest_goes_first(member):
    for amount in (10, 20, 30):
        earn(member, amount, days=30)

    spend(member, 15)

    assert remaining_of(member) == [0, 15, 30]


def test_of_lots_that_never_lapse_the_oldest_goes_first(member):
    for amount in (10, 20, 30):
        earn(member, amount, days=0)

    spend(member, 15)

    assert remaining_of(member) == [0, 15, 30]


def test_a_spend_records_how_much_it_took_of_which_lot(member):
    earn(member, 10, days=30)
    earn(member, 10, days=60)

    posting = spend(member, 13)

    uses = LotUse.objects.filter(transaction_id=posting.transaction_id).order_by("lot_id")
    assert list(uses.values_list("amount", flat=True)) == [10, 3]
    assert {use.lot_extended_to for use in uses} == {None}


def test_the_whole_balance_may_be_spent(member):
    earn(member, 40)
    earn(member, 2)

    spend(member, 42)

    assert account_of(member).balance == 0
    assert remaining_of(member) == [0, 0]


def test_one_point_more_than_the_balance_is_refused_and_changes_nothing(member):
    earn(member, 42)

    with pytest.raises(InsufficientPoints) as refusal:
        spend(member, 43)

    assert refusal.value.code == "insufficient_points"
    assert refusal.value.details == {"required": 43, "available": 42, "current": 42}
    assert entries_of(member) == [("earn", 42, 42)]
    assert remaining_of(member) == [42]


def test_what_is_due_lapses_before_the_spend_and_is_never_spent(member):
    earn(member, 10, days=1)
    earn(member, 50, days=90)
    [end, _] = ends_of(member)

    spend(member, 20, now=end)

    assert entries_of(member)[2:] == [("expire", -10, 50), ("spend", -20, 30)]
    assert remaining_of(member) == [0, 30]


def test_a_lot_is_spendable_until_the_instant_it_lapses(member):
    earn(member, 10, days=1)
    [end] = ends_of(member)

    spend(member, 10, now=end - timedelta(microseconds=1))

    assert entries_of(member)[1:] == [("spend", -10, 0)]


def test_what_is_due_is_not_available_and_stays_for_the_sweep_when_the_spend_is_refused(member):
    earn(member, 10, days=1)
    earn(member, 50, days=90)
    [end, _] = ends_of(member)

    with pytest.raises(InsufficientPoints) as refusal:
        spend(member, 51, now=end)

    assert refusal.value.details == {"required": 51, "available": 50, "current": 50}
    assert remaining_of(member) == [10, 50]


def test_the_same_source_again_spends_nothing_even_from_an_empty_balance(member):
    earn(member, 30)
    first = spend(member, 30, source_id="basket-1")

    again = spend(member, 30, source_id="basket-1")

    assert (again.replayed, again.transaction_id) == (True, first.transaction_id)
    assert entries_of(member)[1:] == [("spend", -30, 0)]


def test_a_spend_that_was_refused_may_be_tried_again_under_its_source(member):
    with pytest.raises(InsufficientPoints):
        spend(member, 30, source_id="basket-1")
    earn(member, 30)

    posting = spend(member, 30, source_id="basket-1")

    assert not posting.replayed
    assert account_of(member).balance == 0


def test_a_deduction_by_staff_is_a_spend_of_its_own_type(member):
    earn(member, 30)

    spend(member, 10, type=TransactionType.ADMIN_DEDUCT)

    assert entries_of(member)[1:] == [("admin_deduct", -10, 20)]


def test_one_member_never_spends_anothers_points(member, make_member):
    noa = make_member("noa")
    earn(member, 100)

    with pytest.raises(InsufficientPoints):
        spend(noa, 1)

    assert remaining_of(member) == [100]


@pytest.mark.parametrize("amount", [0, -5, AMOUNT_MAX + 1])
def test_an_amount_no_transaction_may_move_is_refused(member, amount):
    earn(member, 100)

    with pytest.raises(Invalid):
        spend(member, amount)


def test_nobody_has_nothing_to_spend(db):
    with pytest.raises(MemberNotFound):
        spend_points(account_id=2**40, amount=1, cause=make_cause(), now=NOW)


def test_a_closed_account_spends_nothing(member):
    earn(member, 30)
    close_account(member)

    with pytest.raises(AccountClosed):
        spend(member, 1)

    assert account_of(member).balance == 30
