"""Method (a): how near a unit is to what the codebook says of a code.

Units and the codebook's texts are each centred on their own mean, because all texts of one kind (bug reports, or
definitions) lie in one corner of the space and differ little there. A code's first place is the mean of what speaks for
it; it then moves towards the units that are nearest to it (pseudo-relevance feedback: Rocchio 1971; Xu and Croft 1996),
which takes it from the words of a codebook to those of the people who write. No decision is used.
"""

import numpy as np

from coding.suggestions.material import Codes, Floats, Ints, Units, Vectors

_FEW = 3
"""Codes below which a mean of codes says nothing."""

_NEAREST = 10
_TOWARDS = 0.6
_ROUNDS = 2
_SENTENCE = 0.3
_AGAINST = 0.15


def unit_length(vectors: Vectors | Floats) -> Floats:
    """Rows of length one; rows of zeros stay."""
    wide = np.asarray(vectors, np.float64)
    return np.asarray(wide / np.maximum(np.linalg.norm(wide, axis=-1, keepdims=True), 1e-12), np.float64)


class Space:
    """Units, sentences and codes about their own means.

    Units have unit length, as have the places of codes, which are where units of a code are to be found.

    Args:
        units: The units.
        codes: The codes, at least one.
    """

    def __init__(self, units: Units, codes: Codes) -> None:
        there = np.abs(units.vectors).sum(axis=1) > 0
        middle = np.asarray(units.vectors[there], np.float64).mean(axis=0) if there.sum() >= _FEW else 0.0
        self.sentences = unit_length(units.sentences - middle) if len(units.sentences) else np.zeros((0, 0))
        self.units = unit_length(unit_length(units.vectors - middle) + self._means(units)) * there[:, None]
        own = np.asarray(codes.vectors, np.float64).mean(axis=0) if len(codes.wordings) >= _FEW else middle
        self.codes = unit_length(codes.vectors - own)
        self.there = there
        self.places = self._places(codes)

    def _means(self, units: Units) -> Floats:
        """The mean of each unit's sentences (n x d): models read but the first words of a long text."""
        total = np.zeros(units.vectors.shape)
        if len(self.sentences):
            np.add.at(total, units.sentence_of, self.sentences)
        return unit_length(total)

    def _places(self, codes: Codes) -> Floats:
        """Where each code lies (c x d)."""
        numbers = range(len(codes.wordings))
        first = unit_length(np.array([self.codes[(codes.code_of == at) & codes.for_it].mean(axis=0) for at in numbers]))
        places = first
        nearest = min(_NEAREST, int(self.there.sum()) // 20)
        for _ in range(_ROUNDS if nearest else 0):
            order = np.argsort(-(self.units @ places.T), axis=0, kind="stable")[:nearest]
            places = unit_length(first + _TOWARDS * unit_length(self.units[order.T].mean(axis=1)))
        return places


def similarity(units: Units, codes: Codes, space: Space) -> Floats:
    """Similarity of every unit to every code (n x c), from -1.5 to 1.5; comparable within a code."""
    near = space.units @ space.places.T + _SENTENCE * evidence(units, space)[1]
    for number in range(len(codes.wordings)):
        against = space.codes[(codes.code_of == number) & ~codes.for_it]
        if len(against):
            near[:, number] -= _AGAINST * np.maximum((space.units @ against.T).max(axis=1), 0)
    return np.asarray(near, np.float64)


def evidence(units: Units, space: Space) -> tuple[Ints, Floats]:
    """The sentence of each unit that is nearest to each code, and how near it is.

    Returns:
        Places of sentences (n x c), -1 where a unit has none, and similarities, 0 there.
    """
    best = np.full((len(units), len(space.places)), -1, np.int64)
    if not len(space.sentences):
        return best, np.zeros(best.shape)
    near = space.sentences @ space.places.T
    for number in range(len(space.places)):
        order = np.lexsort((-near[:, number].round(6), units.sentence_of))  # of equal ones, the first in the text
        first = np.unique(units.sentence_of[order], return_index=True)
        best[first[0], number] = order[first[1]]
    return best, np.where(best < 0, 0.0, np.take_along_axis(near, best, axis=0))
