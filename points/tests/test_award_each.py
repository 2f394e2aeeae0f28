"""award_each: the same points for many members at once, each for a cause of their own."""

from datetime import UTC, datetime

import pytest

from loyalty_site.testing.storms import run_together, winners
from points.models import PointAccount, PointTransaction, ReachedLevel
from points.services.postings import Cause, Grant, Source, award_each, award_points
from points.tests.audits import audit

SPRING = datetime(2026, 3, 1, tzinfo=UTC)
CAUSE = Cause(source=Source(type="gift", id="", rule="spring"), occurred_at=SPRING)


def make_grants(*members, prefix="gift"):
    return [
        Grant(
            account_id=member.point_account.pk,
            source_id=f"{prefix}:{member.pk}",
            occurred_at=SPRING,
        )
        for member in members
    ]


@pytest.fixture
def people(programme, make_member):
    return [make_member(f"m{n}", points=990 * n) for n in range(3)]


def test_each_gets_the_points_once(people, now):
    grants = make_grants(*reversed(people))

    first = award_each(grants=grants, amount=25, cause=CAUSE, now=now)
    again = award_each(grants=grants, amount=25, cause=CAUSE, now=now)

    assert sorted((posting.amount, posting.balance_after) for posting in first) == [
        (25, 25),
        (25, 1015),
        (25, 2005),
    ]
    assert again == []
    assert audit() == []


def test_what_each_entry_records(people, now):
    [posting] = award_each(grants=make_grants(people[0]), amount=25, cause=CAUSE, now=now)

    entry = PointTransaction.objects.get(pk=posting.transaction_id)
    assert (entry.source_type, entry.source_id, entry.rule) == (
        "gift",
        f"gift:{people[0].pk}",
        "spring",
    )
    assert (entry.occurred_at, entry.created_at, entry.type) == (SPRING, now, "earn")
    assert entry.expires_at > now
    assert entry.lot.remaining == 25


def test_levels_are_reached_on_the_way(people, now):
    postings = award_each(grants=make_grants(*people), amount=25, cause=CAUSE, now=now)

    reached = {posting.member_id: posting.reached_level_ids for posting in postings}
    assert [len(reached[person.pk]) for person in people] == [0, 1, 0]
    assert ReachedLevel.objects.get(pk=ReachedLevel.objects.latest("pk").pk).level.name == "silver"
    people[1].point_account.refresh_from_db()
    assert people[1].point_account.level.name == "silver"
    assert audit() == []


def test_closed_accounts_are_passed_over(people, now):
    PointAccount.objects.filter(member=people[1]).update(closed_at=now)

    postings = award_each(grants=make_grants(*people), amount=25, cause=CAUSE, now=now)

    assert {posting.member_id for posting in postings} == {people[0].pk, people[2].pk}


def test_it_is_two_queries_for_any_number(people, now, django_assert_num_queries):
    for chosen, prefix in [(people[:1], "a"), (people, "b")]:
        grants = make_grants(*chosen, prefix=prefix)
        # The savepoint of a test's transaction is the two others.
        with django_assert_num_queries(3):
            award_each(grants=grants, amount=25, cause=CAUSE, now=now)


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_together_with_single_awards_nothing_is_lost_or_doubled(people, now):
    def work(i):
        for n in range(10):
            if i < 2:
                grants = make_grants(*people[:: 1 if i else -1], prefix=f"gift-{n}")
                award_each(grants=grants, amount=5, cause=CAUSE, now=now)
            else:
                cause = Cause(
                    source=Source(type="one", id=f"{i}-{n}", rule="x"), occurred_at=SPRING
                )
                award_points(
                    account_id=people[n % 3].point_account.pk, amount=1, cause=cause, now=now
                )
        return i

    assert len(winners(run_together(5, work))) == 5

    totals = {account.member_id: account.balance for account in PointAccount.objects.all()}
    assert sum(totals.values()) == 990 + 1980 + 3 * 10 * 5 + 3 * 10
    assert audit() == []
