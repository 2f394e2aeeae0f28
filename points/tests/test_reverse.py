"""Giving back what a transaction took."""

from datetime import UTC, datetime, timedelta

import pytest

from points.enums import TransactionType
from points.errors import AccountClosed, MemberNotFound, NotReversible
from points.models import LotUse, PointTransaction
from points.services.expiry import expire_due_lots
from points.services.postings import reverse_transaction
from points.tests.books import (
    NOW,
    account_of,
    close_account,
    earn,
    ends_of,
    entries_of,
    make_cause,
    make_levels,
    penalise,
    remaining_of,
    reverse,
    spend,
)


def test_the_same_lots_get_their_points_back_with_the_expiry_they_had(member):
    earn(member, 10, days=30)
    earn(member, 20, days=0)
    earn(member, 40, days=60)
    ends = ends_of(member)
    taken = spend(member, 35)

    returned = reverse(taken, now=NOW + timedelta(days=5))

    assert (returned.type, returned.amount, returned.balance_after) == ("reversal", 35, 70)
    assert remaining_of(member) == [10, 20, 40]
    assert ends_of(member) == ends
    uses = LotUse.objects.filter(transaction_id=returned.transaction_id).order_by("lot_id")
    assert list(uses.values_list("amount", "lot_extended_to")) == [(-10, None), (-25, None)]


def test_the_reversal_names_what_it_reverses(member):
    earn(member, 10)
    taken = spend(member, 10)

    returned = reverse(taken)

    entry = PointTransaction.objects.get(pk=returned.transaction_id)
    assert entry.reversal_of_id == taken.transaction_id
    assert entry.expires_at is None


@pytest.mark.parametrize(
    ("zone", "end"),
    [
        # Seven whole days after 2026-05-01, to the end of the last one.
        ("UTC", datetime(2026, 5, 9, tzinfo=UTC)),
        ("Asia/Kuala_Lumpur", datetime(2026, 5, 9, 16, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 5, 9, 4, tzinfo=UTC)),
    ],
)
def test_a_lot_that_lapsed_meanwhile_lives_on_for_the_days_of_grace(member, settings, zone, end):
    settings.LOYALTY_TIME_ZONE = zone
    earn(member, 10, days=1)
    taken = spend(member, 10)

    # In Kuala Lumpur it is the second of May already.
    returned = reverse(taken, now=datetime(2026, 5, 1, 20, tzinfo=UTC))

    assert account_of(member).balance == 10
    assert ends_of(member) == [end]
    [use] = LotUse.objects.filter(transaction_id=returned.transaction_id)
    assert use.lot_extended_to == end


def test_the_days_of_grace_are_a_setting(member, settings):
    settings.LOYALTY_RETURNED_POINTS_GRACE_DAYS = 1
    earn(member, 10, days=1)
    taken = spend(member, 10)

    reverse(taken, now=datetime(2026, 5, 1, 20, tzinfo=UTC))

    assert ends_of(member) == [datetime(2026, 5, 3, tzinfo=UTC)]


def test_without_grace_the_points_come_back_and_lapse_at_once(member, settings):
    settings.LOYALTY_RETURNED_POINTS_GRACE_DAYS = 0
    later = NOW + timedelta(days=90)
    earn(member, 10, days=1)
    taken = spend(member, 10)

    reverse(taken, now=later)
    list(expire_due_lots(now=later))

    assert entries_of(member)[2:] == [("reversal", 10, 10), ("expire", -10, 0)]


def test_only_what_the_transaction_took_of_a_lapsed_lot_comes_back(member):
    earn(member, 10, days=1)
    taken = spend(member, 4)
    later = NOW + timedelta(days=90)

    reverse(taken, now=later)

    # The other six were due before the four came back.
    assert entries_of(member)[2:] == [("expire", -6, 0), ("reversal", 4, 4)]
    assert remaining_of(member) == [4]


def test_a_lot_due_at_the_very_instant_counts_as_lapsed(member):
    earn(member, 10, days=1)
    [end] = ends_of(member)
    taken = spend(member, 10)

    reverse(taken, now=end)

    assert ends_of(member) == [end + timedelta(days=8)]


def test_points_given_back_can_be_spent_and_given_back_again(member):
    earn(member, 10, days=30)
    reverse(spend(member, 7))

    second = spend(member, 10)
    reverse(second)

    assert remaining_of(member) == [10]
    assert [amount for _, amount, _ in entries_of(member)] == [10, -7, 7, -10, 10]


def test_a_transaction_is_reversed_once_whatever_the_second_cause(member):
    earn(member, 10)
    taken = spend(member, 10)
    first = reverse(taken, source_id="refusal-1")

    again = reverse(taken, source_id="refusal-2")

    assert (again.replayed, again.transaction_id) == (True, first.transaction_id)
    assert account_of(member).balance == 10


def test_points_given_back_are_no_lifetime_points_and_reach_no_level(member):
    make_levels(bronze=0, silver=101)
    earn(member, 100)
    taken = spend(member, 100)

    returned = reverse(taken)

    assert returned.reached_level_ids == ()
    assert account_of(member).lifetime_points == 100


@pytest.mark.parametrize("type_", [TransactionType.SPEND, TransactionType.ADMIN_DEDUCT])
def test_what_was_spent_or_deducted_can_be_given_back(member, type_):
    earn(member, 10)

    reverse(spend(member, 6, type=type_))

    assert account_of(member).balance == 10


def test_a_penalty_gives_back_what_it_took_and_not_its_shortfall(member):
    earn(member, 10)

    reverse(penalise(member, 25))

    assert account_of(member).balance == 10


@pytest.mark.parametrize("type_", [TransactionType.EARN, TransactionType.ADMIN_GRANT])
def test_what_was_earned_cannot_be_given_back(member, type_):
    earned = earn(member, 10, type=type_)

    with pytest.raises(NotReversible):
        reverse(earned)

    assert account_of(member).balance == 10


def test_what_lapsed_cannot_be_given_back(member):
    earn(member, 10, days=1)
    [[expired]] = expire_due_lots(now=NOW + timedelta(days=9))

    with pytest.raises(NotReversible):
        reverse(expired)


def test_a_reversal_cannot_be_reversed(member):
    earn(member, 10)
    returned = reverse(spend(member, 10))

    with pytest.raises(NotReversible):
        reverse(returned)

    assert account_of(member).balance == 10


def test_a_penalty_that_took_nothing_cannot_be_given_back(member):
    with pytest.raises(NotReversible):
        reverse(penalise(member, 25))


def test_a_transaction_that_does_not_exist_is_not_found(db):
    with pytest.raises(MemberNotFound):
        reverse_transaction(transaction_id=2**40, cause=make_cause(), now=NOW)


def test_a_closed_account_gets_back_what_it_paid_and_nothing_more(member):
    earn(member, 10)
    taken = spend(member, 10)
    close_account(member)

    returned = reverse(taken)

    assert (returned.type, returned.amount, returned.balance_after) == ("reversal", 10, 10)
    assert remaining_of(member) == [10]
    with pytest.raises(AccountClosed):
        spend(member, 10, source_id="again")
