"""The ledger's hot paths against the same SQL run by pgbench, and against one big statement."""

import random
import secrets
import statistics
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cached_property

from django.db import connection, transaction
from django.utils import timezone

from points.models import PointLot
from points.services.activities import ActivityReport, record_activities
from points.services.expiry import expire_due_lots
from points.services.postings import Cause, Source, award_points, spend_points

from .databases import new_database, run_sql, work_in, work_in_new_database
from .pgbench import run_pgbench
from .rounds import Ratio, call_for, compare, rate
from .scene import MEMBERS, call_together, make_members, prepare

CAUSE = (
    "ROW(NULL, '', 'Benchmark', 'benchmark', gen_random_uuid()::text, 'rule', '{{}}', NULL, now())"
    "::points_cause"
)
AWARD = (
    "\\set account random({first}, {last})\n"
    f"SELECT * FROM points_award(:account, 'earn', 5, {CAUSE}, 365, 'UTC', now());\n"
)
SPEND = (
    "\\set account random({first}, {last})\n"
    f"SELECT * FROM points_spend(:account, 'spend', 5, {CAUSE}, now());\n"
)
# The database in which everything is due.
DUE = "benchmark_due"
REPORT_SIZES = (100, 1_000, 10_000)


class LedgerBenchmarks:
    """What docs/benchmarks.md lists about the ledger."""

    def __init__(self, *, rounds: int, lots: int) -> None:
        self.rounds = rounds
        self.lots = lots

    @cached_property
    def accounts(self) -> range:
        """The ids of the accounts to work on, made when first wanted."""
        return prepare()

    def award(self) -> Iterator[Ratio]:
        """One award at a time, and from eight callers."""
        script = self.fill(AWARD)
        yield compare(
            work="one award through the service, 1 caller",
            limit="pgbench, the same function, 1 client",
            ours=lambda: call_for(self.award_once),
            theirs=lambda: run_pgbench(script, clients=1),
            wanted=0.75,
            rounds=self.rounds,
        )
        yield compare(
            work="one award through the service, 8 callers",
            limit="pgbench, the same function, 8 clients",
            ours=lambda: call_together(self.award_once),
            theirs=lambda: run_pgbench(script, clients=8),
            wanted=0.65,
            rounds=self.rounds,
        )

    def spend(self) -> Iterator[Ratio]:
        """Spends from eight callers."""
        script = self.fill(SPEND)
        yield compare(
            work="one spend through the service, 8 callers",
            limit="pgbench, the same function, 8 clients",
            ours=lambda: call_together(self.spend_once),
            theirs=lambda: run_pgbench(script, clients=8),
            wanted=0.60,
            rounds=self.rounds,
        )

    def batch(self) -> Iterator[Ratio]:
        """Reports of a thousand activities, and how the time grows with the report."""
        script = self.fill(AWARD)
        yield compare(
            work="an activity in a report of 1,000",
            limit="pgbench, single awards, 8 clients",
            ours=lambda: self.report_many(1_000),
            theirs=lambda: run_pgbench(script, clients=8),
            wanted=2.0,
            rounds=self.rounds,
        )
        rates = {
            size: statistics.median(self.report_many(size) for _ in range(self.rounds))
            for size in REPORT_SIZES
        }
        yield Ratio(
            work="an activity in a report of 10,000",
            limit="an activity in a report of 100",
            ours=rates[10_000],
            theirs=rates[100],
            wanted=0.8,
            ratio=rates[10_000] / rates[100],
        )

    def expiry(self) -> Iterator[Ratio]:
        """The sweep in batches against one statement for everything that is due.

        Each works on a copy of one database in which everything is due.
        """
        with new_database(DUE) as address:
            with work_in(address, DUE):
                self.make_lots_due()
            yield compare(
                work=f"expiry of {self.lots:,} lots in batches",
                limit="one statement for all of them",
                ours=lambda: self.rate_on_copy(lapse_in_batches),
                theirs=lambda: self.rate_on_copy(lapse_at_once),
                wanted=0.75,
                rounds=self.rounds,
            )

    def fill(self, script: str) -> str:
        """Return a pgbench script for our accounts."""
        return script.format(first=self.accounts[0], last=self.accounts[-1])

    def award_once(self, _: int) -> None:
        """Award five points to somebody."""
        award_points(account_id=self.pick(), amount=5, cause=new_cause(), now=timezone.now())

    def spend_once(self, _: int) -> None:
        """Spend five points of somebody."""
        spend_points(account_id=self.pick(), amount=5, cause=new_cause(), now=timezone.now())

    def pick(self) -> int:
        """Return some account's id."""
        return random.choice(self.accounts)

    def report_many(self, size: int) -> float:
        """Report 20,000 activities in reports of so many; return activities per second."""
        count, now = 20_000, timezone.now()
        reports = [
            ActivityReport(
                event_id=secrets.token_hex(12),
                user_id=f"m{random.randrange(MEMBERS)}",
                action="ATTEND_EVENT",
                occurred_at=now,
            )
            for _ in range(count)
        ]

        def report() -> None:
            for start in range(0, count, size):
                record_activities(reports=reports[start : start + size], now=now)

        return rate(count, report)

    def make_lots_due(self) -> None:
        """Post lots that are due now, three to a member and then from the first one on again."""
        members, now = make_members(MEMBERS), timezone.now()
        for start in range(0, self.lots, 10_000):
            reports = [
                ActivityReport(
                    event_id=f"due:{number}",
                    user_id=members[number // 3 % MEMBERS],
                    action="ATTEND_EVENT",
                    occurred_at=now,
                    expires_at=now - timedelta(seconds=1),
                )
                for number in range(start, min(start + 10_000, self.lots))
            ]
            record_activities(reports=reports, now=now)
        run_sql("VACUUM ANALYZE")

    def rate_on_copy(self, lapse: Callable[[], object]) -> float:
        """Let everything lapse that is due in a copy of the database; return lots per second."""
        with work_in_new_database("benchmark_expiry", template=DUE):
            lots_per_second = rate(self.lots, lapse)
            left = PointLot.objects.filter(remaining__gt=0).count()
        if left:
            raise RuntimeError(f"{left:,} lots did not lapse.")
        return lots_per_second


def lapse_in_batches() -> None:
    """Sweep what is due."""
    for _ in expire_due_lots(now=timezone.now()):
        pass


def lapse_at_once() -> None:
    """Let everything lapse by one statement."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM points_expire_held("
            "ARRAY(SELECT id FROM points_pointaccount ORDER BY id FOR NO KEY UPDATE), now())"
        )


def new_cause() -> Cause:
    """Return a cause nobody had before."""
    return Cause(
        source=Source(type="benchmark", id=secrets.token_hex(12), rule="rule"),
        occurred_at=timezone.now(),
        description="Benchmark",
    )
