"""Run benchmarks and print their ratios. Started by `benchmarks/run`, which says how."""

import argparse
import os
import shlex
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from django.utils import timezone
from rich.console import Console

from .against_peer import PeerMissing, measure_against_peer
from .badges import measure_badges
from .boards import measure_boards
from .console import measure_console
from .http import measure_http
from .ledger import LedgerBenchmarks
from .page import SECTIONS, as_table, describe_machine, renew_page
from .rounds import Ratio
from .scores import ScoreBenchmarks
from .sockets import measure_sockets
from .volume import measure_audit, measure_import

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def read_arguments() -> argparse.Namespace:
    """Return what `benchmarks/run` was asked for."""
    parser = argparse.ArgumentParser(
        prog="benchmarks/run",
        description="Measure the platform against limits measured in the same run, on a private "
        "PostgreSQL that keeps every commit safely on disk. Fails when a ratio falls short.",
        epilog="Without names all of them run, about an hour; on a machine that others use as "
        "well, only the ratios tell anything.",
    )
    parser.add_argument("names", nargs="*", help=f"which ones: {', '.join(SECTIONS)}")
    parser.add_argument("--rounds", type=int, default=5, help="turns each one takes (default 5)")
    parser.add_argument("--lots", type=int, default=1_000_000, help="lots that expiry lapses")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows to audit and to import")
    parser.add_argument("--members", type=int, default=1_000_000, help="members of boards")
    parser.add_argument("--quick", action="store_true", help="smaller, for a first look")
    parser.add_argument(
        "--write", action="store_true", help="and write their sections of docs/benchmarks.md"
    )
    arguments = parser.parse_args(shlex.split(os.environ.get("BENCHMARK_ARGUMENTS", "")))
    unknown = set(arguments.names) - set(SECTIONS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    if arguments.write and arguments.quick:
        parser.error("--write is for full size")
    if arguments.quick:
        arguments.rounds, arguments.lots, arguments.rows = 3, 60_000, 100_000
        arguments.members = 50_000
    arguments.names = arguments.names or tuple(SECTIONS)
    return arguments


def map_benchmarks(arguments: argparse.Namespace) -> dict[str, Callable[[], Iterator[Ratio]]]:
    """Return what runs for each name."""
    ledger = LedgerBenchmarks(rounds=arguments.rounds, lots=arguments.lots)
    return {
        "award": ledger.award,
        "spend": ledger.spend,
        "batch": ledger.batch,
        "peer": partial(measure_against_peer, ledger, rounds=arguments.rounds),
        "http": partial(measure_http, ledger, rounds=arguments.rounds),
        "expiry": ledger.expiry,
        "badges": partial(measure_badges, members=arguments.rows),
        "audit": partial(measure_audit, rows=arguments.rows),
        "console": partial(
            measure_console, redemptions=arguments.rows // 10, rounds=arguments.rounds
        ),
        "import": partial(measure_import, rows=arguments.rows),
        "scores": ScoreBenchmarks(rounds=arguments.rounds, activities=arguments.rows // 20).measure,
        "boards": partial(measure_boards, members=arguments.members, rounds=arguments.rounds),
        "sockets": partial(measure_sockets, rounds=arguments.rounds),
    }


def write_section(name: str, ratios: list[Ratio]) -> None:
    """Renew a section of the page at once, so that what comes later cannot lose it."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    today = timezone.localdate()
    page = renew_page(page, {name: ratios}, machine=describe_machine(), day=today)
    PAGE.write_text(page, encoding="utf-8")


def main() -> int:
    """Run them, show each as it is known, and fail when one does not hold or could not run."""
    arguments = read_arguments()
    console = Console()
    benchmarks = map_benchmarks(arguments)
    groups: dict[str, list[Ratio]] = {}
    left_out = []
    for name in arguments.names:
        try:
            with console.status(name):
                for ratio in benchmarks[name]():
                    groups.setdefault(name, []).append(ratio)
                    console.print(f"{ratio.work}: {ratio.ratio:.2f}, held to {ratio.held_to}")
                    if ratio.note:
                        console.print(f"[dim]{ratio.note}[/]")
        except PeerMissing as missing:
            left_out.append(name)
            console.print(f"[red]{name} was left out:[/] {missing}")
            continue
        if arguments.write:
            write_section(name, groups[name])
    ratios = [ratio for group in groups.values() for ratio in group]
    console.print(as_table(ratios))
    return 0 if not left_out and all(ratio.holds for ratio in ratios) else 1


if __name__ == "__main__":
    raise SystemExit(main())
