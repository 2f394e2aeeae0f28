"""The processor's time a call takes, in Python and in the server: it hardly depends on the rest.

What a call takes by the clock also counts the disk and whoever else uses the machine.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

CALLS = 500


@dataclass(frozen=True)
class Cost:
    """Microseconds of a call: in this process, and in the server's for this connection."""

    python: float
    server: float

    def __str__(self) -> str:
        return f"{self.python:,.0f} µs in Python and {self.server:,.0f} µs in the server"


def measure_cost(work: Callable[[int], object], *, calls: int = CALLS) -> Cost:
    """Call `work(0)`, `work(1)` … and return what one takes. The server is on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [process_id] = cursor.fetchone()
    server, python = read_nanoseconds(process_id), time.process_time_ns()
    for number in range(calls):
        work(number)
    python, server = time.process_time_ns() - python, read_nanoseconds(process_id) - server
    return Cost(python=python / calls / 1_000, server=server / calls / 1_000)


def read_nanoseconds(process_id: int) -> int:
    """Return how long a process has been on a processor (Linux counts it)."""
    [nanoseconds, *_] = Path(f"/proc/{process_id}/schedstat").read_text(encoding="ascii").split()
    return int(nanoseconds)
