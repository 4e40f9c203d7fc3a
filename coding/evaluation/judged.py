"""What a method offered for units, beside what people decided of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What was decided of n units, of which c codes could be given.

    Args:
        codes: The codes' ids, in the order of the codebook (c).
        given: Whether the code is in the unit's agreed set; n x c.
        known: Whether anybody could give the code to the unit (it was in the codebook by then); n x c. What is not
            known counts nowhere.
        thread: The number of each unit's thread, from 0 without gaps (n).
    """

    codes: Sequence[str]
    given: Bools
    known: Bools
    thread: Ints

    @classmethod
    def of(cls, codes: Sequence[str], labels: npt.NDArray[Any], threads: Sequence[str]) -> "Truth":
        """Decisions as they come.

        Args:
            codes: The codes' ids (c).
            labels: n x c: 1 given, 0 not given, -1 unknown.
            threads: The thread's id of each unit (n).
        """
        numbers = np.unique(np.asarray(threads, dtype=np.str_), return_inverse=True)[1].astype(np.int64)
        return cls(codes=tuple(codes), given=labels == 1, known=labels >= 0, thread=numbers)

    @property
    def threads(self) -> int:
        """How many threads there are."""
        return int(self.thread.max()) + 1 if len(self.thread) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one method says of the same units.

    Args:
        scores: By which the codes of a unit are ranked, higher is likelier; n x c, nan where the method is mute.
        chosen: What it offers for the unit; n x c.
        probable: Probability that the code is decided, n x c, nan where there is none; None for a method without any.
    """

    scores: Floats
    chosen: Bools
    probable: Floats | None = None


def likeliest(scores: Floats, many: int) -> Bools:
    """The codes of each unit that have the highest scores; of equal ones the earlier of the codebook.

    Args:
        scores: n x c; nan is never taken.
        many: How many codes per unit.
    """
    ranked = np.argsort(-np.where(np.isnan(scores), -np.inf, scores), axis=1, kind="stable")[:, :many]
    taken: Bools = np.zeros(scores.shape, dtype=np.bool_)
    np.put_along_axis(taken, ranked, values=True, axis=1)
    taken[np.isnan(scores)] = False
    return taken


def usual_number(given: Bools) -> int:
    """How many codes a unit usually has: the rounded mean of the units, one at least."""
    return max(1, int(np.floor(given.sum(axis=1).mean() + 0.5))) if len(given) else 1
