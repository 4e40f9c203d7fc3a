"""The page itself: one HTML file that needs no network and no script, made from the tables alone.

The same tables give the same file, byte for byte. Strangers' text comes in through a template with autoescape, and
the page's own policy forbids everything but its one style sheet and the pictures that it holds itself.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment

from analysis.report.caveats import caveats, of_crosstabs
from analysis.report.contents import grids, sections
from analysis.report.method import method
from analysis.report.overview import overview
from analysis.report.section import Section
from analysis.report.sheet import Sheet
from analysis.report.threads import BEGINNING, shown
from analysis.risk import corpus
from analysis.values import NONE
from codebook import ledger
from codebook.harmless import one_line
from codebook.html_page import replace_whole, style, templates
from codebook.rows import TABLES
from codebook.study import Study, file_sha256

DETAILED = 1000
"""Threads that are shown with their readings and posts."""


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
        replace_whole(path, pieces(study))
        run.outputs["out/report.html"] = file_sha256(path)
    return path


def pieces(study: Study) -> Iterable[str]:
    """The page in pieces, in order.

    Raises:
        StudyError: The codebook or a table cannot be read.
    """
    with study.connect() as con:
        corpus.lay_out(con)
        found = sections(con, study)
        crosstabs = grids(found)
        wanted = dict.fromkeys(t for g in crosstabs for cell in g.behind for t in cell.threads)
        threads = shown(con, sorted(wanted)[:DETAILED])
        values: dict[str, object] = {
            "sections": found,
            "numbers": overview(con, study),
            "method": method(con, study),
            "caveats": [*caveats(con, study), *of_crosstabs(crosstabs, study)],
            "threads": threads,
            "more_threads": max(0, len(wanted) - DETAILED),
        }
    return _environment(study).get_template("page.html").generate(**values, **_frame(study, found, threads))


def _frame(study: Study, found: list[Section], threads: Iterable[str]) -> dict[str, object]:
    """What the page says of itself, and where on it threads and runs stand."""
    ids = [
        row[0] for s in found for part in s.parts if isinstance(part, Sheet) and part.id == "runs" for row in part.rows
    ]
    return {
        "study": study.settings.study,
        "book": study.book,
        "anchors": {thread_id: f"thread-{number}" for number, thread_id in enumerate(threads, 1)},
        "run_anchors": {str(run_id): f"run-{number}" for number, run_id in enumerate(ids, 1)},
        "beginning": BEGINNING,
        "made_by": f"qualdev {version('qualdev')}",
        **style(Path(__file__).parent / "page.css"),
    }


def _environment(study: Study) -> Environment:
    environment = templates("analysis.report")
    environment.filters |= {
        "said": _said,
        "percent": _percent,
        "sentence": _sentence,
        "day": _day,
        "code": _code(study),
    }
    return environment


def _said(value: object) -> str:
    """A value of a table as text."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits are read
    return f"{value:,}" if isinstance(value, int) else one_line(str(value))


def _percent(value: float | None) -> str:
    """A percentage in whole numbers, with a digit where whole numbers would hide it."""
    if value is None:
        return ""
    if 0 < value < 1:
        return f"{value:.1f} %" if value >= 0.1 else "< 0.1 %"  # noqa: PLR2004 - a count that is there never shows as 0
    return f"{value:.0f} %"


def _sentence(text: str) -> str:
    """A note as a sentence."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _day(value: datetime | None) -> str:
    return f"{value:%Y-%m-%d}" if value else "undated"


def _code(study: Study) -> Callable[[str], str]:
    """A filter that names a code by the codebook."""
    book = study.book.codes if study.book else {}

    def named(code: str) -> str:
        return (book[code].name if code in book else code) or NONE

    return named
