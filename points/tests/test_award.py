"""Awarding points."""

from datetime import UTC, datetime

import pytest

from points.enums import TransactionType
from points.errors import AccountClosed, Invalid, MemberNotFound
from points.models import AMOUNT_MAX, PointLot, PointTransaction
from points.services.postings import award_points
from points.tests.books import (
    NOW,
    account_of,
    close_account,
    earn,
    entries_of,
    make_action,
    make_cause,
    remaining_of,
)


def test_an_award_raises_balance_and_lifetime_and_makes_a_lot(member):
    posting = earn(member, 70)

    account = account_of(member)
    assert (account.balance, account.lifetime_points, account.version) == (70, 70, 1)
    assert (posting.amount, posting.balance_after, posting.lifetime_after) == (70, 70, 70)
    assert (posting.member_id, posting.replayed) == (member.pk, False)
    lot = PointLot.objects.get(transaction_id=posting.transaction_id)
    assert (lot.amount, lot.remaining) == (70, 70)


def test_each_award_is_a_lot_and_a_numbered_transaction_of_its_own(member):
    for amount in (5, 7, 9):
        earn(member, amount)

    assert entries_of(member) == [("earn", 5, 5), ("earn", 7, 12), ("earn", 9, 21)]
    versions = PointTransaction.objects.order_by("id").values_list("version", flat=True)
    assert list(versions) == [1, 2, 3]
    assert remaining_of(member) == [5, 7, 9]


def test_the_transaction_tells_why_points_moved(member, make_member):
    ann = make_member("ann")
    action = make_action("WAVE", category="Social")
    happened = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    cause = make_cause(
        "wave-1",
        at=happened,
        rule="WAVE",
        action=action,
        description="Waved at the harbour",
        metadata={"place": "harbour", "people": [1, 2]},
        actor_id=ann.pk,
    )

    posting = award_points(account_id=account_of(member).pk, amount=3, cause=cause, now=NOW)

    entry = PointTransaction.objects.get(pk=posting.transaction_id)
    assert (entry.source_type, entry.source_id, entry.rule) == ("test", "wave-1", "WAVE")
    assert (entry.action, entry.category, entry.actor) == (action, "Social", ann)
    assert entry.description == "Waved at the harbour"
    assert entry.metadata == {"place": "harbour", "people": [1, 2]}
    assert (entry.occurred_at, entry.created_at) == (happened, NOW)
    assert (entry.type, entry.shortfall, entry.reversal_of) == ("earn", 0, None)


def test_the_same_source_again_changes_nothing_and_returns_what_stands(member):
    first = earn(member, 70, source_id="order-1")

    again = earn(member, 70, source_id="order-1")

    assert again.replayed
    assert (again.transaction_id, again.amount) == (first.transaction_id, 70)
    assert entries_of(member) == [("earn", 70, 70)]


def test_another_rule_of_the_same_source_is_another_effect(member):
    account_id = account_of(member).pk
    for rule in ("purchase", "first_purchase"):
        cause = make_cause("order-1", rule=rule)
        award_points(account_id=account_id, amount=10, cause=cause, now=NOW)

    assert account_of(member).balance == 20


def test_a_grant_by_staff_counts_as_lifetime_points(member):
    posting = earn(member, 40, type=TransactionType.ADMIN_GRANT)

    assert posting.type is TransactionType.ADMIN_GRANT
    assert account_of(member).lifetime_points == 40
    assert entries_of(member) == [("admin_grant", 40, 40)]


@pytest.mark.parametrize("amount", [0, -1, AMOUNT_MAX + 1])
def test_an_amount_no_transaction_may_move_is_refused(member, amount):
    with pytest.raises(Invalid):
        earn(member, amount)

    assert entries_of(member) == []


@pytest.mark.parametrize("amount", [1, AMOUNT_MAX])
def test_the_smallest_and_the_largest_amount_are_accepted(member, amount):
    earn(member, amount)

    assert account_of(member).balance == amount


def test_nobody_is_no_account(db):
    with pytest.raises(MemberNotFound):
        award_points(account_id=2**40, amount=1, cause=make_cause(), now=NOW)


def test_a_closed_account_takes_no_award(member):
    close_account(member)

    with pytest.raises(AccountClosed):
        earn(member, 1)

    assert entries_of(member) == []
