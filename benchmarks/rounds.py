"""Taking turns: ours and its limit are measured one after the other, several times."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

Measure = Callable[[], float]


class Unit(Enum):
    """What a figure counts: of rates more is better, of everything else less."""

    PER_SECOND = "/s"
    MEGABYTES = " MB"
    SECONDS = " s"
    MILLISECONDS = " ms"

    def show(self, figure: float) -> str:
        """Return a figure as people read it: `4,321/s`, `182 MB`, `38 s`."""
        return f"{figure:,.0f}{self.value}"


@dataclass(frozen=True)
class Ratio:
    """What a benchmark found: our figure, the limit's, and the ratio of the two.

    `wanted` is what the ratio is held to: a rate's is to be at least that much, that of memory or
    time at most. None holds it to nothing; the figures are only shown. `note` is a sentence below.
    """

    work: str
    limit: str
    ours: float
    theirs: float
    wanted: float | None
    ratio: float
    unit: Unit = Unit.PER_SECOND
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the ratio is what was wanted."""
        if self.wanted is None:
            return True
        if self.unit is Unit.PER_SECOND:
            return self.ratio >= self.wanted
        return self.ratio <= self.wanted

    @property
    def held_to(self) -> str:
        """What was wanted, as people read it."""
        if self.wanted is None:
            return "shown only"
        return f"{'≥' if self.unit is Unit.PER_SECOND else '≤'} {self.wanted}"


def compare(
    *,
    work: str,
    limit: str,
    ours: Measure,
    theirs: Measure,
    wanted: float | None,
    rounds: int,
    unit: Unit = Unit.PER_SECOND,
) -> Ratio:
    """Measure both by turns; return the median of the rounds' ratios with the median figures.

    A round's two halves share whatever else the machine is doing, which is why the ratio is
    taken within the round. The order changes from round to round.
    """
    pairs = []
    for number in range(rounds):
        if number % 2:
            limit_rate, our_rate = theirs(), ours()
        else:
            our_rate, limit_rate = ours(), theirs()
        pairs.append((our_rate, limit_rate))
    return Ratio(
        work=work,
        limit=limit,
        ours=statistics.median(ours for ours, _ in pairs),
        theirs=statistics.median(theirs for _, theirs in pairs),
        wanted=wanted,
        ratio=statistics.median(ours / theirs for ours, theirs in pairs),
        unit=unit,
    )


def rate(count: int, work: Callable[[], object]) -> float:
    """Return how many of `count` things a second `work` did."""
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def call_for(work: Callable[[int], object], seconds: float = 4) -> float:
    """Call `work(0)`, `work(1)` … for so long, and return calls per second."""
    started = time.perf_counter()
    count = 0
    while (elapsed := time.perf_counter() - started) < seconds:
        work(count)
        count += 1
    return count / elapsed
