"""Shares, and differences of shares with and without suggestions, each with its interval; see the package."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from codebook.extras import require
from coding.agreement.codes import EXTRA
from coding.agreement.frame import Bools, Floats, Ints
from coding.agreement.interval import LEVEL, Resamples, interval
from coding.agreement.tally import TWO

SHOWN, NOT_SHOWN = 0, 1


@dataclass(frozen=True, slots=True)
class Effect:
    """One measure.

    Args:
        value: The measure; None where it is undefined.
        low: Lower end of the 95 % interval; None where there is none.
        high: Upper end.
        why: Why there is no value, or no interval; empty where there are both.
        shown: How many readings with suggestions it rests on; of suggestions, how many readings of how many codes.
        compared: How many without.
    """

    value: float | None
    low: float | None
    high: float | None
    why: str
    shown: int
    compared: int


@dataclass(frozen=True)
class Sums:
    """What adds up over threads: of each coder with and without suggestions, the sum of values and that of weights.

    Args:
        each: Threads by coders by (shown, not shown) by (weighted values, weights).
        numbers: How many readings there are, shown and not shown.
    """

    each: Floats
    numbers: tuple[int, int]

    @classmethod
    def of(
        cls, threads: int, coders: int, *, thread: Ints, coder: Ints, shown: Bools, value: Floats, weight: Floats
    ) -> "Sums":
        """Add readings up; those without weight do not count."""
        cell = (thread * coders + coder) * 2 + np.where(shown, SHOWN, NOT_SHOWN)
        size = threads * coders * 2
        parts: list[Floats] = [
            np.bincount(cell, weights=each, minlength=size).astype(np.float64) for each in (weight * value, weight)
        ]
        counted = weight > 0
        return cls(
            np.stack(parts, axis=-1).reshape(threads, coders, 2, 2),
            (int((counted & shown).sum()), int((counted & ~shown).sum())),
        )


def share(sums: Floats) -> Floats:
    """The weighted mean of values with suggestions, over all coders.

    Args:
        sums: Any number of axes, then coders by (shown, not shown) by (weighted values, weights).
    """
    values, weights = np.moveaxis(sums[..., SHOWN, :].sum(-2), -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = values / weights
    return found


def shift(sums: Floats) -> Floats:
    """The mean with suggestions minus that without, per coder, averaged over coders as they were shown suggestions.

    Coders who have none of one kind do not count; nan where no coder has both.
    """
    values, weights = np.moveaxis(sums, -1, 0)
    both = (weights > 0).all(-1)
    means = values / np.where(weights > 0, weights, 1)
    counts = np.where(both, weights[..., SHOWN], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = (counts * (means[..., SHOWN] - means[..., NOT_SHOWN])).sum(-1) / counts.sum(-1)
    return found


def widened(threads: int) -> float:
    """By how much resamples of few threads are spread too little: ``sqrt(n / (n - 1))``, and Student's t for a normal.

    T. C. Hesterberg, What teachers should know about the bootstrap, The American Statistician 69 (2015), 371-386.
    """
    if threads < TWO:
        return 1.0
    tail = (1 + LEVEL) / 2
    student = require("scipy.stats", EXTRA).t.ppf(tail, threads - 1)
    return float(student) / NormalDist().inv_cdf(tail) * math.sqrt(threads / (threads - 1))


def effect(sums: Sums, measure: Callable[[Floats], Floats], resamples: Resamples, *, alone: bool = False) -> Effect:
    """A measure with its interval over threads.

    Args:
        sums: What adds up.
        measure: :func:`share` or :func:`shift`.
        resamples: What the interval comes from.
        alone: Whether only readings with suggestions are needed.
    """
    shown, compared = sums.numbers
    if not shown or not (compared or alone):
        why = "no such suggestion that can be judged" if not shown else "nothing to compare with"
        return Effect(None, None, None, why, shown, compared)
    total = sums.each.sum(0)
    value = float(measure(total))
    if not np.isfinite(value):
        return Effect(None, None, None, "no coder has read both ways", shown, compared)
    flat = sums.each.reshape(len(sums.each), -1)
    weighted = [weights @ flat for weights in resamples.weights(len(flat))]
    resampled = measure(np.concatenate(weighted).reshape(-1, *total.shape))
    threads = int((sums.each[..., 1].sum((1, 2)) > 0).sum())
    ends = interval(value, value + widened(threads) * (resampled - value), measure(total - sums.each))
    return Effect(value, ends.low, ends.high, ends.why_not, shown, compared)
