"""Agreement on the set of codes that a unit was given, whole.

Distances: of Jaccard, one minus the shared part of all codes of two sets; MASI weighs that part by 1 if the sets are
equal, 2/3 if one holds the other, 1/3 if they meet, 0 if not (R. Passonneau, Measuring agreement on set-valued items
(MASI) for semantic and pragmatic annotation, LREC 2006). Two empty sets are equal; an empty set and another have
distance 1.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from codebook.extras import require
from coding.agreement.codes import EXTRA
from coding.agreement.estimate import OF_SETS, Estimates, Numbers, estimate
from coding.agreement.frame import Bools, Floats, Frame, Ints
from coding.agreement.interval import Resamples
from coding.agreement.tally import TWO

Fraction = tuple[Floats, Floats]
Sparse = Any
"""A sparse matrix of scipy's, threads by sets."""

_BLOCK = 4_000_000
"""Numbers of a matrix, of sets by sets or of threads by sets, that are held in memory at a time."""


def distances(one: Bools, other: Bools) -> dict[str, Floats]:
    """Distances of sets, by name.

    Args:
        one: Sets by codes.
        other: Sets by codes; as many, or such that the two broadcast (``one[:, None]``).
    """
    shared = (one & other).sum(-1)
    return _distances(shared, one.sum(-1), other.sum(-1))


def _distances(shared: npt.NDArray[Any], one: npt.NDArray[Any], other: npt.NDArray[Any]) -> dict[str, Floats]:
    both = one + other - shared
    part = np.where(both > 0, shared / np.maximum(both, 1), 1.0)
    equal, holds = shared == both, (shared == one) | (shared == other)
    weight = np.where(equal, 1.0, np.where(holds, 2 / 3, 1 / 3))  # sets that do not meet have no part to weigh
    return {"alpha": 1.0 - equal, "alpha_masi": 1 - part * weight, "alpha_jaccard": 1 - part}


class Sets:
    """The measures of the sets of codes in a frame.

    Args:
        frame: The readings.
        resamples: What intervals come from.
    """

    def __init__(self, frame: Frame, resamples: Resamples) -> None:
        self.frame = frame
        self._resamples = resamples
        readers = frame.readers
        self._pairable, self._complete = readers >= TWO, readers == len(frame.coders)
        found = [len(frame.read), int(self._pairable.sum()), int(self._complete.sum())]
        self.numbers = Numbers(len(frame.coders), *found)
        given = frame.gave[:, frame.read].T
        self._sets, numbers = np.unique(given, axis=0, return_inverse=True)
        self._set: Ints = np.full(frame.read.shape, -1, dtype=np.int64)
        self._set[frame.read] = numbers.ravel()

    def estimates(self) -> Estimates:
        """All measures."""
        found = {}
        for measure in OF_SETS:
            known = not self.numbers.why_not(measure)
            value, *spread = self._measured[measure] if known else (float("nan"), np.zeros(0), np.zeros(0))
            found[measure] = estimate(measure, self.numbers, float(value), (spread[0], spread[1]))
        return found

    @cached_property
    def _measured(self) -> dict[str, tuple[float, Floats, Floats]]:
        """Of each measure that the coders allow: its value, in each resample, without each thread."""
        wanted = [measure for measure in OF_SETS if not self.numbers.why_not(measure)]
        found = dict(self._of_parts(wanted))
        return {measure: (float(one[0]), one[1], one[2]) for measure, one in found.items()}

    def _of_parts(self, wanted: list[str]) -> Iterator[tuple[str, list[Floats]]]:
        plain, forms = self._plain_sums(), self._forms(wanted)
        for measure in wanted:
            parts = []
            for of in range(3):
                sums = {name: three[of] for name, three in plain.items()}
                parts.append(self._one(measure, sums, forms.get(measure, plain["units"])[of]))
            yield measure, parts

    def _one(self, measure: str, sums: dict[str, Floats], form: Floats) -> Floats:
        """A measure from sums and from its sum over pairs of sets."""
        n, units, coders = sums["readings"], sums["units"], self.numbers.coders
        with np.errstate(divide="ignore", invalid="ignore"):
            if measure == "percent":
                return 1 - sums["differ"] / units
            if measure == "cohen":
                found, expected = sums["differ"] / units, 1 - form / units**2
            elif measure == "fleiss":
                every = sums["complete"]
                found, expected = sums["all_differ"] / every, 1 - form / (coders * every) ** 2
            elif measure == "alpha":
                found, expected = sums["alpha"] * (n - 1), n**2 - form
            else:
                found, expected = sums[measure] * (n - 1), form
            known = expected > 1e-9 * np.maximum(units, 1)
            return np.where(known, 1 - found / np.where(known, expected, 1), np.nan)

    def _plain_sums(self) -> dict[str, list[Floats]]:
        """What adds up over units: whole, in each resample, without each thread."""
        m = self.frame.readers.astype(np.float64)
        columns = {"units": self._pairable * 1.0, "readings": m * self._pairable, "complete": self._complete * 1.0}
        columns |= self._disagreements(m)
        columns["differ"] = columns["alpha"] / m
        columns["all_differ"] = columns["differ"] * self._complete
        threads = self.frame.threads
        each = np.stack([np.bincount(self.frame.thread, weights=c, minlength=threads) for c in columns.values()], 1)
        weighted = np.concatenate([weights @ each for weights in self._resamples.weights(threads)])
        three = [each.sum(0), weighted, each.sum(0) - each]
        return {name: [part[..., place] for part in three] for place, name in enumerate(columns)}

    def _disagreements(self, m: Floats) -> dict[str, Floats]:
        """Of each unit, the distances of its readings from each other, summed as Krippendorff does."""
        coders = range(len(self.frame.coders))
        summed: dict[str, Floats] = {name: np.zeros(len(m)) for name in ("alpha", "alpha_masi", "alpha_jaccard")}
        for one, other in ((i, j) for i in coders for j in coders if i < j):
            both = self.frame.read[:, one] & self.frame.read[:, other]
            pair = (self._sets[self._set[both, place]] for place in (one, other))
            for name, far in distances(*pair).items():
                summed[name][both] += 2 * far / (m[both] - 1)
        return summed

    def _counts(self, units: Bools, coder: int | None = None) -> Sparse:
        """How often each set was given in each thread."""
        sparse = require("scipy.sparse", EXTRA)
        chosen = self.frame.read & units[:, None]
        if coder is not None:
            chosen &= np.arange(len(self.frame.coders)) == coder
        rows = np.broadcast_to(self.frame.thread[:, None], chosen.shape)[chosen]
        ones = np.ones(len(rows))
        shape = (self.frame.threads, len(self._sets))
        return sparse.csr_array((ones, (rows, self._set[chosen])), shape=shape)

    def _forms(self, wanted: list[str]) -> dict[str, list[Floats]]:
        """Sums over pairs of sets, of how often each was given times what the pair weighs."""
        every = self._counts(self._pairable)
        found = {"alpha": self._same(every, every)} if "alpha" in wanted else {}
        if "cohen" in wanted:
            found["cohen"] = self._same(*(self._counts(self._pairable, coder) for coder in (0, 1)))
        if "fleiss" in wanted:
            complete = self._counts(self._complete)
            found["fleiss"] = self._same(complete, complete)
        return found | self._apart(every)

    def _weighted(self, counts: Sparse) -> Iterator[Floats]:
        for weights in self._resamples.weights(self.frame.threads):
            yield (counts.T @ weights.T).T

    def _same(self, one: Sparse, other: Sparse) -> list[Floats]:
        """The sum over equal sets."""
        a, b = one.sum(0), other.sum(0)
        pairs = zip(self._weighted(one), self._weighted(other), strict=True)
        resampled = np.concatenate([(x * y).sum(1) for x, y in pairs])
        left = a @ b - one @ b - other @ a + (one * other).sum(1)
        return [np.asarray(a @ b), resampled, np.asarray(left)]

    def _apart(self, counts: Sparse) -> dict[str, list[Floats]]:
        """The sums over all pairs of sets, weighed by their distance; the distances are made block by block."""
        whole = counts.sum(0)
        resampled = np.concatenate([block.astype(np.float32) for block in self._weighted(counts)])
        found = {
            name: [np.zeros(()), np.zeros(len(resampled)), np.zeros(self.frame.threads)]
            for name in ("alpha_masi", "alpha_jaccard")
        }
        members, sizes = self._sets.astype(np.float32), self._sets.sum(1)
        wide = max(1, _BLOCK // max(len(sizes), self.frame.threads))
        for begin in range(0, len(sizes), wide):
            block = slice(begin, begin + wide)
            shared = np.rint(members @ members[block].T).astype(np.int64)
            far = _distances(shared, sizes[:, None], sizes[None, block])
            inside = counts[:, block]
            for name, sums in found.items():
                sums[0] = sums[0] + whole @ far[name] @ whole[block]
                below = far[name][begin:].astype(np.float32)  # distances are symmetric: half of them tell all
                here = resampled[:, block]
                sums[1] += 2 * _summed(resampled[:, begin:] @ below, here) - _summed(
                    here @ below[: here.shape[1]], here
                )
                # without a thread, the form loses what that thread has with all, twice, but its own with itself once
                sums[2] += inside.multiply(counts @ far[name]).sum(1) - 2 * (inside @ (whole @ far[name]))
        return {name: [sums[0], sums[1], sums[0] + sums[2]] for name, sums in found.items()}


def _summed(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> Floats:
    """The sums of the rows of a product."""
    summed: Floats = np.einsum("rs,rs->r", one, other, dtype=np.float64)
    return summed
