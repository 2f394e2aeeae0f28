"""The projector's rate, and what projections cost the awards they follow."""

import multiprocessing
import random
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.synchronize import Event

from django.db import connection, connections
from django.utils import timezone

from gamification.models import Backlog
from gamification.services.projecting import project_backlog
from gamification.services.rebuilding import rebuild_pending
from points.services.activities import ActivityReport, record_activities

from .databases import work_in_new_database
from .ledger import LedgerBenchmarks
from .rounds import Ratio, compare, rate
from .scene import MEMBERS, call_together

ROWS_WANTED = 10_000
REPORT_SIZE = 5_000
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


class ScoreBenchmarks:
    """What docs/benchmarks.md lists about projections."""

    def __init__(self, *, rounds: int, activities: int) -> None:
        self.ledger = LedgerBenchmarks(rounds=rounds, lots=0)
        self.rounds = rounds
        self.activities = activities

    def measure(self) -> Iterator[Ratio]:
        """Fold a backlog, then award with and without projections."""
        with work_in_new_database("benchmark_scores"):
            assert self.ledger.accounts  # noqa: S101 -- made when first asked for
            list(rebuild_pending())
            list(project_backlog())
            yield compare(
                work="a row of the logs folded into 17 metrics, in batches of 10,000",
                limit=f"{ROWS_WANTED:,} rows a second",
                ours=self.fold,
                theirs=lambda: ROWS_WANTED,
                wanted=1.0,
                rounds=self.rounds,
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
        """Report activities, then fold them; return rows of the logs per second."""
        for _ in range(0, self.activities, REPORT_SIZE):
            report_mixture()
        return rate(Backlog.objects.count(), lambda: list(project_backlog()))

    def award_with_projections(self) -> float:
        """Return awards per second while a projector folds them."""
        with running_projector():
            return call_together(self.ledger.award_once)

    def award_alone(self) -> float:
        """Return awards per second of a ledger that nobody follows."""
        with unnoted():
            return call_together(self.ledger.award_once)


def report_mixture() -> None:
    """Report what some members did lately."""
    now = timezone.now()
    reports = [
        ActivityReport(
            event_id=secrets.token_hex(12),
            user_id=f"m{random.randrange(MEMBERS)}",
            action=random.choice(ACTIONS),
            occurred_at=now - timedelta(minutes=random.randrange(30 * 24 * 60)),
            metadata={
                "amount": 12.5,
                "positive": True,
                "locationId": f"place-{random.randrange(50)}",
                "eventType": random.choice(("sports", "ilm", "meetup")),
            },
        )
        for _ in range(REPORT_SIZE)
    ]
    record_activities(reports=reports, now=now)


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
