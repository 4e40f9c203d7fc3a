"""What tables could have been, had there been no association: columns exchanged among records, or their normal form."""

from collections.abc import Iterator

import numpy as np

from analysis.statistics.incidence import Bools, Floats, Ints, Records

MOST_RECORDS = 30_000_000
"""Records times resamples up to which records are exchanged: about a second."""

MOST_PRODUCTS = 10_000_000_000
"""Records times resamples times cells up to which they are."""

_ELEMENTS = 4_000_000
"""Numbers that are held in memory at a time."""


def exchanged(records: Records, block: Ints, resamples: int, seed: int) -> Iterator[Floats] | None:
    """Differences from expectation with columns exchanged within blocks; None where records are too many.

    Returns:
        Arrays (resamples, rows, columns), ``resamples`` in all.
    """
    size, rows, cols = len(records), records.rows.shape[1], records.cols.shape[1]
    if size * resamples > MOST_RECORDS or size * resamples * rows * cols > MOST_PRODUCTS:
        return None
    order = np.argsort(block, kind="stable")
    _, place = np.unique(block[order], return_inverse=True)
    return _exchanged(records.of(order), place.astype(np.int64), resamples, np.random.default_rng(seed))


def _exchanged(records: Records, block: Ints, resamples: int, random: np.random.Generator) -> Iterator[Floats]:
    """Records stand in the order of their blocks, which are numbered from 0."""
    rows, cols = records.rows.astype(np.float32), records.cols
    counted = np.maximum(np.bincount(block), 1)[:, None]
    shares = _sums(records.cols, block) / counted
    awaited = _sums(records.rows, block).T @ shares
    step = max(1, _ELEMENTS // max(len(records), rows.shape[1] * cols.shape[1], 1))
    for begin in range(0, resamples, step):
        order = _orders(block, min(step, resamples - begin), random)
        cells = np.stack([column[order].astype(np.float32) @ rows for column in cols.T], axis=-1)
        yield cells.astype(np.float64) - awaited


def _sums(marks: Bools, block: Ints) -> Floats:
    """Of each block, how many of its records have each value."""
    found = np.stack([np.bincount(block, weights=column) for column in marks.T], axis=-1)
    return found.astype(np.float64)


def _orders(block: Ints, number: int, random: np.random.Generator) -> Ints:
    """Orders of the records in which each stays in its block."""
    places = np.tile(np.arange(len(block)), (number, 1))
    if not block.any():
        return random.permuted(places, axis=1)
    return np.argsort(block + random.random(places.shape), axis=1)


def normal(joint: Floats | None, taken: Bools, resamples: int, seed: int) -> Iterator[Floats] | None:
    """Differences drawn from the normal distribution with a covariance; None without one.

    Args:
        joint: Covariance of the cells (rows, rows, columns, columns).
        taken: The rows that are drawn; others stay 0.
        resamples: How many.
        seed: The study's.
    """
    if joint is None:
        return None
    rows, cols = np.flatnonzero(taken), joint.shape[-1]
    size = len(rows) * cols
    square = joint[np.ix_(rows, rows)].transpose(0, 2, 1, 3).reshape(size, size)
    values, vectors = np.linalg.eigh(square)
    root = vectors * np.sqrt(np.maximum(values, 0))
    return _normal(root, (len(taken), cols), rows, resamples, np.random.default_rng(seed))


def _normal(
    root: Floats, shape: tuple[int, int], rows: Ints, resamples: int, random: np.random.Generator
) -> Iterator[Floats]:
    step = max(1, _ELEMENTS // max(len(root), 1))
    for begin in range(0, resamples, step):
        number = min(step, resamples - begin)
        found = np.zeros((number, *shape))
        found[:, rows] = (random.standard_normal((number, len(root))) @ root.T).reshape(number, len(rows), shape[1])
        yield found
