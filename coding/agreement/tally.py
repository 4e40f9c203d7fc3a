"""What the measures of one code at a time need, counted per thread, so that a resample is one product of matrices.

Every measure is one minus a fraction of disagreement. Of a unit that ``m`` coders read and ``r`` of them gave the code:

- observed disagreement: two of its coders differ with probability ``2 r (m - r) / (m (m - 1))``;
- Krippendorff's alpha weighs units by ``m``: his coincidences of the two values are ``r (m - r) / (m - 1)``
  (K. Krippendorff, Computing Krippendorff's alpha-reliability, 2011);
- Gwet's AC1 takes the chance of agreeing from ``r / m`` over all units that anybody read (K. L. Gwet, Computing
  inter-rater reliability and its variance in the presence of high agreement, British Journal of Mathematical and
  Statistical Psychology 61 (2008), 29-48);
- PABAK is Brennan and Prediger's kappa of two values (T. Byrt, J. Bishop, J. B. Carlin, Bias, prevalence and kappa,
  Journal of Clinical Epidemiology 46 (1993), 423-429);
- positive and negative agreement: D. V. Cicchetti, A. R. Feinstein, High agreement but low kappa II, Journal of
  Clinical Epidemiology 43 (1990), 551-558; for more than two coders as in J. L. Fleiss, Measuring nominal scale
  agreement among many raters, Psychological Bulletin 76 (1971), 378-382.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from coding.agreement.frame import Floats, Frame
from coding.agreement.interval import Resamples

TWO = 2
"""Coders in a pair."""

Fraction = tuple[Floats, Floats]
"""Disagreement and what it is compared with; the last axis is codes."""


class Totals(NamedTuple):
    """Sums over units; the last axis is codes, or 1 where all codes share the sum."""

    frame: Floats
    pairable: Floats
    readings: Floats
    complete: Floats
    share: Floats
    given: Floats
    split: Floats
    differ: Floats
    all_given: Floats
    all_split: Floats
    first: Floats
    second: Floats


_SHARED = 4


@dataclass(frozen=True)
class Tally:
    """Sums per thread.

    Args:
        coders: How many coders there are.
        shared: Threads by the sums that all codes share: units, units read by two coders or more, readings of these,
            units read by all coders.
        own: Threads by codes by sums.
    """

    coders: int
    shared: Floats
    own: Floats

    def whole(self) -> Totals:
        """The sums over all threads."""
        return _totals(self.shared.sum(0), self.own.sum(0))

    def without_each(self) -> Totals:
        """The sums over all threads but one; the first axis is the one left out."""
        return _totals(self.shared.sum(0) - self.shared, self.own.sum(0) - self.own)

    def resampled(self, resamples: Resamples) -> Totals:
        """The sums in each resample."""
        blocks = [self._weighted(weights) for weights in resamples.weights(len(self.shared))]
        return Totals(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))

    def _weighted(self, weights: Floats) -> Totals:
        threads, codes, sums = self.own.shape
        own = weights @ self.own.reshape(threads, codes * sums)
        return _totals(weights @ self.shared, own.reshape(len(weights), codes, sums))


def _totals(shared: Floats, own: Floats) -> Totals:
    return Totals(
        *(shared[..., number, None] for number in range(_SHARED)),
        *(own[..., number] for number in range(len(Totals._fields) - _SHARED)),
    )


def tally(frame: Frame) -> Tally:
    """Count a frame, thread by thread."""
    readers = frame.readers
    pairable, complete = readers >= TWO, readers == len(frame.coders)
    shared = [np.ones_like(readers), pairable, readers * pairable, complete]
    own = [_per_thread(frame, list(_own(frame, number))) for number in range(len(frame.codes))]
    sums = len(Totals._fields) - _SHARED
    stacked = np.stack(own, axis=1) if own else np.zeros((frame.threads, 0, sums))
    return Tally(
        len(frame.coders), _per_thread(frame, [np.asarray(each, dtype=np.float64) for each in shared]), stacked
    )


def _own(frame: Frame, code: int) -> Iterator[Floats]:
    """What each unit adds to the sums of a code, in the order of :class:`Totals`."""
    m = frame.readers.astype(np.float64)
    gave = frame.gave[code]
    r = gave.sum(1).astype(np.float64)
    split = r * (m - r) / np.maximum(m - 1, 1)  # 0 where only one coder read
    pairable, complete = m >= TWO, m == len(frame.coders)
    yield r / m
    yield r * pairable
    yield split
    yield 2 * split / m
    yield r * complete
    yield r * (m - r) * complete
    for place in (0, 1):
        both = pairable if len(frame.coders) == TWO else np.zeros_like(pairable)
        yield (gave[:, place] & both).astype(np.float64) if both.any() else np.zeros_like(m)


def _per_thread(frame: Frame, columns: Sequence[Floats]) -> Floats:
    summed = [np.bincount(frame.thread, weights=each, minlength=frame.threads) for each in columns]
    return np.stack(summed, axis=-1)


def fractions(totals: Totals, coders: int) -> Mapping[str, Fraction]:
    """Every measure of one code at a time as a fraction of disagreement.

    Args:
        totals: Sums.
        coders: How many coders there are. Cohen's kappa is there for two, Fleiss' for three or more.
    """
    t, n = totals, totals.readings
    with np.errstate(divide="ignore", invalid="ignore"):
        differ, share = t.differ / t.pairable, t.share / t.frame
        found: dict[str, Fraction] = {
            "prevalence": (1 - share, np.ones_like(share)),
            "percent": (differ, np.ones_like(differ)),
            "alpha": (t.split * (n - 1), t.given * (n - t.given)),
            "ac1": (differ, 1 - 2 * share * (1 - share)),
            "pabak": (differ, np.full_like(differ, 0.5)),
            "positive": (t.split, t.given),
            "negative": (t.split, n - t.given),
        }
        if coders == TWO:
            p, q = t.first / t.pairable, t.second / t.pairable
            found["cohen"] = (differ, 1 - p * q - (1 - p) * (1 - q))
        elif coders > TWO:
            p = t.all_given / (coders * t.complete)
            found["fleiss"] = (2 * t.all_split / (coders * (coders - 1) * t.complete), 2 * p * (1 - p))
    return found


def values(fraction: Fraction, pooled: Sequence[int] | None = None) -> Floats:
    """A measure from its fraction: per code, or one for several codes together.

    Codes are pooled by adding disagreement and expected disagreement (H. De Vries, M. N. Elliott, D. E. Kanouse,
    S. S. Teleki, Using pooled kappa to summarize interrater agreement across many items, Field Methods 20 (2008),
    272-282).

    Args:
        fraction: Of :func:`fractions`.
        pooled: The codes to be pooled, by number; None for each by itself.

    Returns:
        The measure; nan where it is not defined.
    """
    found, expected = np.broadcast_arrays(*fraction)
    if pooled is not None:
        found, expected = found[..., pooled].sum(-1, keepdims=True), expected[..., pooled].sum(-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - found / np.where(expected > 0, expected, 1), np.nan)
