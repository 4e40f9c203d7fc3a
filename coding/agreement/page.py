"""The report on agreement: one HTML file that needs no network and no script, made from the tables alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment

from codebook import ledger
from codebook.html_page import replace_whole, style, templates
from codebook.study import Study, file_sha256
from codebook.themes import Codebook
from coding.agreement import layout
from coding.agreement.confusion import confusions, shades
from coding.agreement.estimate import MEANING
from coding.agreement.frame import Frame, load
from coding.agreement.interval import Resamples
from coding.agreement.measured import PARTS, By, Line, of_frame, parts
from coding.agreement.picture import picture
from coding.status import READINGS

SHADES = 4

Cells = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of the page: its caption, the names of its columns, and its rows."""

    id: str
    caption: str
    names: Sequence[str]
    rows: Cells


def write(study: Study, path: Path | None, resamples: Resamples) -> Path:
    """Write the page whole, and enter it in the run ledger with the hashes of what it was made from.

    Args:
        study: The study.
        path: Where to; None for ``out/agreement.html`` of the study.
        resamples: What intervals come from.

    Returns:
        Its path.

    Raises:
        StudyError: There are no codings, or the codebook or the file cannot be used.
        StoppedEarly: The disk is full; the page is as it was before.
    """
    target = path or study.path / "out" / "agreement.html"
    arguments = {"html": target.name, "resamples": resamples.number}
    with ledger.run(study, "coding agreement", arguments, arguments) as run:
        for used in (study.path / "codebook.yaml", *map(study.table, ("codings", "units", "recode", "frozen"))):
            if used.exists():
                run.used(used)
        replace_whole(target, [page(study, resamples)])
        run.outputs[f"out/{target.name}" if path is None else target.name] = file_sha256(target)
    return target


def page(study: Study, resamples: Resamples) -> str:
    """The page as HTML."""
    book, threshold = study.codebook, study.settings.agreement.threshold
    frame = load(study)
    lines = list(of_frame(frame, {}, book, ["overall", "theme", "code"], resamples))
    of_code = [line for line in lines if line.subject == "code"]
    sheets = {
        "overall": _sheet(
            "overall", "All codes together", [e for e in lines if e.subject in ("sets", "pooled")], study
        ),
        "themes": _sheet("themes", "Themes, rolled up", [e for e in lines if e.subject == "theme"], study),
        "codes": _sheet("codes", "Codes", of_code, study),
    }
    return (
        _environment(book)
        .get_template("page.html")
        .render(
            title=study.settings.study.title,
            book=book,
            frame=frame,
            overlap=int((frame.readers > 1).sum()),
            threshold=threshold,
            resamples=resamples,
            caveats=list(_caveats(of_code, frame, book, threshold)),
            sheets=sheets,
            more=[sheet for each in PARTS if (sheet := _part(study, frame, each, resamples))],
            readers=_readers(study),
            picture=picture([line for line in of_code if line.measure == "alpha"], book, threshold),
            maps=[(found, shades(found, SHADES)) for found in confusions(frame)],
            meaning=MEANING,
            made_by=f"qualdev {version('qualdev')}",
            **style(Path(__file__).parent / "page.css"),
        )
    )


def _sheet(anchor: str, caption: str, lines: Sequence[Line], study: Study) -> Sheet:
    rows, names = layout.wide(lines, study.settings.agreement.threshold)
    book = study.codebook.codes
    if any(line.code for line in lines):
        named = {line.code: book[line.code].name if line.code in book else line.code for line in lines}
        rows = [{"name": named[str(row["of"])], **row, "id": row["of"]} for row in rows]
        names = ["name", *names[1:], "id"]
    return Sheet(anchor, caption, names, rows)


def _part(study: Study, frame: Frame, by: By, resamples: Resamples) -> Sheet | None:
    """All codes together in each round, arm, month or pair; nothing where there is only one."""
    if len(list(parts(frame, [by]))) < 2:  # noqa: PLR2004 - one part is the whole
        return None
    cut = parts(load(study, arms_apart=True) if by == "arm" else frame, [by])
    lines = [e for part, frame in cut for e in of_frame(frame, part, study.codebook, ["overall"], resamples)]
    return _sheet(by, f"All codes together, by {by}", lines, study)


_READERS = f"""
WITH given AS (SELECT coder, count(*) AS units FROM units GROUP BY coder),
{READINGS},
read AS (SELECT coder, count(*) AS units, count(*) FILTER (codes = 0) AS without FROM readings GROUP BY coder)
SELECT coder, given.units, coalesce(read.units, 0), coalesce(without, 0), given.units - coalesce(read.units, 0)
FROM given FULL JOIN read USING (coder) ORDER BY coder
"""  # noqa: S608 - our own text


def _readers(study: Study) -> Sheet:
    """What each coder was given, has read, and has left out."""
    names = ["coder", "units given", "units read", "read, no code", "not read"]
    with study.connect() as con:
        rows = con.execute(_READERS).fetchall()
    return Sheet("coders", "Coders and their units", names, [dict(zip(names, row, strict=True)) for row in rows])


def _caveats(lines: Sequence[Line], frame: Frame, book: Codebook, threshold: float) -> list[str]:
    """What a reader is to know before the numbers."""
    alphas = [line for line in lines if line.measure == "alpha"]
    marks = [layout.mark(line, threshold) for line in alphas]
    undefined = sum(line.estimate.value is None for line in alphas)
    open_ended = sum(bool(line.estimate.value is not None and line.estimate.no_interval) for line in alphas)
    single = int((frame.readers == 1).sum())
    foreign = [code for code in frame.codes if code not in book.codes]
    found = {
        f"Codes whose alpha is below {threshold:g}": sum(mark.startswith("below") for mark in marks),
        f"Codes whose alpha may be below {threshold:g}, by its interval": sum(m.startswith("may") for m in marks),
        "Codes whose alpha is undefined": undefined,
        "Codes with an alpha that has no interval": open_ended,
        "Units that one coder alone has read, which say nothing on agreement": single,
        "Codes that the codebook does not have": len(foreign),
    }
    return [*frame.notes, *(f"{what}: {count:,}." for what, count in found.items() if count)]


def _environment(book: Codebook) -> Environment:
    environment = templates("coding.agreement")
    environment.filters |= {"named": lambda code: book.codes[code].name if code in book.codes else code or "no code"}
    return environment
