"""Two numbers that are set beside each other: the ratio of two counts, and the agreement of two orders."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from random import Random
from statistics import StatisticsError, correlation

MOST_PERMUTED = 8
"""Up to so many pairs all orders are counted (40,320); of more, some are drawn."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio with its interval; ``value`` and ``high`` are None where nothing came before, all three of nothing."""

    value: float | None
    low: float | None
    high: float | None


def rate_ratio(after: int, before: int, alpha: float = 0.05) -> Ratio:
    """The ratio of two Poisson counts over equal times, with its exact conditional interval.

    Given the sum, the later count is binomial; the interval of its share by C. J. Clopper and E. S. Pearson, The use of
    confidence or fiducial limits illustrated in the case of the binomial, Biometrika 26 (1934), 404-413.

    Args:
        after: The later count.
        before: The earlier count.
        alpha: One minus the level of the interval.
    """
    if not after + before:
        return Ratio(None, None, None)
    from scipy.special import betaincinv

    low = float(betaincinv(after, before + 1, alpha / 2)) if after else 0.0
    high = float(betaincinv(after + 1, before, 1 - alpha / 2)) if before else 1.0
    return Ratio(after / before if before else None, _odds(low), _odds(high))


def _odds(share: float) -> float | None:
    return share / (1 - share) if share < 1 else None


def ranks(values: Sequence[float]) -> list[float]:
    """The place of each value, the largest first, from 1; equal values share the mean of their places."""
    return [
        sum(other > value for other in values) + (sum(other == value for other in values) + 1) / 2 for value in values
    ]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Spearman's rho of two orders; ``p`` is two-sided, ``exact`` if all orders were counted."""

    rho: float
    p: float
    exact: bool


def rank_agreement(one: Sequence[float], other: Sequence[float], seed: int, resamples: int) -> Agreement | None:
    """Spearman's rank correlation, with a permutation test.

    C. Spearman, The proof and measurement of association between two things, American Journal of Psychology 15 (1904),
    72-101. With ties, rho is the correlation of mean ranks. Of at most :data:`MOST_PERMUTED` pairs p is the share of
    all orders whose rho is at least as far from 0; of more, of ``resamples`` orders drawn, the found one among them.

    Args:
        one: Values, at least three.
        other: As many.
        seed: Of the orders that are drawn.
        resamples: How many.

    Returns:
        None of fewer than three pairs, or if all values of one side are equal.
    """
    a, b = ranks(one), ranks(other)
    try:
        rho = correlation(a, b)
    except StatisticsError:
        return None
    if len(a) < 3:  # noqa: PLR2004 - of two, the correlation is always 1 or -1
        return None
    exact = len(a) <= MOST_PERMUTED
    orders = permutations(b) if exact else _drawn(b, seed, resamples)
    far = [abs(correlation(a, order)) >= abs(rho) - 1e-12 for order in orders]
    p = sum(far) / len(far) if exact else (sum(far) + 1) / (len(far) + 1)
    return Agreement(rho, p, exact)


def _drawn(values: Sequence[float], seed: int, times: int) -> Iterator[list[float]]:
    random = Random(seed)  # noqa: S311 - a permutation test, nothing secret
    for _ in range(times):
        yield random.sample(values, len(values))
