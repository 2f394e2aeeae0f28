"""One cause, one effect: a source that is used for something else is refused, not swallowed."""

import pytest

from loyalty_site.testing.storms import losers, run_together, winners
from points.enums import TransactionType
from points.errors import SourceConflict
from points.models import PointTransaction
from points.tests.books import account_of, earn, entries_of, penalise, reverse, spend


def test_another_amount_is_refused(member):
    earn(member, 70, source_id="order-1")

    with pytest.raises(SourceConflict) as refusal:
        earn(member, 71, source_id="order-1")

    assert refusal.value.code == "source_conflict"
    assert entries_of(member) == [("earn", 70, 70)]


def test_another_member_is_refused(member, make_member):
    noa = make_member("noa")
    earn(member, 70, source_id="order-1")

    with pytest.raises(SourceConflict):
        earn(noa, 70, source_id="order-1")

    assert account_of(noa).balance == 0


def test_another_type_is_refused(member):
    earn(member, 70, source_id="order-1")

    with pytest.raises(SourceConflict):
        earn(member, 70, source_id="order-1", type=TransactionType.ADMIN_GRANT)
    with pytest.raises(SourceConflict):
        spend(member, 70, source_id="order-1")

    assert entries_of(member) == [("earn", 70, 70)]


def test_a_spend_of_another_amount_is_refused(member):
    earn(member, 70)
    spend(member, 30, source_id="basket-1")

    with pytest.raises(SourceConflict):
        spend(member, 31, source_id="basket-1")

    assert account_of(member).balance == 40


def test_a_penalty_that_fell_short_may_be_repeated_with_what_was_asked(member):
    earn(member, 10)
    first = penalise(member, 50, source_id="report-1")

    assert penalise(member, 50, source_id="report-1").transaction_id == first.transaction_id
    with pytest.raises(SourceConflict):
        penalise(member, 10, source_id="report-1")


def test_a_reversal_asked_for_again_returns_what_stands(member):
    earn(member, 70)
    taken = spend(member, 30)
    first = reverse(taken)

    assert reverse(taken).transaction_id == first.transaction_id


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_of_one_source_for_eight_members_at_once_one_wins(make_member):
    members = [make_member() for _ in range(8)]

    results = run_together(8, lambda i: earn(members[i], 70, source_id="order-1").member_id)

    [winner] = winners(results)
    assert [type(error) for error in losers(results)] == [SourceConflict] * 7
    assert PointTransaction.objects.get().account.member_id == winner
