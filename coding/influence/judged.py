"""Suggested codes with what every reader of the unit made of them, and how right they are by others' judgement."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from coding.agreement.frame import Bools, Floats, Ints, Texts
from coding.agreement.readings import Reading
from coding.projects.label import PLAIN

Codes = Mapping[tuple[str, str, str, int], Collection[str]]
"""Of readings (unit, coder, arm, round): codes that were suggested."""

WITHIN, ALONE, UNSEEN, UNJUDGED = range(4)
"""Of what kind a unit is: read both ways, and both can be judged; read plainly by the judge alone; seen by nobody with
suggestions; without a judge."""

SEVERAL = 2


class Given(NamedTuple):
    """One reader and one suggested code of a unit."""

    thread: str
    code: str
    coder: str
    shown: bool
    gave: bool
    kind: int
    wrong: float
    weight: float


@dataclass(frozen=True)
class Judged:
    """The same as arrays, one entry per reading and suggested code.

    Args:
        coders: Who read.
        threads: How many threads there are.
        thread: The number of each one's thread.
        code: The code.
        coder: The number of the coder.
        shown: Whether the coder was shown the suggestion.
        gave: Whether the coder gave the code; 0 or 1.
        kind: Of what kind the unit is.
        wrong: The share of the judges who say that the code is wrong.
        weight: What a reading counts, so that a unit counts as much with suggestions as without.
    """

    coders: tuple[str, ...]
    threads: int
    thread: Ints
    code: Texts
    coder: Ints
    shown: Bools
    gave: Floats
    kind: Ints
    wrong: Floats
    weight: Floats


def judged(readings: Iterable[Reading], suggested: Codes, decided: Mapping[str, frozenset[str]] | None) -> Judged:
    """Judge what was suggested.

    Args:
        readings: Who read what and gave it which codes.
        suggested: What was shown to readers, and of plain ones what was withheld.
        decided: Per unit, its decision; None where plain readers judge each other.
    """
    items: dict[tuple[str, int], dict[str, Reading]] = {}
    for reading in readings:
        items.setdefault((reading.unit, reading.round), {}).setdefault(reading.coder, reading)
    rows = [row for item in items.values() for row in _unit([*item.values()], suggested, decided)]
    return _arrays(rows)


def _unit(
    readers: Sequence[Reading], suggested: Codes, decided: Mapping[str, frozenset[str]] | None
) -> Iterator[Given]:
    """What the readers of one unit made of what was suggested."""
    plain = [reading for reading in readers if reading.arm == PLAIN]
    seeing = [reading for reading in readers if reading.arm != PLAIN]
    decision = decided.get(readers[0].unit) if decided is not None else None
    if decided is None:
        kind = (WITHIN if seeing else UNSEEN) if len(plain) >= SEVERAL else ALONE if plain and seeing else UNJUDGED
    else:
        kind = WITHIN if plain and seeing and decision is not None else UNJUDGED
    shown = {code for reading in seeing for code in suggested.get(reading.key, ())}
    for reading in readers:
        sees = reading.arm != PLAIN
        judges = [other.codes for other in plain if other is not reading] if decided is None else [decision or ()]
        for code in sorted(shown if seeing and not sees else suggested.get(reading.key, ())):
            wrong = sum(code not in codes for codes in judges) / len(judges) if judges else 0.0
            weight = 1 / len(seeing if sees else plain)
            judged_kind = kind if judges else UNJUDGED
            gave = code in reading.codes
            yield Given(reading.thread, code, reading.coder, sees, gave, judged_kind, wrong, weight)


def _arrays(rows: Sequence[Given]) -> Judged:
    coders = sorted({row.coder for row in rows})
    threads, thread = np.unique([row.thread for row in rows], return_inverse=True)
    return Judged(
        coders=tuple(coders),
        threads=len(threads),
        thread=thread.astype(np.int64),
        code=np.array([row.code for row in rows], dtype=np.str_),
        coder=np.array([coders.index(row.coder) for row in rows], dtype=np.int64),
        shown=np.array([row.shown for row in rows], dtype=bool),
        gave=np.array([row.gave for row in rows], dtype=np.float64),
        kind=np.array([row.kind for row in rows], dtype=np.int64),
        wrong=np.array([row.wrong for row in rows], dtype=np.float64),
        weight=np.array([row.weight for row in rows], dtype=np.float64),
    )
