"""Frames of readings for the tests of agreement."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from codebook.themes import Code, Codebook
from coding.agreement.frame import Frame, frame
from coding.agreement.interval import Resamples
from coding.agreement.readings import Reading

FEW = Resamples(100, 1)
"""Enough where the interval is not looked at."""

SAVED = datetime(2026, 2, 3, tzinfo=UTC).replace(tzinfo=None)


def book(*ids: str) -> Codebook:
    """A codebook of codes with dots: ``A.x`` is under ``A``."""
    codes = {}
    for each in ids:
        above = each.rpartition(".")[0] or None
        codes[each] = Code(id=each, name=f"Name of {each}", definition="d", parent=above)
    return Codebook("1.0.0", codes, "")


def reading(unit: str, coder: str, *codes: str, **changed: object) -> Reading:
    """A reading of a unit that is a thread of its own."""
    given = Reading(unit, unit, 1, coder, "plain", SAVED, codes)
    return given._replace(**changed)  # type: ignore[arg-type] # named by the tests


def of_sets(*coders: Sequence[set[str] | None]) -> Frame:
    """Per coder the sets given to units 1, 2, ...; None where a unit was not read."""
    names = sorted({code for sets in coders for each in sets for code in each or ()})
    rows = [
        reading(f"u{unit:04d}", f"coder_{'abcdefghijklmn'[number]}", *sorted(each))
        for number, sets in enumerate(coders)
        for unit, each in enumerate(sets)
        if each is not None
    ]
    return frame(rows, book(*names))


def of_values(*coders: str) -> Frame:
    """Per coder a text of one value a unit, a dot where it was not read; each value is a code."""
    return of_sets(*([None if value == "." else {value} for value in values] for values in coders))


def of_table(*cells: Sequence[int]) -> Frame:
    """Two coders; units by the value of the one (row) and of the other (column)."""
    pairs = [(i, j) for i, row in enumerate(cells) for j, count in enumerate(row) for _ in range(count)]
    return of_sets([{f"v{i}"} for i, _ in pairs], [{f"v{j}"} for _, j in pairs])


def numbers(given: Frame) -> np.ndarray:
    """The readings of :func:`of_values` and :func:`of_table` as numbers of codes; -1 where there is none."""
    return np.where(given.read, given.gave.argmax(0), -1)
