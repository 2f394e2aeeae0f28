"""Showing ratios: the table of the terminal and the page in docs."""

import os
import platform
from collections.abc import Iterable, Mapping, Sequence

import django
from django.db import connection
from rich.table import Table

from .rounds import Ratio

HEAD = """# Benchmarks

Each row is a ratio to a limit that was measured in the same run, by turns, on the same machine:
{machine}. The database is a private one that keeps every commit safely on disk, and it shares the
cores with what is measured. Rates are medians of the rounds and only tell the order of magnitude;
the ratio is the median of the rounds' own ratios. Of rates more is better, of memory and time less.

    benchmarks/run                 all of them, about half an hour
    benchmarks/run award http      some of them
    benchmarks/run --quick         smaller, for a first look
    benchmarks/run --write         all of them, and this page anew

"""
SECTIONS = {
    "award": "Awards",
    "spend": "Spends",
    "batch": "Reports of many activities",
    "peer": "Against a wallet for Django",
    "http": "Requests",
    "expiry": "Expiry",
    "audit": "The audit of a million transactions",
    "import": "Importing a million purchases",
    "scores": "Projections",
    "console": "The approval queue",
    "boards": "Leaderboards",
}
TABLE_HEAD = """| work | ours | limit | the limit's | ratio | held to | |
|---|---:|---|---:|---:|---|---|
"""


def as_table(ratios: Iterable[Ratio]) -> Table:
    """Return the ratios as a table for the terminal."""
    table = Table("work", "ours", "limit", "the limit's", "ratio", "held to", "")
    for ratio in ratios:
        table.add_row(*as_cells(ratio), "holds" if ratio.holds else "[red]falls short[/]")
    return table


def as_page(groups: Mapping[str, Sequence[Ratio]], *, machine: str) -> str:
    """Return the page in Markdown: a section for each benchmark, by its name on the command line.

    `machine` says what was measured on.
    """
    sections = [as_section(name, ratios) for name, ratios in groups.items()]
    return HEAD.format(machine=machine) + "\n".join(sections)


def as_section(name: str, ratios: Iterable[Ratio]) -> str:
    """Return the part of the page about one benchmark."""
    title = SECTIONS.get(name, name.capitalize())
    rows = [
        f"| {' | '.join(as_cells(ratio))} | {'holds' if ratio.holds else '**falls short**'} |\n"
        for ratio in ratios
    ]
    notes = [f"\n{ratio.note}\n" for ratio in ratios if ratio.note]
    return f"## {title}\n\n`benchmarks/run {name}`\n\n{TABLE_HEAD}{''.join([*rows, *notes])}"


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
