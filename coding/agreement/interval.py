"""How sure a measure is: bootstrap over threads, because units of a thread are not independent of each other.

The interval is the bias-corrected and accelerated one (BCa): B. Efron, Better bootstrap confidence intervals, Journal
of the American Statistical Association 82 (1987), 171-185; the acceleration comes from leaving out one thread at a
time (T. J. DiCiccio, B. Efron, Bootstrap confidence intervals, Statistical Science 11 (1996), 189-228). In small
studies the plain percentile interval holds a known kappa less often; tests/bench/bench_agreement.py prints both.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from coding.agreement.frame import Floats

LEVEL = 0.95
"""The confidence level of all intervals."""

DEFINED = 0.9
"""Share of the resamples in which a measure is to be defined, else it has no interval."""

_BLOCK = 4_000_000
"""Weights that are held in memory at a time."""

_SAME = 1e-12
"""Values that differ by less are the same, computed in another order."""


@dataclass(frozen=True, slots=True)
class Resamples:
    """Threads drawn with replacement, as often as there are threads; the same seed draws the same.

    Args:
        number: How many resamples.
        seed: The study's.
    """

    number: int
    seed: int

    def weights(self, threads: int) -> Iterator[Floats]:
        """How often each thread was drawn: blocks of resamples by threads."""
        drawn = _drawn(self.number, self.seed, threads)
        rows = _rows(threads)
        for begin in range(0, self.number, rows):
            yield drawn[begin : begin + rows].astype(np.float64)


def _rows(threads: int) -> int:
    """How many resamples are held in memory at a time."""
    return max(1, _BLOCK // max(threads, 1))


@lru_cache(maxsize=1)
def _drawn(number: int, seed: int, threads: int) -> npt.NDArray[np.uint16]:
    """How often each thread was drawn in each resample; kept, for the parts of a study that have the same threads."""
    random = np.random.default_rng(seed)
    counted = np.zeros((number, threads), dtype=np.uint16)
    for begin in range(0, number, _rows(threads)):
        count = min(_rows(threads), number - begin)
        drawn = random.integers(0, threads, size=(count, threads)) + np.arange(count)[:, None] * threads
        counted[begin : begin + count] = np.bincount(drawn.ravel(), minlength=count * threads).reshape(count, threads)
    return counted


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval, or the reason why there is none."""

    low: float | None
    high: float | None
    why_not: str = ""


def interval(value: float, resampled: Floats, left_out: Floats) -> Interval:
    """The BCa interval of one measure.

    Args:
        value: The measure.
        resampled: The measure in each resample; nan where it is not defined.
        left_out: The measure without each of the threads; nan where it is not defined.
    """
    if len(left_out) < 2:  # noqa: PLR2004 - one thread says nothing about how threads differ
        return Interval(None, None, "one thread")
    known = resampled[np.isfinite(resampled)]
    if len(known) < DEFINED * len(resampled):
        return Interval(None, None, "undefined in many resamples")
    if np.ptp(known) < _SAME:
        return Interval(None, None, "no variation")
    normal = NormalDist()
    below = (np.mean(known < value - _SAME) + np.mean(known < value + _SAME)) / 2
    bias = normal.inv_cdf(float(np.clip(below, 1 / (len(known) + 1), len(known) / (len(known) + 1))))
    speed = _acceleration(left_out)
    ends = []
    for tail in ((1 - LEVEL) / 2, (1 + LEVEL) / 2):
        moved = bias + normal.inv_cdf(tail)
        ends.append(normal.cdf(bias + moved / (1 - speed * moved)))
    low, high = np.quantile(known, ends)
    return Interval(float(low), float(high))


def _acceleration(left_out: Floats) -> float:
    known = left_out[np.isfinite(left_out)]
    apart = known.mean() - known if len(known) else known
    spread = float((apart**2).sum()) ** 1.5
    return float((apart**3).sum()) / (6 * spread) if spread else 0.0
