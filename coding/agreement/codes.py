"""Agreement on one code at a time: every unit has it or has it not.

Cohen's kappa is scikit-learn's, Fleiss' statsmodels', nominal alpha krippendorff's; resamples are counted here, and
the tests hold them against these packages.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from codebook.extras import require
from coding.agreement import nominal
from coding.agreement.estimate import CONSTANT, OF_CODES, Estimate, Estimates, Numbers, estimate
from coding.agreement.frame import Floats, Frame
from coding.agreement.interval import Resamples
from coding.agreement.tally import TWO, Fraction, Totals, fractions, tally, values

EXTRA = "agreement"

_OWN = {"ac1": nominal.ac1, "pabak": nominal.pabak}


class Codes:
    """The measures of a frame's codes.

    Args:
        frame: The readings.
        resamples: What intervals come from.
    """

    def __init__(self, frame: Frame, resamples: Resamples) -> None:
        self.frame = frame
        self._tally = tally(frame)
        self._resamples = resamples
        whole = self._totals
        self.numbers = Numbers(len(frame.coders), *(int(n[0]) for n in (whole.frame, whole.pairable, whole.complete)))

    @cached_property
    def _totals(self) -> Totals:
        return self._tally.whole()

    @cached_property
    def _spread(self) -> tuple[Mapping[str, Fraction], Mapping[str, Fraction]]:
        coders = len(self.frame.coders)
        resampled = fractions(self._tally.resampled(self._resamples), coders)
        return resampled, fractions(self._tally.without_each(), coders)

    def each(self, code: int) -> Estimates:
        """The measures of one code, by number."""
        found = {}
        for measure in OF_CODES:
            undefined = self.numbers.why_not(measure) or self._undefined(measure, code)
            value = float("nan") if undefined else self._value(measure, code)
            found[measure] = self._estimate(measure, [code], value, undefined)
        return found

    def pooled(self, codes: Sequence[int]) -> Estimates:
        """The measures of several codes together; see :func:`coding.agreement.tally.values`."""
        return {measure: self.pooled_one(measure, codes) for measure in OF_CODES}

    def pooled_one(self, measure: str, codes: Sequence[int]) -> Estimate:
        """One measure of several codes together."""
        whole = fractions(self._totals, len(self.frame.coders))
        if self.numbers.why_not(measure):
            return self._estimate(measure, codes, float("nan"), "")
        apart = {self._undefined(measure, code) for code in codes}
        undefined = "" if "" in apart else min(apart, default="no codes")
        return self._estimate(measure, codes, float(values(whole[measure], codes)[0]), undefined)

    def spread(self, measure: str, codes: Sequence[int]) -> tuple[Floats, Floats]:
        """A measure of codes together in each resample, and without each thread."""
        resampled, left_out = self._spread
        return values(resampled[measure], codes)[:, 0], values(left_out[measure], codes)[:, 0]

    def _estimate(self, measure: str, codes: Sequence[int], value: float, undefined: str) -> Estimate:
        nothing = np.zeros(0)
        known = not (undefined or self.numbers.why_not(measure))
        spread = self.spread(measure, codes) if known else (nothing, nothing)
        return estimate(measure, self.numbers, value, spread, undefined)

    def _undefined(self, measure: str, code: int) -> str:
        """Why a measure of a code is undefined though coders overlap."""
        if measure in ("prevalence", "percent"):
            return ""
        complete = measure == "fleiss"
        given = int((self._totals.all_given if complete else self._totals.given)[code])
        readings = self.numbers.complete * self.numbers.coders if complete else int(self._totals.readings[0])
        if measure == "positive":
            return "" if given else "never given"
        if measure == "negative":
            return "" if given < readings else "always given"
        return CONSTANT if given in (0, readings) else ""

    def _value(self, measure: str, code: int) -> float:
        """A measure of a code that is defined."""
        gave, m = self.frame.gave[code], self.frame.readers
        r = gave.sum(1)
        if measure == "cohen":
            both = self.frame.read.all(1)
            score = require("sklearn.metrics", EXTRA).cohen_kappa_score
            return float(score(gave[both, 0], gave[both, 1]))
        if measure == "fleiss":
            every = self.frame.read.all(1)
            table = np.stack([r, m - r], axis=1)[every]
            return float(require("statsmodels.stats.inter_rater", EXTRA).fleiss_kappa(table))
        if measure == "alpha":
            counts = np.stack([r, m - r], axis=1)[m > 1]
            return float(require("krippendorff", EXTRA).alpha(value_counts=counts, level_of_measurement="nominal"))
        if measure in _OWN:
            return _OWN[measure](np.where(self.frame.read, gave, -1), TWO)
        whole = fractions(self._totals, len(self.frame.coders))
        return float(values(whole[measure])[code])
