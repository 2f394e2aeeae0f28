"""The members and points that benchmarks work on, and callers that work at the same time."""

import multiprocessing
import threading
from collections.abc import Callable

from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from loyalty_site.accounts.services import ensure_members
from points.models import PointAccount
from points.services.activities import ActivityReport, record_activities

from .rounds import call_for

MEMBERS = 20_000
PROCESSES, THREADS = 2, 4


def prepare() -> range:
    """Make the members with three lots each, and return their account ids."""
    names = make_members(MEMBERS)
    now = timezone.now()
    for lot in range(3):
        for start in range(0, MEMBERS, 5_000):
            reports = [
                ActivityReport(
                    event_id=f"start:{lot}:{name}",
                    user_id=name,
                    action="SPECIAL_EVENT",
                    occurred_at=now,
                    metadata={"points": 50_000_000},
                )
                for name in names[start : start + 5_000]
            ]
            record_activities(reports=reports, now=now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    ids = PointAccount.objects.order_by("pk").values_list("pk", flat=True)
    return range(ids[0], (ids.last() or 0) + 1)


def make_members(count: int) -> list[str]:
    """Migrate, make the members m0, m1 … with an account each, and return their public ids."""
    call_command("migrate", verbosity=0)
    call_command("load_programme", verbosity=0)
    names = [f"m{number}" for number in range(count)]
    ensure_members(public_ids=names, now=timezone.now())
    return names


def call_together(work: Callable[[int], object]) -> float:
    """Do the same from eight threads in two processes; return the calls per second of all.

    Each thread has a connection of its own, warmed up before the clock starts.
    """
    fork = multiprocessing.get_context("fork")
    connections.close_all()
    barrier = fork.Barrier(PROCESSES * THREADS)
    rates = fork.SimpleQueue()

    def run_thread() -> None:
        for number in range(20):
            work(-1 - number)
        barrier.wait()
        rates.put(call_for(work))
        connections.close_all()

    def run_process() -> None:
        threads = [threading.Thread(target=run_thread) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    processes = [fork.Process(target=run_process) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    total = sum(rates.get() for _ in range(PROCESSES * THREADS))
    for process in processes:
        process.join()
    return total
