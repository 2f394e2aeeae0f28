"""Run benchmarks and print their ratios. Started by `benchmarks/run`, which says how."""

import argparse
import os
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from .ledger import LedgerBenchmarks
from .rounds import Ratio
from .scene import prepare

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
NAMES = ("award", "spend", "batch", "expiry")
HEAD = """# Benchmarks

Ratios to a limit that was measured in the same run, by turns, on the same machine: two cores, a
private PostgreSQL that keeps every commit safely on disk. Rates are per second and only tell the
order of magnitude; the ratio is the median of the rounds. `benchmarks/run --write` writes this
page anew.

| work | per second | limit | per second | ratio | held to |
|---|---|---|---|---|---|
"""


def read_arguments() -> argparse.Namespace:
    """Return what `benchmarks/run` was asked for."""
    parser = argparse.ArgumentParser(prog="benchmarks/run", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which ones: {', '.join(NAMES)}")
    parser.add_argument("--rounds", type=int, default=5, help="turns each one takes (default 5)")
    parser.add_argument("--lots", type=int, default=1_000_000, help="lots that expiry lapses")
    parser.add_argument("--quick", action="store_true", help="smaller, for a first look")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md anew")
    arguments = parser.parse_args(shlex.split(os.environ.get("BENCHMARK_ARGUMENTS", "")))
    unknown = set(arguments.names) - set(NAMES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    if arguments.quick:
        arguments.rounds, arguments.lots = 3, 60_000
    return arguments


def main() -> int:
    """Run them, show each as it is known, and fail when one does not hold."""
    arguments = read_arguments()
    console = Console()
    with console.status("Making members"):
        ledger = LedgerBenchmarks(prepare(), rounds=arguments.rounds, lots=arguments.lots)
    ratios = []
    for name in arguments.names or NAMES:
        benchmark: Callable[[], Iterator[Ratio]] = getattr(ledger, name)
        with console.status(name):
            for ratio in benchmark():
                ratios.append(ratio)
                console.print(f"{ratio.work}: {ratio.ratio:.2f}, held to {ratio.wanted}")
    console.print(as_table(ratios))
    if arguments.write:
        PAGE.write_text(HEAD + "".join(map(as_row, ratios)), encoding="utf-8")
    return 0 if all(ratio.holds for ratio in ratios) else 1


def as_table(ratios: list[Ratio]) -> Table:
    """Return the ratios as a table for the terminal."""
    table = Table("work", "per second", "limit", "per second", "ratio", "held to", "")
    for ratio in ratios:
        verdict = "holds" if ratio.holds else "[red]falls short[/]"
        rates = f"{ratio.ours:,.0f}", f"{ratio.theirs:,.0f}"
        figures = f"{ratio.ratio:.2f}", f"{ratio.wanted}"
        table.add_row(ratio.work, rates[0], ratio.limit, rates[1], *figures, verdict)
    return table


def as_row(ratio: Ratio) -> str:
    """Return a ratio as a row of the page."""
    return (
        f"| {ratio.work} | {ratio.ours:,.0f} | {ratio.limit} | {ratio.theirs:,.0f} "
        f"| {ratio.ratio:.2f} | {ratio.wanted} |\n"
    )


if __name__ == "__main__":
    raise SystemExit(main())
