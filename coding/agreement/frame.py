"""Who read which unit and gave it which codes: the frame in which agreement is measured.

A unit is in the frame if at least one coder has read it. Where a coder gave no code, that is a reading without codes;
where a coder did not read the unit, there is nothing. Units read again in another round count again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from codebook.study import Study
from codebook.themes import Codebook
from coding.agreement.readings import Reading, read

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]

UNDATED = "undated"
UNKNOWN = "(unknown)"
NOTHING: Mapping[str, frozenset[str]] = {}
NO_SOURCES: Mapping[str, str] = {}


@dataclass(frozen=True)
class Frame:
    """Readings as arrays.

    Args:
        coders: Who read, sorted.
        codes: What may be given.
        read: Whether a coder read a unit; units by coders.
        gave: Whether a coder gave a code to a unit; codes by units by coders.
        thread: The number of each unit's thread, from 0 without gaps.
        round: Each unit's round.
        month: Each unit's month, that of the reading saved last (``2026-02``), or ``undated``.
        arm: Of each reading; units by coders, empty where there is none.
        absent: Of codes that came into the codebook late, the readings from before; units by coders.
        notes: What is to be known of the readings of a whole study, a sentence each.
        source: The source of each unit's thread, or ``(unknown)``; empty where nobody asks.
        unit: The number of each row's unit and round; rows that are the same one in several arms have the same.
    """

    coders: tuple[str, ...]
    codes: tuple[str, ...]
    read: Bools
    gave: Bools
    thread: Ints
    round: Ints
    month: Texts
    arm: Texts
    absent: Mapping[str, Bools] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    source: Texts = field(default_factory=lambda: np.empty(0, dtype=np.str_))
    unit: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def threads(self) -> int:
        """The number of threads."""
        return int(self.thread.max()) + 1 if len(self.thread) else 0

    @property
    def readers(self) -> Ints:
        """By how many coders each unit was read."""
        counted: Ints = self.read.sum(1)
        return counted

    def within(self, read: Bools) -> "Frame":
        """The part in which only these readings count; units and coders without any are left out.

        Args:
            read: Units by coders.
        """
        read = read & self.read
        coders: Bools = read.sum(0) > 0
        return self._part(read, coders)

    def _part(self, read: Bools, coders: Bools) -> "Frame":
        """These readings, of these coders."""
        units = read.any(1)
        cells = np.ix_(units, coders)
        return Frame(
            coders=tuple(np.array(self.coders, dtype=object)[coders]),
            codes=self.codes,
            read=read[cells],
            gave=self.gave[:, units][:, :, coders] & read[cells],
            thread=np.unique(self.thread[units], return_inverse=True)[1],
            round=self.round[units],
            month=self.month[units],
            arm=self.arm[cells],
            absent={code: late[cells] for code, late in self.absent.items() if (late[cells] & read[cells]).any()},
            source=self.source[units] if len(self.source) else self.source,
            unit=self.unit[units] if len(self.unit) else self.unit,
        )

    def asked(self, code: str) -> "Frame":
        """One code, in the readings under a codebook that had it; the coders are the same."""
        number = self.codes.index(code)
        part = self._part(self.read & ~self.absent[code], np.ones_like(self.read[0]))
        return replace(part, codes=(code,), gave=part.gave[[number]], absent={})

    def pair(self, one: str, other: str) -> "Frame":
        """The units that both coders have read; both are its coders also where there is none."""
        coders = np.isin(self.coders, (one, other))
        read = np.zeros_like(self.read)
        read[np.ix_(self.read[:, coders].all(1), coders)] = True
        return self._part(read, coders)

    def rolled(self, parts: Mapping[str, Sequence[str]]) -> "Frame":
        """Codes put together: each key is given where any of its parts is.

        Args:
            parts: Of each new code, the old ones.
        """
        place = {code: number for number, code in enumerate(self.codes)}
        gave = np.zeros((len(parts), *self.read.shape), dtype=bool)
        for number, codes in enumerate(parts.values()):
            gave[number] = self.gave[[place[code] for code in codes]].any(0)
        late = {new: [self.absent[code] for code in codes if code in self.absent] for new, codes in parts.items()}
        absent: dict[str, Bools] = {
            new: np.logical_and.reduce(masks) for new, masks in late.items() if len(masks) == len(parts[new]) > 0
        }
        return replace(self, codes=tuple(parts), gave=gave, absent=absent)


def load(study: Study, *, arms_apart: bool = False) -> Frame:
    """The readings of a study.

    Args:
        study: The study; its tables ``codings`` and ``recode`` and its codebooks are read.
        arms_apart: Whether a unit read in two arms is two units. Otherwise, of a coder who read it in both, the
            reading saved first counts.

    Raises:
        StudyError: There are no codings, or no codebook.
    """
    found = read(study)
    with study.connect() as con:
        sources = dict(con.execute("SELECT thread_id, source FROM threads").fetchall())
    made = frame(found.whole, study.codebook, arms_apart=arms_apart, without=found.without, sources=sources)
    return replace(made, notes=(*found.notes(), *_late(made)))


def _late(made: Frame) -> Iterator[str]:
    """Which codes came into the codebook when units had been read, a sentence per number of units."""
    codes: dict[int, list[str]] = {}
    for code, late in made.absent.items():
        codes.setdefault(int(late.any(1).sum()), []).append(code)
    for units, these in sorted(codes.items()):
        yield (
            f"Units read before the codebook had {', '.join(these)}: {units:,} of {len(made.read):,}. Each code is "
            f"measured without these readings; themes, sets and pooled codes count it as not given in them."
        )


def frame(
    readings: Iterable[Reading],
    book: Codebook,
    *,
    arms_apart: bool = False,
    without: Mapping[str, frozenset[str]] = NOTHING,
    sources: Mapping[str, str] = NO_SOURCES,
) -> Frame:
    """Readings as a frame.

    Args:
        readings: Of a coder who read a unit twice in a round, the one that counts first.
        book: Its leaves, in its order, are the codes; other codes that were given follow.
        arms_apart: See :func:`load`.
        without: By version of the codebook, the codes that could not be given under it.
        sources: The source of each thread.
    """
    cells: dict[tuple[object, ...], dict[str, Reading]] = {}
    for reading in readings:
        item = (reading.unit, reading.round, reading.arm if arms_apart else "")
        cells.setdefault(item, {}).setdefault(reading.coder, reading)
    given = {code for item in cells.values() for reading in item.values() for code in reading.codes}
    known = [code.id for code in book.leaves()]
    inner = [code for code in book.codes if code in given and code not in known]
    codes = (*known, *inner, *sorted(given - set(book.codes)))
    items = [*cells.values()]
    made = _arrays(items, codes)
    of = np.array([sources.get(next(iter(item.values())).thread, UNKNOWN) for item in items], dtype=np.str_)
    return replace(made, absent=_absent(items, made, without), source=of)


def _absent(
    items: Sequence[Mapping[str, Reading]], made: Frame, without: Mapping[str, frozenset[str]]
) -> Mapping[str, Bools]:
    """Per code that could not always be given, in which readings it could not."""
    found = {code: np.zeros_like(made.read) for code in made.codes if any(code in codes for codes in without.values())}
    column = {coder: number for number, coder in enumerate(made.coders)}
    for row, item in enumerate(items):
        for coder, reading in item.items():
            for code in without.get(reading.version, frozenset()) & found.keys() - {*reading.codes}:
                found[code][row, column[coder]] = True
    return {code: late for code, late in found.items() if late.any()}


def _arrays(items: Sequence[Mapping[str, Reading]], codes: tuple[str, ...]) -> Frame:
    coders = tuple(sorted({coder for item in items for coder in item}))
    place = {code: number for number, code in enumerate(codes)}
    column = {coder: number for number, coder in enumerate(coders)}
    firsts = [next(iter(item.values())) for item in items]
    shape = (len(items), len(coders))
    read, gave = np.zeros(shape, dtype=bool), np.zeros((len(codes), *shape), dtype=bool)
    arm: npt.NDArray[Any] = np.full(shape, "", dtype=object)
    for row, item in enumerate(items):
        for coder, reading in item.items():
            read[row, column[coder]] = True
            arm[row, column[coder]] = reading.arm
            gave[[place[code] for code in reading.codes], row, column[coder]] = True
    return Frame(
        coders=coders,
        codes=codes,
        read=read,
        gave=gave,
        thread=np.unique([first.thread for first in firsts], return_inverse=True)[1],
        round=np.array([first.round for first in firsts], dtype=np.int64),
        month=np.array([_month(item.values()) for item in items], dtype=np.str_),
        arm=arm.astype(np.str_),
        unit=_numbered([(first.unit, first.round) for first in firsts]),
    )


def _numbered(items: Sequence[tuple[str, int]]) -> Ints:
    """Numbers such that the same ones have the same."""
    numbers = {item: number for number, item in enumerate(dict.fromkeys(items))}
    return np.array([numbers[item] for item in items], dtype=np.int64)


def _month(readings: Iterable[Reading]) -> str:
    saved = [reading.saved for reading in readings if reading.saved]
    return f"{max(saved):%Y-%m}" if saved else UNDATED


def levels(book: Codebook, codes: Sequence[str]) -> Iterator[tuple[int, dict[str, list[str]]]]:
    """The codes rolled up, themes (level 1) first; the last level above the codes themselves comes last.

    Args:
        book: The codebook.
        codes: What was given or could be; a code that the codebook does not have stays as it is on every level.

    Returns:
        The level, and of each code of that level or above it what lies below it.
    """
    paths = {code: [step.id for step in book.path(code)] if code in book.codes else [code] for code in codes}
    for level in range(1, max(map(len, paths.values()), default=0)):
        parts: dict[str, list[str]] = {}
        for code, path in paths.items():
            parts.setdefault(path[min(level, len(path)) - 1], []).append(code)
        yield level, parts
