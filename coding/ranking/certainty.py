"""When an ordered screening may stop: a sequential likelihood-ratio test that may be looked at after every verdict.

The question is that of A. Callaghan and F. Müller-Hansen, Statistical stopping criteria for automated screening in
systematic reviews, Systematic Reviews 9 (2020) 273, and D. Lewis, E. Yang and O. Frieder, Certifying one-phase
technology-assisted reviews, CIKM 2021: is the recall certainly as high as it has to be? The latter show that a fixed
test that is asked again and again errs more often than it says. Ours is made for being asked again (A. Wald, Sequential
tests of statistical hypotheses, Annals of Mathematical Statistics 16 (1945) 117; J. Ville, 1939; for draws without
replacement I. Waudby-Smith and A. Ramdas, Confidence sequences for sampling without replacement, NeurIPS 2020).

Some candidates are taken because a model likes them, others are drawn with equal chances from all that are unread.
Let M be the unknown number of relevant candidates. When u are unread and f relevant ones are found, a drawn one is
relevant with the chance (M - f) / u exactly, whatever was taken before and for whatever reason. So the likelihood L(M)
of the drawn ones is known, and for any two numbers the ratio L(a) / L(M) is, if M is true, a martingale that starts at
1: by Ville's inequality it ever reaches 1 / (1 - confidence) with a chance of at most 1 - confidence. With a recall r,
stopping at f would be wrong for all M with f < r M. For each of them, a = ceil(r M) - 1 is the most that can have been
found when it is wrong. Reading may stop when for every M that is still possible, and for which stopping would be wrong,
L(a) / L(M) is at least 1 / (1 - confidence).

The guarantee needs: verdicts that are right, draws that are random, and nothing about the model, which may be as bad as
it likes (then more is read). If the model found all there is, with k the number of relevant ones that the recall lets
go, n drawn ones of u without a relevant one suffice as soon as C(u-k', n) / C(u, n) <= 1 - confidence, k' = k + 1: that
of the hypergeometric test for one look. So looking often costs nothing.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

METHOD = (
    "sequential likelihood-ratio test on candidates drawn at random without replacement (Wald 1945; Waudby-Smith and "
    "Ramdas 2020), valid at every look"
)
"""What is printed as the method."""

_SLACK = 1e-9
"""Rounding of logarithms and of products such as 0.95 * 20: less than this is no difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """What the verdicts say about the recall.

    Args:
        candidates: How many there are.
        read: How many have a verdict.
        found: How many of these are relevant.
        drawn: How many of those read were drawn at random, and count as evidence.
        at_most: How many relevant ones there are at most, at the confidence asked for, as far as it matters: not below
            ``found`` / recall.
        likeliest: The number of relevant ones that makes the draws likeliest; None without draws.
        may_stop: Whether the recall is certain enough.
    """

    candidates: int
    read: int
    found: int
    drawn: int
    at_most: int
    likeliest: int | None
    may_stop: bool

    @property
    def recall(self) -> float | None:
        """The likeliest recall, 0 to 1; None where nothing says so."""
        return None if not self.likeliest else self.found / self.likeliest

    @property
    def recall_at_least(self) -> float:
        """The lower end of the recall's confidence interval, 0 to 1; the upper end is 1: all may have been found."""
        return self.found / self.at_most if self.at_most else 1.0


class Evidence:
    """Verdicts as they come in, in the order in which candidates were taken.

    Args:
        candidates: How many there are.
    """

    def __init__(self, candidates: int) -> None:
        self._totals = np.arange(candidates + 1)
        self._likelihood: Floats = np.zeros(candidates + 1)
        self._factorial: Floats = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, candidates + 1)))])
        self.unread, self.found, self.drawn = candidates, 0, 0

    def take(self, relevant: bool, *, times: int = 1) -> None:
        """Candidates that somebody or a model chose to be read next."""
        self.unread -= times
        self.found += times * relevant

    def draw(self, relevant: bool, *, times: int = 1) -> None:
        """Candidates drawn one after the other from all unread ones, each unread one with the same chance."""
        left = self._totals - self.found
        others = self.unread - left
        chosen = left if relevant else others
        possible = (left >= 0) & (others >= 0) & (chosen >= times)
        self._likelihood += np.where(possible, self._ways(np.where(possible, chosen, times), times), -np.inf)
        self._likelihood -= self._ways(np.array([self.unread]), times)
        self.drawn += times
        self.take(relevant, times=times)

    def _ways(self, of: NDArray[np.intp], times: int) -> Floats:
        """Logarithms of in how many ways so many can be drawn one after the other of each number."""
        return np.asarray(self._factorial[of] - self._factorial[of - times])

    def certainty(self, recall: float, confidence: float) -> Certainty:
        """What is certain now.

        Args:
            recall: The share of relevant candidates that has to be found, between 0 and 1.
            confidence: How sure that has to be, between 0 and 1; it holds over all looks together.
        """
        found, highest = self.found, self.found + self.unread
        lowest = smallest_miss(found, recall)
        totals = np.arange(lowest, highest + 1)
        most_found = np.ceil(recall * totals - _SLACK).astype(np.int64) - 1
        ratio = self._likelihood[most_found] - self._likelihood[totals]
        open_yet = totals[ratio < -math.log1p(-confidence) - _SLACK]
        return Certainty(
            candidates=len(self._totals) - 1,
            read=len(self._totals) - 1 - self.unread,
            found=found,
            drawn=self.drawn,
            at_most=int(open_yet[-1]) if len(open_yet) else min(lowest - 1, highest),
            likeliest=found + int(np.argmax(self._likelihood[found : highest + 1])) if self.drawn else None,
            may_stop=not len(open_yet),
        )


def smallest_miss(found: int, recall: float) -> int:
    """The smallest number of relevant candidates of which ``found`` are less than the share ``recall``."""
    return math.floor(found / recall + _SLACK) + 1
