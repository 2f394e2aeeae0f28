"""award_each: the same points for many members at once, each for a cause of their own."""

from datetime import UTC, datetime

import pytest

from loyalty_site.testing.storms import run_together, winners
from points.models import PointAccount, PointAction, PointTransaction, ReachedLevel
from points.services.postings import Cause, Grants, Source, award_each, award_points
from points.signals import level_reached
from points.tests.audits import audit

SPRING = datetime(2026, 3, 1, tzinfo=UTC)
CAUSE = Cause(source=Source(type="gift", id="", rule="spring"), occurred_at=SPRING)


def make_grants(*members, prefix="gift"):
    return Grants(
        account_ids=[member.point_account.pk for member in members],
        source_ids=[f"{prefix}:{member.pk}" for member in members],
        occurred_ats=[SPRING] * len(members),
    )


@pytest.fixture
def people(programme, make_member):
    return [make_member(f"m{n}", points=990 * n) for n in range(3)]


def test_each_gets_the_points_once(people, now):
    grants = make_grants(*reversed(people))

    first = award_each(grants=grants, amount=25, cause=CAUSE, now=now)
    again = award_each(grants=grants, amount=25, cause=CAUSE, now=now)

    assert sorted(first) == [person.pk for person in people]
    assert again == []
    balances = PointAccount.objects.order_by("pk").values_list("balance", flat=True)
    assert list(balances) == [25, 1015, 2005]
    assert audit() == []


def test_what_each_entry_records(people, now):
    award_each(grants=make_grants(people[0]), amount=25, cause=CAUSE, now=now)

    entry = PointTransaction.objects.get(account__member=people[0])
    assert (entry.source_type, entry.source_id, entry.rule) == (
        "gift",
        f"gift:{people[0].pk}",
        "spring",
    )
    assert (entry.occurred_at, entry.created_at, entry.type) == (SPRING, now, "earn")
    assert entry.expires_at > now
    assert entry.lot.remaining == 25


def test_levels_are_reached_on_the_way(people, now):
    told: list[tuple[int, int]] = []

    def listen(reached, **_):
        told.extend((one.member_id, one.lifetime_points) for one in reached)

    level_reached.connect(listen)
    try:
        award_each(grants=make_grants(*people), amount=25, cause=CAUSE, now=now)
    finally:
        level_reached.disconnect(listen)

    assert told == [(people[1].pk, 1015)]
    assert ReachedLevel.objects.get(pk=ReachedLevel.objects.latest("pk").pk).level.name == "silver"
    people[1].point_account.refresh_from_db()
    assert people[1].point_account.level.name == "silver"
    assert audit() == []


def test_closed_accounts_are_passed_over(people, now):
    PointAccount.objects.filter(member=people[1]).update(closed_at=now)

    paid = award_each(grants=make_grants(*people), amount=25, cause=CAUSE, now=now)

    assert set(paid) == {people[0].pk, people[2].pk}


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


def read_rows(member):
    """Return what the ledger holds of a member, but for ids, sources' ids and digests."""
    account = PointAccount.objects.get(member=member)
    left_out = {"id", "account_id", "source_id", "digest", "transaction_id", "lot_id"}

    def strip(queryset):
        return [
            {name: value for name, value in row.items() if name not in left_out}
            for row in queryset.values()
        ]

    figures = ("balance", "lifetime_points", "version", "level_id", "level_count", "activity_count")
    return (
        {name: getattr(account, name) for name in figures},
        strip(account.transactions.order_by("version")),
        strip(account.lots.order_by("pk")),
        strip(account.levels.order_by("level__tier")),
    )


def test_the_rows_are_those_of_single_postings(programme, make_member, now):
    action = PointAction.objects.get(code="EARN_BADGE")
    points = [0, 10, 980, 2_490, 5_000]
    singly, together = (
        [make_member(f"{prefix}{n}", points=had) for n, had in enumerate(points)]
        for prefix in ("single", "batch")
    )

    def cause_of(member):
        return Cause(
            source=Source(type="gift", id=f"gift:{member.pk}", rule="spring"),
            occurred_at=SPRING,
            description="Badge: Owl",
            action=action,
            metadata={"badgeId": "7"},
        )

    for member in singly:
        award_points(account_id=member.point_account.pk, amount=25, cause=cause_of(member), now=now)
    award_each(grants=make_grants(*together), amount=25, cause=cause_of(together[0]), now=now)

    for single, batch in zip(singly, together, strict=True):
        expected, found = read_rows(single), read_rows(batch)
        assert found == expected
    assert audit() == []
