"""What benchmarks make of their figures."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest

from benchmarks.costs import Cost
from benchmarks.page import as_cells, renew_page
from benchmarks.processes import read_peak
from benchmarks.rounds import Ratio, Unit, compare


def make_measure(order: list[str], name: str, figures: list[float]) -> Callable[[], float]:
    """Return a measure that gives one figure after the other and notes down whose turn it was."""
    left: Iterator[float] = iter(figures)

    def measure() -> float:
        order.append(name)
        return next(left)

    return measure


def make_ratio(*, ratio: float, wanted: float | None, unit: Unit = Unit.PER_SECOND) -> Ratio:
    return Ratio(
        work="ours", limit="limit", ours=1_234.4, theirs=300, wanted=wanted, ratio=ratio, unit=unit
    )


def test_both_take_turns_and_the_median_round_counts() -> None:
    order: list[str] = []
    found = compare(
        work="ours",
        limit="limit",
        ours=make_measure(order, "ours", [80, 30, 900]),
        theirs=make_measure(order, "theirs", [100, 60, 1_000]),
        wanted=0.75,
        rounds=3,
    )
    assert order == ["ours", "theirs", "theirs", "ours", "ours", "theirs"]
    assert (found.ours, found.theirs) == (80, 100)
    assert found.ratio == pytest.approx(0.8)
    assert found.holds


@pytest.mark.parametrize(
    ("unit", "ratio", "wanted", "holds"),
    [
        (Unit.PER_SECOND, 0.75, 0.75, True),
        (Unit.PER_SECOND, 0.74, 0.75, False),
        (Unit.MEGABYTES, 1.3, 1.3, True),
        (Unit.MEGABYTES, 1.31, 1.3, False),
        (Unit.SECONDS, 0.5, 1.0, True),
        (Unit.SECONDS, 7.0, None, True),
    ],
)
def test_of_rates_more_is_better_and_of_memory_and_time_less(
    unit: Unit, ratio: float, wanted: float | None, holds: bool
) -> None:
    assert make_ratio(ratio=ratio, wanted=wanted, unit=unit).holds is holds


@pytest.mark.parametrize(
    ("unit", "wanted", "cells"),
    [
        (Unit.PER_SECOND, 3.0, ("ours", "1,234/s", "limit", "300/s", "4.11", "≥ 3.0")),
        (Unit.MEGABYTES, 1.3, ("ours", "1,234 MB", "limit", "300 MB", "4.11", "≤ 1.3")),
        (Unit.SECONDS, None, ("ours", "1,234 s", "limit", "300 s", "4.11", "shown only")),
    ],
)
def test_a_row_carries_its_unit(unit: Unit, wanted: float | None, cells: tuple[str, ...]) -> None:
    assert as_cells(make_ratio(ratio=4.114, wanted=wanted, unit=unit)) == cells


def test_the_page_has_a_section_for_each_that_names_the_machine_and_the_day() -> None:
    groups = {
        "http": [replace(make_ratio(ratio=2, wanted=None), note="A sentence.")],
        "award": [make_ratio(ratio=1, wanted=None), make_ratio(ratio=2, wanted=3.0)],
    }
    page = renew_page("", groups, machine="8 cores, PostgreSQL 17.1", day=date(2026, 3, 1))
    assert read_titles(page) == ["Awards", "Requests"]
    assert page.count("on 01 March 2026: 8 cores, PostgreSQL 17.1.\n") == 2
    rows = [line for line in page.splitlines() if line.startswith("| ours")]
    assert [row.split("|")[-2].strip() for row in rows] == ["holds", "**falls short**", "holds"]
    assert {line.count("|") for line in page.splitlines() if line.startswith("|")} == {8}
    assert page.endswith("\nA sentence.\n")


def test_the_page_keeps_the_sections_that_were_not_measured_anew() -> None:
    day = date(2026, 3, 1)
    award, http = [make_ratio(ratio=1, wanted=None)], [make_ratio(ratio=2, wanted=None)]
    page = renew_page("", {"award": award, "http": http}, machine="8 cores", day=day)
    anew = renew_page(page, {"award": http}, machine="2 cores", day=day)
    assert read_titles(anew) == ["Awards", "Requests"]
    assert anew.partition("## Requests")[2] == page.partition("## Requests")[2]
    assert "2 cores" in anew.partition("## Requests")[0]
    assert "8 cores" not in anew.partition("## Requests")[0]


def read_titles(page: str) -> list[str]:
    """Return the titles of a page's sections, in order."""
    return [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]


def test_a_cost_is_told_in_microseconds() -> None:
    cost = Cost(python=1_234.4, server=56)
    assert str(cost) == "1,234 µs in Python and 56 µs in the server"


def test_a_process_that_has_ended_has_no_memory() -> None:
    # Process ids end below this one.
    assert read_peak(2**22 + 1) == 0
