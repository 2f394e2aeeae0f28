"""Showing ratios: the table of the terminal and the page in docs."""

import os
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import django
from django.db import connection
from rich.table import Table

from .rounds import Ratio

HEAD = """# Benchmarks

Each row is a ratio to a limit that was measured in the same run, by turns, on the same machine. The
database is a private one that keeps every commit safely on disk, and it shares the cores with what
is measured. Rates are medians of the rounds and only tell the order of magnitude; the ratio is the
median of the rounds' own ratios. Of rates more is better, of memory and time less. A section says
when and on what it was measured.

    benchmarks/run                 all of them, about an hour
    benchmarks/run award http      some of them
    benchmarks/run --quick         smaller, for a first look
    benchmarks/run --write         all of them, and this page anew
    benchmarks/run --write award   one of them, and its section of this page anew
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
    "boards": "Leaderboards",
    "badges": "Publishing a badge",
    "console": "The approval queue",
    "sockets": "Live events",
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


def renew_page(page: str, groups: Mapping[str, Sequence[Ratio]], *, machine: str, day: date) -> str:
    """Return `page` in Markdown with the sections of what was measured anew, and the others as is.

    `groups` has ratios by their name on the command line, `machine` says what was measured on.
    """
    sections = dict(read_sections(page))
    for name, ratios in groups.items():
        sections[name] = as_section(name, ratios, machine=machine, day=day)
    return "\n".join([HEAD, *(sections[name] for name in SECTIONS if name in sections)])


def read_sections(page: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each section of a page."""
    names = {title: name for name, title in SECTIONS.items()}
    for part in page.split("\n## ")[1:]:
        title = part.partition("\n")[0]
        if title in names:
            yield names[title], f"## {part.rstrip()}\n"


def as_section(name: str, ratios: Iterable[Ratio], *, machine: str, day: date) -> str:
    """Return the part of the page about one benchmark."""
    measured = f"`benchmarks/run {name}` on {day:%d %B %Y}: {machine}."
    rows = [
        f"| {' | '.join(as_cells(ratio))} | {'holds' if ratio.holds else '**falls short**'} |\n"
        for ratio in ratios
    ]
    notes = [f"\n{ratio.note}\n" for ratio in ratios if ratio.note]
    return f"## {SECTIONS[name]}\n\n{measured}\n\n{TABLE_HEAD}{''.join([*rows, *notes])}"


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
