"""Showing ratios: the table of the terminal and the page in docs."""

import os
import platform
from collections.abc import Iterable

import django
from django.db import connection
from rich.table import Table

from .rounds import Ratio

HEAD = """# Benchmarks

Ratios to a limit that was measured in the same run, by turns, on the same machine: {machine}. The
database is a private one that keeps every commit safely on disk, and shares the cores with what is
measured. Figures only tell the order of magnitude; the ratio is the median of the rounds.
`benchmarks/run --write` writes this page anew.

| work | ours | limit | the limit's | ratio | held to |
|---|---|---|---|---|---|
"""


def as_table(ratios: Iterable[Ratio]) -> Table:
    """Return the ratios as a table for the terminal."""
    table = Table("work", "ours", "limit", "the limit's", "ratio", "held to", "")
    for ratio in ratios:
        table.add_row(*as_cells(ratio), "holds" if ratio.holds else "[red]falls short[/]")
    return table


def as_page(ratios: Iterable[Ratio], *, machine: str) -> str:
    """Return the page in Markdown. `machine` says what was measured on."""
    rows = [f"| {' | '.join(as_cells(ratio))} |\n" for ratio in ratios]
    return HEAD.format(machine=machine) + "".join(rows)


def as_cells(ratio: Ratio) -> tuple[str, ...]:
    """Return the cells of a ratio's row."""
    ours, theirs = ratio.unit.show(ratio.ours), ratio.unit.show(ratio.theirs)
    return ratio.work, ours, ratio.limit, theirs, f"{ratio.ratio:.2f}", ratio.held_to


def describe_machine() -> str:
    """Return what the figures depend on: cores and versions, read from the machine."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        [version] = cursor.fetchone()
    cores = len(os.sched_getaffinity(0))
    python, site = platform.python_version(), django.get_version()
    return f"{cores} cores, PostgreSQL {version.split()[0]}, Python {python}, Django {site}"
