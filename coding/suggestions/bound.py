"""From which score on a code may be said: conformal selection.

For one code, let ``n`` decided units be calibrated on and ``m`` be undecided. An undecided unit of score ``s`` gets the
p-value ``(1 + #{decided without the code, of score >= s}) / (n + 1)``, and the Benjamini-Hochberg procedure at level
``error`` over the ``m`` units selects those that get the code (Jin and Candès 2023, *Selection by prediction with
conformal p-values*, JMLR 24). That is a threshold: the smallest score ``t`` with
``m (1 + V(t)) / ((n + 1) R(t)) <= error``, where ``V`` counts decided units without the code and ``R`` undecided ones,
at or above ``t``.

What holds: if the scores and true codes of decided and undecided units are exchangeable, the share of a code's said
suggestions that are wrong (none said: 0) is at most ``error`` in expectation over the draw of the decided units, at any
``n`` and ``m``. It is exact where the score was not learnt from the units calibrated on. Here it is cross-fitted, by
which exchangeability holds nearly: every unit is scored by models that have not seen its thread (cross-conformal
prediction, Vovk 2015); the simulation in the tests says how well. It says nothing of
decided units that were not drawn at random, nothing of single suggestions, and is about all that reaches the threshold:
where a unit has more codes than ``[suggestions].at_most``, its less likely ones are left out afterwards.

A score below a half is never enough, however much room the bound leaves: no unit is suggested a code that it more
likely does not have. That is to give such units the p-value 1. Silence never breaks the bound (nothing said is nothing
wrong), so a code is also silent with few units that have it, and where the bound does not hold among the decided units
themselves.
"""

from dataclasses import dataclass

import numpy as np

from coding.suggestions.material import Bools, Floats

LEAST = 5
"""Decided units with the code below which nothing is said of it."""

EVEN = 0.5
"""The score below which nothing is said."""


@dataclass(frozen=True, slots=True)
class Bound:
    """From which score on a code is said.

    Args:
        threshold: NaN if it is not said at all.
        silent: Why it is not said; empty if it is.
    """

    threshold: float
    silent: str = ""


def bound(scores: Floats, right: Bools, undecided: Floats, error: float) -> Bound:
    """Find the threshold of one code.

    Args:
        scores: Scores of the units calibrated on (n).
        right: Whether each has the code (n).
        undecided: Scores of the undecided units (m).
        error: The bound.
    """
    if int(right.sum()) < LEAST:
        return Bound(np.nan, f"{right.sum()} of {len(right)} decided units have it; {LEAST} are needed")
    if not len(undecided):
        return Bound(np.nan, "every unit is decided")
    threshold = selection(scores, right, undecided, error)
    above = scores >= threshold  # nowhere, if it is NaN
    wrong = int((above & ~right).sum())
    if np.isnan(threshold) or wrong > error * above.sum():
        return Bound(np.nan, f"at no score are at most {100 * error:g} % known to be wrong")
    return Bound(threshold)


def selection(scores: Floats, right: Bools, undecided: Floats, error: float) -> float:
    """The threshold of conformal selection; NaN if nothing is selected. Arguments as those of :func:`bound`."""
    candidates = np.unique(undecided[undecided >= EVEN])
    wrong = np.sort(scores[~right])
    above = len(wrong) - np.searchsorted(wrong, candidates, side="left")
    selected = len(undecided) - np.searchsorted(np.sort(undecided), candidates, side="left")
    holds = len(undecided) * (1 + above) <= error * (len(scores) + 1) * selected
    return float(candidates[holds][0]) if holds.any() else np.nan
