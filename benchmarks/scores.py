"""The projector's rate, and what projections cost the awards they follow."""

import multiprocessing
import random
import secrets
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest
from multiprocessing.synchronize import Event

from django.conf import settings
from django.db import connection, connections
from django.db.models import Max
from django.utils import timezone

from gamification.models import Backlog
from gamification.services.projecting import project_backlog
from gamification.services.rebuilding import rebuild_pending
from points.models import Activity, PointTransaction
from points.services.activities import ActivityReport, record_activities

from .databases import work_in_new_database
from .ledger import LedgerBenchmarks
from .rounds import Ratio, compare, rate
from .scene import MEMBERS, call_together

ROWS_WANTED = 10_000
# Of a statement that only adds up: it would count a row twice, and knows neither streaks nor
# different values nor badges.
ROLLUP_SHARE_WANTED = 0.4
# Of what comes in no order: most members are given a badge before the row that says since when.
SHUFFLED_SHARE_WANTED = 0.4
REPORT_SIZE = 5_000
# Reports tell of one half of a day after the other; history that comes in no order, of all of them.
REPORTED_DAYS = 60
REPORT_SPAN = timedelta(hours=12)
# What members do, the common more often.
ACTIONS = (
    *("ATTEND_EVENT",) * 4,
    "CAFE_MEETUP",
    "RSVP_EVENT",
    "MAKE_CONNECTION",
    "GIVE_TRUST_MOMENT",
    "COMMUNITY_PARTICIPATION",
    "PURCHASE",
)
NOTES = {
    "points_activity": "gamification_note_activities",
    "points_pointtransaction": "gamification_note_earnings",
}
# A table of the same shape with the same two indexes, and no more than what adds up.
MAKE_ROLLUP = """
    CREATE TABLE benchmark_rollup (LIKE gamification_metricscore INCLUDING INDEXES);
    INSERT INTO benchmark_rollup SELECT * FROM gamification_metricscore;
"""
ROLL_UP = """
    INSERT INTO benchmark_rollup AS score (
        metric_id, member_id, period_kind, period_start, value, reached_at
    )
    SELECT entry.metric_id, account.member_id, period_kind, period_start, sum(amount)::bigint,
        max(occurred_at)
    FROM (
        SELECT source.metric_id, account_id, occurred_at, 1 AS amount
        FROM points_activity activity
        JOIN gamification_metricsource source
          ON source.action_id = activity.action_id AND metadata @> source.metadata_filter
        WHERE activity.id BETWEEN %(activities)s AND %(activities)s + %(count)s - 1
        UNION ALL
        SELECT metric.id, account_id, occurred_at, amount
        FROM points_pointtransaction earning
        JOIN gamification_metric metric ON metric.log = 'earnings'
        WHERE earning.id BETWEEN %(earnings)s AND %(earnings)s + %(count)s - 1
    ) entry
    JOIN points_pointaccount account ON account.id = entry.account_id
    CROSS JOIN LATERAL gamification_periods((occurred_at AT TIME ZONE %(zone)s)::date)
    GROUP BY 1, 3, 4, 2
    ORDER BY 1, 3, 4, 2
    ON CONFLICT (metric_id, period_kind, period_start, member_id) DO UPDATE
    SET value = score.value + EXCLUDED.value,
        reached_at = greatest(score.reached_at, EXCLUDED.reached_at)
"""


class ScoreBenchmarks:
    """What docs/benchmarks.md lists about projections."""

    def __init__(self, *, rounds: int, activities: int) -> None:
        self.ledger = LedgerBenchmarks(rounds=rounds, lots=0)
        self.rounds = rounds
        self.activities = activities
        # What is rolled up already: the last activity and the last transaction.
        self.rolled_up = (0, 0)
        self.reported_until = timezone.now() - timedelta(days=REPORTED_DAYS)

    def measure(self) -> Iterator[Ratio]:
        """Fold a backlog, then award with and without projections."""
        with work_in_new_database("benchmark_scores"):
            assert self.ledger.accounts  # noqa: S101 -- made when first asked for
            list(rebuild_pending())
            list(project_backlog())
            with connection.cursor() as cursor:
                cursor.execute(MAKE_ROLLUP)
            self.rolled_up = find_last_rows()
            folded = compare(
                work="a row of the logs folded into 17 metrics, in batches of 10,000",
                limit="the same rows by one bare statement: nothing but adding up",
                ours=self.fold,
                theirs=self.roll_up,
                wanted=ROLLUP_SHARE_WANTED,
                rounds=self.rounds,
            )
            yield replace(
                folded,
                limit=f"{ROWS_WANTED:,} rows a second",
                theirs=ROWS_WANTED,
                wanted=1.0,
                ratio=folded.ours / ROWS_WANTED,
            )
            yield folded
            shuffled = statistics.median(self.fold_shuffled() for _ in range(self.rounds))
            yield Ratio(
                work="the same when two months come in no order, which moves badges",
                limit=f"{ROWS_WANTED:,} rows a second",
                ours=shuffled,
                theirs=ROWS_WANTED,
                wanted=SHUFFLED_SHARE_WANTED,
                ratio=shuffled / ROWS_WANTED,
            )
            yield compare(
                work="one award, 8 callers, with the projector at work",
                limit="one award, 8 callers, nothing noted or projected",
                ours=self.award_with_projections,
                theirs=self.award_alone,
                wanted=0.65,
                rounds=self.rounds,
            )

    def fold(self) -> float:
        """Fold what waits, reported now unless it was; return rows of the logs per second.

        Badges that are earned on the way bring points, and so rows that are folded as well.
        """
        if not Backlog.objects.exists():
            self.report()
        return fold_backlog()

    def fold_shuffled(self) -> float:
        """Fold what members did at any time of the two months; return rows per second."""
        begin = timezone.now() - timedelta(days=REPORTED_DAYS)
        for _ in range(0, self.activities, REPORT_SIZE):
            report_mixture(since=begin, span=timedelta(days=REPORTED_DAYS))
        return fold_backlog()

    def roll_up(self) -> float:
        """Add the same rows up by the bare statement; return rows of the logs per second."""
        if self.rolled_up == find_last_rows():
            self.report()
        start, last = self.rolled_up, find_last_rows()
        self.rolled_up = last
        return rate(
            sum(last) - sum(start),
            lambda: roll_up(
                activities=range(start[0] + 1, last[0] + 1, REPORT_SIZE),
                earnings=range(start[1] + 1, last[1] + 1, REPORT_SIZE),
            ),
        )

    def report(self) -> None:
        """Report what members did next."""
        for _ in range(0, self.activities, REPORT_SIZE):
            report_mixture(since=self.reported_until, span=REPORT_SPAN)
            self.reported_until += REPORT_SPAN

    def award_with_projections(self) -> float:
        """Return awards per second while a projector folds them."""
        with running_projector():
            return call_together(self.ledger.award_once)

    def award_alone(self) -> float:
        """Return awards per second of a ledger that nobody follows."""
        with unnoted():
            return call_together(self.ledger.award_once)


def fold_backlog() -> float:
    """Fold all that waits; return rows of the logs per second."""
    started = time.perf_counter()
    return sum(project_backlog()) / (time.perf_counter() - started)


def report_mixture(*, since: datetime, span: timedelta) -> None:
    """Report what some members did within a span, the earliest first."""
    reports = [
        ActivityReport(
            event_id=secrets.token_hex(12),
            user_id=f"m{random.randrange(MEMBERS)}",
            action=random.choice(ACTIONS),
            occurred_at=since + share * span,
            metadata={
                "amount": 12.5,
                "positive": True,
                "locationId": f"place-{random.randrange(50)}",
                "eventType": random.choice(("sports", "ilm", "meetup")),
            },
        )
        for share in sorted(random.random() for _ in range(REPORT_SIZE))
    ]
    record_activities(reports=reports, now=timezone.now())


def find_last_rows() -> tuple[int, int]:
    """Return the last activity and the last transaction; their numbers have no gaps here."""
    last = (
        table.objects.aggregate(last=Max("pk"))["last"] for table in (Activity, PointTransaction)
    )
    return (next(last), next(last))


def roll_up(*, activities: range, earnings: range) -> None:
    """Add up so many rows of either log at a time, each time in a transaction of its own.

    A log that has come to its end goes on with numbers that no row has.
    """
    for activity, earning in zip_longest(activities, earnings, fillvalue=-REPORT_SIZE):
        with connection.cursor() as cursor:
            cursor.execute(
                ROLL_UP,
                {
                    "activities": activity,
                    "earnings": earning,
                    "count": REPORT_SIZE,
                    "zone": settings.LOYALTY_TIME_ZONE,
                },
            )


@contextmanager
def unnoted() -> Iterator[None]:
    """Switch the triggers that fill the backlog off for a while."""
    switch_notes("DISABLE")
    try:
        yield
    finally:
        switch_notes("ENABLE")


def switch_notes(switch: str) -> None:
    """Switch those triggers on or off."""
    with connection.cursor() as cursor:
        for table, trigger in NOTES.items():
            cursor.execute(f"ALTER TABLE {table} {switch} TRIGGER {trigger}")


@contextmanager
def running_projector() -> Iterator[None]:
    """Let another process fold what comes, as a worker that is nudged does."""
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    stop = fork.Event()
    process = fork.Process(target=project_until, args=(stop,))
    process.start()
    try:
        yield
    finally:
        stop.set()
        process.join()


def project_until(stop: Event) -> None:
    """Fold what waits ten times a second."""
    while not stop.is_set():
        list(project_backlog(alone=True))
        time.sleep(0.1)
