"""The measures of one method with 95 % intervals by bootstrap over threads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coding.agreement.interval import Resamples, interval
from coding.evaluation.judged import Floats, Offer, Truth
from coding.evaluation.measures import OVERALL, PER_CODE, Measure, Sums, summands


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """One measure of one method.

    Args:
        code: The code; empty for all together.
        measure: The measure's name.
        value: The measure; None where it is undefined.
        low: Lower end of the interval; None where there is none.
        high: Upper end.
        undefined: Why there is no value; empty where there is one.
        no_interval: Why there is no interval; empty where there is one.
    """

    code: str
    measure: str
    value: float | None
    low: float | None
    high: float | None
    undefined: str
    no_interval: str


def estimates(offer: Offer, truth: Truth, resamples: Resamples) -> list[Estimated]:
    """All measures of a method: of all codes together, then of each code in order.

    Raises:
        ValueError: There are no units.
    """
    if not truth.threads:
        raise ValueError("no units to evaluate on")
    per_thread = _per_thread(summands(offer, truth), truth)
    spread = _Spread(per_thread, resamples, truth.threads)
    made = [each for name, measure in OVERALL.items() for each in spread.of(("",), name, measure)]
    by_code = [spread.of(truth.codes, name, measure) for name, measure in PER_CODE.items()]
    return made + [each for one in zip(*by_code, strict=True) for each in one]


def _per_thread(of_units: Mapping[str, Floats], truth: Truth) -> dict[str, Floats]:
    summed: dict[str, Floats] = {}
    for name, values in of_units.items():
        summed[name] = np.zeros((truth.threads, values.shape[1]))
        np.add.at(summed[name], truth.thread, values)
    return summed


class _Spread:
    """Sums of all threads, of each resample, and without each thread."""

    def __init__(self, per_thread: Sums, resamples: Resamples, threads: int) -> None:
        self.whole = {name: values.sum(axis=0, keepdims=True) for name, values in per_thread.items()}
        self.left_out = {name: self.whole[name] - values for name, values in per_thread.items()}
        blocks = [{n: weights @ v for n, v in per_thread.items()} for weights in resamples.weights(threads)]
        self.drawn = {name: np.concatenate([block[name] for block in blocks]) for name in per_thread}

    def of(self, codes: Sequence[str], name: str, measure: Measure) -> list[Estimated]:
        """One measure of codes, or of all together."""
        values = measure.of(self.whole)[0]
        drawn, left_out = measure.of(self.drawn), measure.of(self.left_out)
        return [
            _estimated(code, name, measure, float(values[at]), drawn[:, at], left_out[:, at])
            for at, code in enumerate(codes)
        ]


def _estimated(code: str, name: str, measure: Measure, value: float, drawn: Floats, left_out: Floats) -> Estimated:
    if np.isnan(value):
        why = measure.undefined
        return Estimated(code=code, measure=name, value=None, low=None, high=None, undefined=why, no_interval=why)
    ends = interval(value, drawn, left_out)
    return Estimated(
        code=code, measure=name, value=value, low=ends.low, high=ends.high, undefined="", no_interval=ends.why_not
    )
