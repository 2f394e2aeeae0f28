"""The ledger's hot paths against the same SQL run by pgbench, and against one big statement."""

import random
import secrets
import statistics
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property

from django.db import connection, transaction
from django.utils import timezone

from points.models import PointLot
from points.services.activities import ActivityReport, record_activities
from points.services.expiry import expire_due_lots
from points.services.postings import Cause, Source, award_points, spend_points

from .pgbench import run_pgbench
from .rounds import Ratio, call_for, compare, rate
from .scene import MEMBERS, call_together, prepare

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
        """The sweep in batches against one statement for everything that is due."""
        yield compare(
            work=f"expiry of {self.lots:,} lots in batches",
            limit="one statement for all of them",
            ours=self.lapse_in_batches,
            theirs=self.lapse_at_once,
            wanted=0.75,
            rounds=min(self.rounds, 2),
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

    def make_lots_due(self) -> int:
        """Post lots that are due now, three to a member, and return how many there are."""
        now, members = timezone.now(), len(self.accounts)
        for start in range(0, self.lots, 10_000):
            reports = [
                ActivityReport(
                    event_id=secrets.token_hex(12),
                    user_id=f"m{number // 3 % members}",
                    action="ATTEND_EVENT",
                    occurred_at=now,
                    expires_at=now - timedelta(seconds=1),
                )
                for number in range(start, min(start + 10_000, self.lots))
            ]
            record_activities(reports=reports, now=now)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE points_pointlot, points_pointaccount")
        return PointLot.objects.filter(remaining__gt=0, expires_at__lte=now).count()

    def lapse_in_batches(self) -> float:
        """Sweep what is due; return lots per second."""
        count = self.make_lots_due()
        return rate(count, lambda: list(expire_due_lots(now=timezone.now())))

    def lapse_at_once(self) -> float:
        """Let everything lapse by one statement; return lots per second."""
        count = self.make_lots_due()
        sql = (
            "SELECT count(*) FROM points_expire_held("
            "ARRAY(SELECT id FROM points_pointaccount ORDER BY id FOR NO KEY UPDATE), now())"
        )

        def lapse() -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)

        return rate(count, lapse)


def new_cause() -> Cause:
    """Return a cause nobody had before."""
    return Cause(
        source=Source(type="benchmark", id=secrets.token_hex(12), rule="rule"),
        occurred_at=timezone.now(),
        description="Benchmark",
    )
