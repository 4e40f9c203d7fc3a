"""Who is read next: whom the model likes best, or somebody drawn at random, and how many of each.

At first there is nothing to learn from: half is drawn at random, half is most similar to the question. Then the model
chooses, until it has found nothing among its last :data:`PATIENCE` candidates. From then on most are drawn at random,
which is what makes certain that enough was found (:mod:`coding.ranking.certainty`); a few are still the model's, and
as soon as one of these is relevant, the model goes on. This decides only how much is read, never how certain it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

How = Literal["similar", "model", "random"]

PATIENCE = 50
"""How many candidates of the model in a row may be irrelevant before most are drawn at random."""

FIRST_AT_RANDOM = 0.5
LATER_AT_RANDOM = 0.9

_HALF = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A candidate that is read next.

    Args:
        position: Which one.
        how: ``similar`` to the question, liked by the ``model``, or drawn at ``random`` from all that are unread.
        score: Similarity or the model's score, by which picks of a batch are put in order.
    """

    position: int
    how: How
    score: float


def share_at_random(model_found: Sequence[bool], patience: int = PATIENCE) -> float:
    """Which share of the next batch is drawn at random, once there is a model.

    Args:
        model_found: Whether each of the model's candidates was relevant, in the order in which it chose them.
        patience: How many irrelevant ones in a row are borne.
    """
    return 0.0 if len(model_found) < patience or any(model_found[-patience:]) else LATER_AT_RANDOM


def choose(
    liked: NDArray[np.float64], unread: NDArray[np.intp], numbers: Sequence[bytes], size: int, *, share: float, by: How
) -> list[Pick]:
    """The next batch: first those that are liked best, then those drawn from all the others.

    Args:
        liked: A score per unread candidate.
        unread: Which ones these are.
        numbers: 32 random bytes per unread candidate, fresh in this batch: the first half draws, the other breaks ties.
        size: How many to choose; all that are left if there are fewer.
        share: Which share is drawn at random, 0 to 1; what is over of a whole one is drawn for.
        by: What ``liked`` is.

    Returns:
        The picks in the order in which they were chosen: this order is evidence.
    """
    size = min(size, len(unread))
    at_random = _rounded(share * size, min(numbers, default=b""))
    best = sorted(range(len(unread)), key=lambda at: (-liked[at], numbers[at][_HALF:]))[: size - at_random]
    others = sorted(set(range(len(unread))) - set(best), key=lambda at: numbers[at][:_HALF])
    drawn = others[:at_random]
    hows: list[tuple[list[int], How]] = [(best, by), (drawn, "random")]
    return [Pick(position=int(unread[at]), how=how, score=float(liked[at])) for chosen, how in hows for at in chosen]


def _rounded(expected: float, number: bytes) -> int:
    """A whole number that is right on average."""
    whole = int(expected)
    return whole + (int.from_bytes(number[-4:]) / 2**32 < expected - whole)
