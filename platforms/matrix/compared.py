"""A published table beside the derived one: cell by cell agree, differ or finer, each with its evidence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from codebook.mechanisms import LEVELS
from codebook.rows import Claim
from platforms.disagreements.command import where
from platforms.documentation.claims import CONTRIBUTIONS, WORDS
from platforms.matrix.cells import COLUMNS, Cell, column
from platforms.matrix.published import Reading, reading, same_platform

Verdict = Literal["agree", "differ", "finer", "unknown"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One cell of both tables.

    Args:
        platform: Its name in the study.
        column: One of :data:`~platforms.matrix.cells.COLUMNS`.
        published: The published text.
        derived: What claims give.
        verdict: ``differ`` where a mechanism is there for one and not for the other; ``unknown`` where nothing is
            known of all that the text speaks of; ``finer`` where claims have more mechanisms or a level from code;
            else ``agree``.
        why: What makes the verdict, a sentence a mechanism.
        evidence: The claims behind it.
        unread: Parts of the text that no reading knows; the verdict is not about them.
    """

    platform: str
    column: str
    published: str
    derived: str
    verdict: Verdict
    why: tuple[str, ...]
    evidence: tuple[Claim, ...]
    unread: tuple[str, ...]


def compared(
    table: Mapping[tuple[str, str], Cell], platforms: Sequence[str], published: Mapping[str, Mapping[str, str]]
) -> Iterator[Compared]:
    """Every cell of the published table whose platform the study has, and of the study's that it has not: none.

    Args:
        table: The derived cells by mechanism and platform.
        platforms: The study's platforms.
        published: Texts by platform and column.
    """
    for name, texts in published.items():
        platform = next((each for each in platforms if same_platform(each, name)), name)
        for col, text in texts.items():
            own = {m: table.get((m, platform), Cell(m, platform)) for m in COLUMNS[col]}
            yield _cell(platform, col, text, own, column(table, col, platform))


def _cell(platform: str, col: str, text: str, own: Mapping[str, Cell], derived: str) -> Compared:
    read = reading(text, col)
    own = {name: _preferring(cell, text) for name, cell in own.items()}
    differing = [*_missing(read, own), *_there_after_all(read, own)]
    more = list(_more(read, own))
    known = [m for m in read.there | read.not_there if own[m].level != "unknown"]
    if differing:
        verdict: Verdict = "differ"
    elif not known:
        verdict = "unknown"
    else:
        verdict = "finer" if more else "agree"
    told = differing or ([] if verdict == "unknown" else more or list(_agreed(read, own)))
    why = tuple(sentence for sentence, _ in told) or ("nothing is known of what it speaks of",)
    evidence = tuple(claim for _, claim in told if claim is not None)
    return Compared(platform, col, text, derived, verdict, why, evidence, read.unread)


_NARROW = (CONTRIBUTIONS, WORDS)


def _preferring(cell: Cell, text: str) -> Cell:
    """The cell with the claims alone whose switch the published text names, where there are such."""
    named = [claim for claim in cell.claims if claim.parameter and claim.parameter in text]
    return replace(cell, claims=tuple(named)) if any(claim.level in LEVELS for claim in named) else cell


Told = tuple[str, Claim | None]


def _is_there(cell: Cell) -> bool:
    return cell.level in LEVELS[1:]


def _missing(read: Reading, own: Mapping[str, Cell]) -> Iterator[Told]:
    """Published as there, and claimed not to be, or never mentioned."""
    for mechanism in sorted(read.there):
        cell = own[mechanism]
        if cell.level == "none":
            yield f"{mechanism} is published, and is none by {where(cell.best)}", cell.best
        elif cell.level == "not_documented":
            silent = cell.best.scope if cell.best and cell.best.scope else "the pages that were read"
            yield f"{mechanism} is published, and no page mentions it ({silent.partition(':')[0]})", cell.best


def _there_after_all(read: Reading, own: Mapping[str, Cell]) -> Iterator[Told]:
    """Published as not there, and claimed to be: for everything, and by nobody denied."""
    for mechanism in sorted(read.not_there):
        cell = own[mechanism]
        whole = any(claim.level == cell.level and claim.scope not in _NARROW for claim in cell.defaults)
        if _is_there(cell) and whole and "none" not in cell.levels:
            yield f"{mechanism} is published as missing, and is {_level(cell)}", cell.best


def _more(read: Reading, own: Mapping[str, Cell]) -> Iterator[Told]:
    """There, and not spoken of; or spoken of, with a level that code gives."""
    for mechanism, cell in own.items():
        if _is_there(cell) and mechanism not in read.there | read.not_there:
            yield f"not published: {mechanism} is {_level(cell)}", cell.best
        elif _is_there(cell) and mechanism in read.there and cell.level != "documented":
            yield f"{mechanism} is {_level(cell)}", cell.best


def _agreed(read: Reading, own: Mapping[str, Cell]) -> Iterator[Told]:
    for mechanism in sorted(read.there | read.not_there):
        cell = own[mechanism]
        if cell.level != "unknown":
            yield f"{mechanism} is {_level(cell)}", cell.best


def _level(cell: Cell) -> str:
    evidence = where(cell.best)
    return f"{' / '.join(cell.levels).replace('_', ' ')}" + (f": {evidence}" if evidence and _is_there(cell) else "")
