"""Taking turns: ours and its limit are measured one after the other, several times."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Measure = Callable[[], float]


@dataclass(frozen=True)
class Ratio:
    """What a benchmark found. Rates are per second; `wanted` is the ratio it is held to."""

    work: str
    limit: str
    ours: float
    theirs: float
    wanted: float
    ratio: float

    @property
    def holds(self) -> bool:
        """Whether the ratio is at least what was wanted."""
        return self.ratio >= self.wanted


def compare(
    *, work: str, limit: str, ours: Measure, theirs: Measure, wanted: float, rounds: int
) -> Ratio:
    """Measure both by turns and return the median of the rounds' ratios with the median rates.

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
    )


def rate(count: int, work: Callable[[], object]) -> float:
    """Return how many of `count` things a second `work` did."""
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)
