"""Which codes two coders take for one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from coding.agreement.frame import Bools, Frame, Ints

NO_CODE = ""


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of units that both coders have read.

    Args:
        one: The coder of the rows.
        other: The coder of the columns.
        units: How many units both have read.
        codes: The codes that either gave, in the frame's order, and :data:`NO_CODE` at the end.
        counts: Rows by columns. On the diagonal, units that both gave the code (both none, at the end); elsewhere,
            units that the one gave the row's code and not the other, who gave the column's in its place, or no code.
    """

    one: str
    other: str
    units: int
    codes: tuple[str, ...]
    counts: Ints


def confusions(frame: Frame) -> list[Confusion]:
    """What each pair of coders confuses; none for pairs without a unit in common."""
    pairs = (frame.pair(one, other) for one, other in combinations(frame.coders, 2))
    return [_confusion(pair) for pair in pairs if len(pair.read)]


def _confusion(pair: Frame) -> Confusion:
    one, other = pair.gave[..., 0], pair.gave[..., 1]
    both = one & other
    mine, theirs = _or_none(one & ~other), _or_none(other & ~one)
    counts = mine.astype(np.int64) @ theirs.astype(np.int64).T
    # a unit without differences has "no code" on both sides: it is agreement, and on the diagonal only if empty
    counts[-1, -1] = int((~(one | other).any(0)).sum())
    counts[: len(both), : len(both)] += np.diag(both.sum(1))
    used: Bools = np.logical_or(counts.any(0), counts.any(1))
    used[-1] = True
    codes = np.array([*pair.codes, NO_CODE], dtype=object)
    return Confusion(pair.coders[0], pair.coders[1], len(pair.read), tuple(codes[used]), counts[np.ix_(used, used)])


def _or_none(gave: Bools) -> Bools:
    """Codes by units, with a last row that is true where there is no code."""
    return np.vstack([gave, ~gave.any(0)])


def shades(found: Confusion, steps: int) -> Sequence[Sequence[int]]:
    """How dark each cell is, from 0 (none) to ``steps``: on the diagonal and off it each by its own maximum."""
    diagonal = np.eye(len(found.codes), dtype=bool)
    shade = np.zeros_like(found.counts)
    for part in (diagonal, ~diagonal):
        most = int(found.counts[part].max(initial=0))
        if most:
            shade[part] = np.ceil(found.counts[part] * steps / most)
    return [[int(each) for each in row] for row in shade]
