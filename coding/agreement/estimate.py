"""A measure of agreement with its interval, or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coding.agreement.frame import Floats
from coding.agreement.interval import interval
from coding.agreement.tally import TWO

OF_CODES = ("prevalence", "percent", "cohen", "fleiss", "alpha", "ac1", "pabak", "positive", "negative")
"""Measures of one code: given or not."""

OF_SETS = ("percent", "cohen", "fleiss", "alpha", "alpha_masi", "alpha_jaccard")
"""Measures of the set of codes that a unit was given."""

MEANING = {
    "prevalence": "share of readings in which the code was given, mean over units; 0 to 1",
    "percent": "percent agreement: how often two readings of a unit are equal, mean over units; 0 to 100",
    "cohen": "Cohen's kappa, of two coders",
    "fleiss": "Fleiss' kappa, of three coders or more, over the units that all have read",
    "alpha": "Krippendorff's alpha, nominal",
    "alpha_masi": "Krippendorff's alpha of sets of codes with the distance MASI",
    "alpha_jaccard": "Krippendorff's alpha of sets of codes with the distance of Jaccard",
    "ac1": "Gwet's AC1",
    "pabak": "prevalence-adjusted bias-adjusted kappa",
    "positive": "positive agreement: how often a coder gives the code, given that another does",
    "negative": "negative agreement: how often a coder does not give the code, given that another does not",
    "alpha_of_codes": "Krippendorff's alpha of the codes below, pooled",
    "difference": "alpha of the theme minus alpha of the codes below",
}
"""What each measure is."""

CONSTANT = "constant"


@dataclass(frozen=True, slots=True)
class Estimate:
    """One measure.

    Args:
        value: The measure; None where it is undefined.
        low: Lower end of the interval; None where there is none.
        high: Upper end.
        undefined: Why there is no value; empty where there is one.
        no_interval: Why there is no interval; empty where there is one.
        units: On how many units it rests.
        coders: How many coders they have.
    """

    value: float | None
    low: float | None
    high: float | None
    undefined: str
    no_interval: str
    units: int
    coders: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many units there are.

    Args:
        coders: Coders that have read any of them.
        units: Units that anybody has read.
        pairable: Units that two coders or more have read.
        complete: Units that all coders have read.
    """

    coders: int
    units: int
    pairable: int
    complete: int

    def of(self, measure: str) -> int:
        """The units that a measure rests on."""
        return {"prevalence": self.units, "fleiss": self.complete}.get(measure, self.pairable)

    def why_not(self, measure: str) -> str:
        """Why a measure is undefined whatever was coded; empty if it may be defined."""
        if measure == "prevalence":
            return "" if self.units else "no overlap"
        if self.coders < TWO:
            return "one coder"
        if measure == "cohen" and self.coders > TWO:
            return "more than two coders"
        if measure == "fleiss" and self.coders == TWO:
            return "fewer than three coders"
        if not self.pairable:
            return "no overlap"
        return "no unit read by all coders" if measure == "fleiss" and not self.complete else ""


def estimate(
    measure: str, numbers: Numbers, value: float, spread: tuple[Floats, Floats], undefined: str = ""
) -> Estimate:
    """Put a measure together with its interval.

    Args:
        measure: Its name.
        numbers: How many units and coders there are.
        value: The measure; nan where the data say nothing.
        spread: The measure in each resample, and without each thread.
        undefined: Why it is undefined; empty if only ``value`` can tell.
    """
    units, coders = numbers.of(measure), numbers.coders
    undefined = numbers.why_not(measure) or undefined or ("" if np.isfinite(value) else CONSTANT)
    if undefined:
        return Estimate(None, None, None, undefined, undefined, units, coders)
    ends = interval(value, *spread)
    scale = 100 if measure == "percent" else 1
    low, high = (None if end is None else scale * end for end in (ends.low, ends.high))
    return Estimate(scale * value, low, high, "", ends.why_not, units, coders)


Estimates = Mapping[str, Estimate]
