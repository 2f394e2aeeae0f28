"""Storms round after round: twelve processes at a barrier before each, one right ending each time.

Twenty rounds, or a thousand with `--long`.
"""

import multiprocessing
from collections import Counter
from collections.abc import Callable
from threading import BrokenBarrierError

import pytest
from django.db import connection

from loyalty_site.testing.storms import losers, run_together, winners
from points.models import PointAccount, PointTransaction
from points.services.activities import ActivityReport, record_activities
from points.services.expiry import expire_due_lots
from points.services.postings import (
    Cause,
    Source,
    award_points,
    penalise_member,
    reverse_transaction,
    spend_points,
)
from points.tests.books import find_faults
from rewards.enums import RedemptionStatus
from rewards.errors import InvalidTransition, RewardOutOfStock
from rewards.models import Redemption, Reward
from rewards.services.redemptions import decide_redemption, redeem_reward

CALLERS = 12
HOT_ACCOUNTS = 8

pytestmark = [pytest.mark.storm, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rounds(request) -> int:
    """Return how many rounds a storm takes."""
    return 1_000 if request.config.getoption("--long") else 20


def count_effects(
    rounds: int, call: Callable[[int, int], object], *refusals: type[Exception]
) -> Counter[int]:
    """Let twelve processes make `call(caller, round)` at once, round after round.

    Return how many calls of each round succeeded; any error but the refusals fails it.
    """
    barrier = multiprocessing.get_context("fork").Barrier(CALLERS)

    def make_calls(caller: int) -> list[int]:
        succeeded = []
        for number in range(rounds):
            barrier.wait(60)
            try:
                call(caller, number)
            except refusals:
                continue
            succeeded.append(number)
        return succeeded

    results = run_together(CALLERS, make_calls, timeout_seconds=1800)
    # Whoever fails breaks the barrier for the others; what matters is the first failure.
    assert [error for error in losers(results) if not isinstance(error, BrokenBarrierError)] == []
    effects: Counter[int] = Counter()
    for succeeded in winners(results):
        effects.update(succeeded)
    return effects


def count_deadlocks() -> int:
    """Return how many deadlocks PostgreSQL broke up in this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        deadlocks: int = cursor.fetchone()[0]
    return deadlocks


def test_the_last_item_goes_to_one_member_every_round(make_member, now, rounds):
    members = [make_member(points=10 * rounds) for _ in range(CALLERS)]
    shelf = Reward.objects.bulk_create(
        Reward(title=f"Last {n}", category="Lifestyle", points_required=10, quantity=1)
        for n in range(rounds)
    )

    effects = count_effects(
        rounds,
        lambda caller, n: redeem_reward(member=members[caller], reward_id=shelf[n].pk, now=now),
        RewardOutOfStock,
    )

    assert effects == dict.fromkeys(range(rounds), 1)
    assert set(Reward.objects.values_list("quantity", flat=True)) == {0}
    spent = sum(10 * rounds - account.balance for account in PointAccount.objects.all())
    assert spent == 10 * rounds
    assert find_faults() == []


def test_one_source_has_one_effect_every_round(member, now, rounds):
    account_id = PointAccount.objects.get(member=member).pk

    def post(_: int, number: int) -> None:
        cause = Cause(source=Source(type="order", id=str(number), rule="once"), occurred_at=now)
        award_points(account_id=account_id, amount=3, cause=cause, now=now)

    effects = count_effects(rounds, post)

    assert set(effects.values()) == {CALLERS}
    assert PointAccount.objects.get(pk=account_id).balance == 3 * rounds
    assert PointTransaction.objects.count() == rounds
    assert find_faults() == []


def test_opposite_decisions_end_in_one_status_every_round(make_member, make_staff, now, rounds):
    member = make_member(points=10 * rounds)
    reward = Reward.objects.create(title="Tea", category="Food & Drinks", points_required=10)
    deciders = [make_staff(f"decider-{n}") for n in range(CALLERS)]
    waiting = [redeem_reward(member=member, reward_id=reward.pk, now=now) for _ in range(rounds)]
    wishes = [RedemptionStatus.APPROVED, RedemptionStatus.REJECTED]

    def decide(caller: int, number: int) -> None:
        decide_redemption(
            redemption_id=waiting[number].pk,
            status=wishes[caller % 2],
            actor=deciders[caller],
            notes="Because",
            now=now,
        )

    effects = count_effects(rounds, decide, InvalidTransition)

    # An approval may still be rejected; nothing follows a rejection.
    rejected = Redemption.objects.filter(status=RedemptionStatus.REJECTED).count()
    assert set(effects.values()) <= {1, 2}
    assert rejected == PointTransaction.objects.filter(type="reversal").count()
    assert PointAccount.objects.get(member=member).balance == 10 * rejected
    assert find_faults() == []


def test_eight_hot_accounts_in_mixed_flows_never_deadlock(
    programme, make_member, make_staff, now, rounds
):
    members = [make_member(points=1_000_000) for _ in range(HOT_ACCOUNTS)]
    account_ids = [PointAccount.objects.get(member=member).pk for member in members]
    approver = make_staff("approver-of-storms")
    # Each of these rounds is a dozen transactions of every caller.
    rounds //= 5
    reward = Reward.objects.create(title="Tea", category="Food & Drinks", points_required=5)
    before = count_deadlocks()

    def cause(caller: int, number: int, rule: str) -> Cause:
        source = Source(type="storm", id=f"{caller}:{number}", rule=rule)
        return Cause(source=source, occurred_at=now)

    def report_all(caller: int, number: int) -> None:
        # Each caller names the members in an order of its own.
        order = [members[(caller * 5 + n * 3) % HOT_ACCOUNTS] for n in range(HOT_ACCOUNTS)]
        record_activities(
            reports=[
                ActivityReport(
                    event_id=f"{caller}:{number}:{n}",
                    user_id=member.public_id,
                    action="SPAM_DETECTED" if n == caller % HOT_ACCOUNTS else "ATTEND_EVENT",
                    occurred_at=now,
                )
                for n, member in enumerate(order)
            ],
            now=now,
        )

    def redeem_and_decide(caller: int, number: int) -> None:
        member = members[(caller + number) % HOT_ACCOUNTS]
        redemption = redeem_reward(member=member, reward_id=reward.pk, now=now)
        for status in (RedemptionStatus.APPROVED, RedemptionStatus.REJECTED):
            decide_redemption(
                redemption_id=redemption.pk, status=status, actor=approver, notes="No", now=now
            )

    def move_points(caller: int, number: int) -> None:
        account_id = account_ids[(caller * 3 + number) % HOT_ACCOUNTS]
        award_points(account_id=account_id, amount=7, cause=cause(caller, number, "a"), now=now)
        posting = spend_points(
            account_id=account_id, amount=5, cause=cause(caller, number, "s"), now=now
        )
        reverse_transaction(
            transaction_id=posting.transaction_id, cause=cause(caller, number, "r"), now=now
        )
        penalise_member(account_id=account_id, amount=1, cause=cause(caller, number, "p"), now=now)

    def sweep(caller: int, number: int) -> None:
        for _ in expire_due_lots(now=now, batch_size=3):
            pass

    flows = [report_all, redeem_and_decide, move_points, sweep]
    effects = count_effects(rounds, lambda caller, n: flows[(caller + n) % len(flows)](caller, n))

    assert set(effects.values()) == {CALLERS}
    assert count_deadlocks() == before
    assert find_faults() == []
