"""Method (a): how near a unit is to what the codebook says of a code.

Units and the codebook's texts are each centred on their own mean, because all texts of one kind (bug reports, or
definitions) lie in one corner of the space and differ little there. A code's first place is the mean of what speaks for
it; it then moves towards the units that are nearest to it (pseudo-relevance feedback: Rocchio 1971; Xu and Croft 1996),
which takes it from the words of a codebook to those of the people who write. No decision is used.
"""

import numpy as np

from coding.suggestions.material import Codes, Floats, Units, Vectors

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

    Args:
        units: The units.
        codes: The codes, at least one.
    """

    def __init__(self, units: Units, codes: Codes) -> None:
        there = np.abs(units.vectors).sum(axis=1) > 0
        middle = np.asarray(units.vectors[there], np.float64).mean(axis=0) if there.sum() >= _FEW else 0.0
        self.units = unit_length(units.vectors - middle) * there[:, None]
        self.sentences = unit_length(units.sentences - middle) if len(units.sentences) else np.zeros((0, 0))
        own = np.asarray(codes.vectors, np.float64).mean(axis=0) if len(codes.wordings) >= _FEW else middle
        self.codes = unit_length(codes.vectors - own)
        self.there = there


def similarity(units: Units, codes: Codes, space: Space) -> Floats:
    """Similarity of every unit to every code (n x c), from -1.5 to 1.5; comparable within a code."""
    near = space.units @ _places(codes, space).T
    if len(space.sentences):
        near += _SENTENCE * best_sentences(units, space, _places(codes, space))
    for number in range(len(codes.wordings)):
        against = space.codes[(codes.code_of == number) & ~codes.for_it]
        if len(against):
            near[:, number] -= _AGAINST * np.maximum((space.units @ against.T).max(axis=1), 0)
    return np.asarray(near, np.float64)


def best_sentences(units: Units, space: Space, places: Floats) -> Floats:
    """The similarity of each unit's nearest sentence to each place (n x c); 0 where a unit has no sentence."""
    best = np.full((len(units), len(places)), -np.inf)
    np.maximum.at(best, units.sentence_of, space.sentences @ places.T)
    return np.where(np.isfinite(best), best, 0.0)


def _places(codes: Codes, space: Space) -> Floats:
    """Where each code lies (c x d)."""
    first = np.array(
        [space.codes[(codes.code_of == number) & codes.for_it].mean(axis=0) for number in range(len(codes.wordings))]
    )
    places = first = unit_length(first)
    nearest = min(_NEAREST, int(space.there.sum()) // 20)
    for _ in range(_ROUNDS if nearest else 0):
        near = space.units @ places.T
        order = np.argsort(-near, axis=0, kind="stable")[:nearest]
        places = unit_length(first + _TOWARDS * unit_length(space.units[order.T].mean(axis=1)))
    return places
