"""The report: one HTML file that needs no network and no script, made from the tables alone.

The same tables give the same file, byte for byte. Strangers' text comes in through a template with autoescape, and
the page's own policy forbids everything but its one style sheet.
"""

import base64
import hashlib
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from analysis import sections
from analysis.caveats import caveats
from analysis.drill import Grid, grid
from analysis.threads import BEGINNING, shown
from analysis.values import NONE
from codebook import ledger
from codebook.errors import StoppedEarly
from codebook.harmless import on_terminal, one_line
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
        _replace(path, _pieces(study))
        run.outputs["out/report.html"] = file_sha256(path)
    return path


def _pieces(study: Study) -> Iterable[str]:
    """The page in pieces, in order."""
    grids = _grids(study)
    wanted = dict.fromkeys(t for g in grids for cell in g.behind for t in cell.threads)
    with study.connect() as con:
        threads = shown(con, sorted(wanted)[:DETAILED])
        tables = [sections.sites(con, study), sections.incomplete(con), sections.steps(study)]
        tables += [sections.coders(con, study), sections.quarantine(con), sections.written(study)]
        limits = list(caveats(con, study))
    style = _style()
    return (
        _environment(study)
        .get_template("report.html")
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
            style=Markup(style),  # noqa: S704 - our own file
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            made_by=f"qualdev {version('qualdev')}",
        )
    )


def _grids(study: Study) -> list[Grid]:
    if not (study.path / "codebook.yaml").exists():
        return []
    return [grid(study, "theme", "source"), grid(study, "code", "source")]


def _style() -> str:
    return (Path(__file__).parent / "report.css").read_text(encoding="utf-8")


def _environment(study: Study) -> Environment:
    environment = Environment(
        loader=PackageLoader("analysis", "."),
        autoescape=True,
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"said": _said, "percent": _percent, "day": _day, "codes": _codes(study)}
    return environment


def _harmless(value: object) -> object:
    """Every text that the template prints, without control characters and direction overrides; it escapes the rest."""
    return on_terminal(value) if isinstance(value, str) and not isinstance(value, Markup) else value


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


def _replace(path: Path, pieces: Iterable[str]) -> None:
    """Write a file so that ``path`` is the old one or the whole new one."""
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(pieces)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except (PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError):
        raise  # a path that cannot be used, and no full disk
    except OSError as error:
        raise StoppedEarly(
            f"could not write: {error.strerror}",
            where=str(path),
            hint="The report is as it was before. Make room on the disk and run the same command again.",
        ) from error
    finally:
        if part.exists():
            part.unlink()
