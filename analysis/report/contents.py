"""The sections of the report, in the order of reading."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import duckdb

from analysis.crosstabs import CROSSTABS, connected
from analysis.figures.every import figures
from analysis.figures.picture import Picture
from analysis.prevalence.sheets import models
from analysis.report import agreed, collected, made, mechanisms
from analysis.report.drawn import Drawn, drawn
from analysis.report.grids import Grid, grid
from analysis.report.meeting import meeting
from analysis.report.section import Part, Section
from analysis.risk.sheets import findings
from codebook.study import Study

_NO_BOOK = (
    "The study has no codebook.yaml: there are no crosstabs by theme or code. Write one, or bring one in with: "
    "codebook import"
)


def sections(con: duckdb.DuckDBPyConnection, study: Study, draw: Callable[[Picture], Drawn] = drawn) -> list[Section]:
    """All sections with tables and figures.

    Args:
        con: A connection on which the corpus of the findings is laid out.
        study: The study.
        draw: What becomes of each figure.
    """
    drawings = {name: draw(picture) for name, picture in figures(study).items()}
    return [
        Section("flow", "Flow", (*_taken(drawings, "flow"), collected.steps(study))),
        Section("collection", "Collection", (collected.sites(con, study), collected.incomplete(con))),
        _coding(con, study, drawings),
        _crosstabs(study, drawings),
        Section("models", "Models", (*_taken(drawings, "prevalence"), *models(con))),
        Section("findings", "Findings", (*_taken(drawings, "risk"), *findings(con))),
        _mechanisms(con, drawings),
        _meeting(study, drawings),
        *([Section("figures", "More figures", tuple(drawings.values()))] if drawings else []),
        Section("runs-and-tables", "Tables and runs", (made.tables(study), made.runs(study), made.columns(study))),
    ]


def _coding(con: duckdb.DuckDBPyConnection, study: Study, drawings: dict[str, Drawn]) -> Section:
    parts: list[Part] = [collected.coders(con, study), collected.quarantine(con)]
    parts += [*_taken(drawings, "agreement"), *agreed.agreement(study, study.book)]
    parts += [*_taken(drawings, "saturation"), agreed.saturation(study)]
    return Section("coding", "Coding and agreement", tuple(parts))


def _mechanisms(con: duckdb.DuckDBPyConnection, drawings: dict[str, Drawn]) -> Section:
    tables = (mechanisms.side_by_side(con), mechanisms.over_time(con), mechanisms.disagreements(con))
    return Section("mechanisms", "Mechanisms", (*_taken(drawings, "timeline"), *tables))


def _meeting(study: Study, drawings: dict[str, Drawn]) -> Section:
    """Joins lay tables of theirs out, on a connection of their own."""
    with study.connect() as con:
        concern, *joins = meeting(con, study)
    parts: list[Part] = [*_taken(drawings, "gap"), concern, *_taken(drawings, "gate-changes"), *joins]
    return Section("meeting", "What is said beside what is there", tuple(parts))


def _crosstabs(study: Study, drawings: dict[str, Drawn]) -> Section:
    """Each crosstab with its pictures behind it."""
    if not study.has_codebook:
        for name in [name for name in drawings if name.startswith(("theme-by-", "code-by-"))]:
            del drawings[name]
        return Section("crosstabs", "Crosstabs", (), (_NO_BOOK,))
    parts: list[Grid | Drawn] = []
    for rows, cols in CROSSTABS:
        if connected(study, rows, cols):
            counted = grid(study, rows, cols)
            parts += [
                counted,
                *(replace(each, closed=True, files=each.files[:1]) for each in _taken(drawings, *_pictures(counted))),
            ]
    return Section("crosstabs", "Crosstabs", tuple(parts))


def _pictures(counted: Grid) -> tuple[str, str]:
    """The names of its figures: they show what its table shows, and wait for who wants them in a paper."""
    return counted.id, f"{counted.id}-mosaic"


def _taken(drawings: dict[str, Drawn], *names: str) -> Iterator[Drawn]:
    """The figures of these names, which are then left for no other section."""
    return (drawings.pop(name) for name in names if name in drawings)


def grids(found: Iterable[Section]) -> list[Grid]:
    """The crosstabs of some sections."""
    return [part for section in found for part in section.parts if isinstance(part, Grid)]
