"""The report: one HTML file that needs no network and no script, made from the tables alone.

The same tables give the same file, byte for byte. Strangers' text comes in through a template with autoescape, and
the page's own policy forbids everything but its one style sheet.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment

from analysis.prevalence.sheets import models
from analysis.report import collected
from analysis.report.caveats import caveats
from analysis.report.grids import Grid, grid
from analysis.report.threads import BEGINNING, shown
from analysis.risk import corpus
from analysis.risk.command import limits as not_scanned
from analysis.risk.sheets import findings
from analysis.values import NONE
from codebook import ledger
from codebook.harmless import one_line
from codebook.html_page import replace_whole, style, templates
from codebook.rows import TABLES
from codebook.study import Study, file_sha256

DETAILED = 2000
"""Threads that are shown in full."""


def write(study: Study) -> Path:
    """Write ``out/report.html`` whole, and enter it in the run ledger with the hashes of what it was made from.

    Returns:
        Its path.

    Raises:
        StudyError: The codebook or a table cannot be read.
        StoppedEarly: The disk is full; the report is as it was before.
    """
    path = study.path / "out" / "report.html"
    with ledger.run(study, "analysis report", {}) as run:
        for used in (study.path / "codebook.yaml", *(study.table(name) for name in TABLES)):
            if used.exists():
                run.used(used)
        replace_whole(path, _pieces(study))
        run.outputs["out/report.html"] = file_sha256(path)
    return path


def _pieces(study: Study) -> Iterable[str]:
    """The page in pieces, in order."""
    grids = _grids(study)
    wanted = dict.fromkeys(t for g in grids for cell in g.behind for t in cell.threads)
    with study.connect() as con:
        threads = shown(con, sorted(wanted)[:DETAILED])
        corpus.lay_out(con)
        tables = [collected.sites(con, study), collected.incomplete(con), collected.steps(study)]
        tables += [
            collected.coders(con, study),
            collected.quarantine(con),
            *models(con),
            *findings(con),
            collected.written(study),
        ]
        limits = [*caveats(con, study), *not_scanned(con)]
    return (
        _environment(study)
        .get_template("page.html")
        .generate(
            study=study.settings.study,
            book=study.codebook if grids else None,
            grids=grids,
            threads=threads,
            anchors={thread_id: f"thread-{number}" for number, thread_id in enumerate(threads, 1)},
            run_anchors={str(row[0]): f"run-{number}" for number, row in enumerate(tables[-1].rows, 1)},
            sheets={sheet.id: sheet for sheet in tables},
            caveats=limits,
            beginning=BEGINNING,
            made_by=f"qualdev {version('qualdev')}",
            **style(Path(__file__).parent / "page.css"),
        )
    )


def _grids(study: Study) -> list[Grid]:
    if not (study.path / "codebook.yaml").exists():
        return []
    return [grid(study, "theme", "source"), grid(study, "code", "source")]


def _environment(study: Study) -> Environment:
    environment = templates("analysis.report")
    environment.filters |= {"said": _said, "percent": _percent, "day": _day, "codes": _codes(study)}
    return environment


def _said(value: object) -> str:
    """A value of a table as text."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else one_line(str(value))


def _percent(value: float | None) -> str:
    """A percentage in whole numbers, with a digit where whole numbers would hide it."""
    if value is None:
        return ""
    if 0 < value < 1:
        return f"{value:.1f} %" if value >= 0.1 else "< 0.1 %"  # noqa: PLR2004 - a count that is there never shows as 0
    return f"{value:.0f} %"


def _day(value: datetime | None) -> str:
    return f"{value:%Y-%m-%d}" if value else "undated"


def _codes(study: Study) -> Callable[[list[str]], str]:
    """A filter that names codes by the codebook."""

    def named(ids: list[str]) -> str:
        book = study.codebook.codes
        return ", ".join(book[i].name if i in book else i for i in ids) or NONE

    return named
