"""Agreement between arms: whether coders who saw suggestions and coders who did not agree on the same units.

The frame of two arms has a row per pair of readings of the same unit in the same round, one in each arm and by
different coders, and two columns, the arms, in place of coders. So every measure means what it means of two coders, and
only pairs between the arms count. Where a unit was read by several in an arm, its pairs are not independent of each
other; intervals are taken over threads, so that this does not narrow them.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np

from coding.agreement.frame import Bools, Frame, Ints


def across(frame: Frame, one: str, other: str) -> Frame:
    """The pairs of readings of the same unit in two arms.

    Args:
        frame: Readings; a unit that was read in two arms may be two rows of it.
        one: An arm.
        other: Another one.
    """
    pairs = np.array([*_pairs(frame, one, other)], dtype=np.int64).reshape(-1, 2, 2)
    rows, coders = pairs[..., 0], pairs[..., 1]
    months = frame.month[rows]
    return Frame(
        coders=(one, other),
        codes=frame.codes,
        read=np.ones(rows.shape, dtype=bool),
        gave=frame.gave[:, rows, coders],
        thread=np.unique(frame.thread[rows[:, 0]], return_inverse=True)[1].astype(np.int64),
        round=frame.round[rows[:, 0]],
        month=np.where(months[:, 0] > months[:, 1], months[:, 0], months[:, 1]),
        arm=np.broadcast_to(np.array([one, other]), rows.shape),
        absent=_absent(frame, rows, coders),
        source=frame.source[rows[:, 0]] if len(frame.source) else frame.source,
        unit=np.arange(len(rows), dtype=np.int64),
    )


def _absent(frame: Frame, rows: Ints, coders: Ints) -> dict[str, Bools]:
    late = {code: cells[rows, coders] for code, cells in frame.absent.items()}
    return {code: cells for code, cells in late.items() if cells.any()}


def _pairs(frame: Frame, one: str, other: str) -> Iterator[list[tuple[int, int]]]:
    """Two readings each, as row and column."""
    units = frame.unit if len(frame.unit) else np.arange(len(frame.read))
    of: dict[int, tuple[list[tuple[int, int]], list[tuple[int, int]]]] = {}
    for row, coder in zip(*np.nonzero(frame.read), strict=True):
        arm = frame.arm[row, coder]
        if arm in (one, other):
            of.setdefault(int(units[row]), ([], []))[int(arm == other)].append((int(row), int(coder)))
    for here, there in of.values():
        yield from ([first, second] for first, second in product(here, there) if first[1] != second[1])
