"""The adjudicator's page: the codings beside each other, the thread, the agreed set of codes, the reason."""

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from codebook.harmless import one_line
from codebook.rows import Coding
from codebook.themes import Codebook
from coding.adjudication.cases import Case
from coding.adjudication.rulings import REASON, UNCLEAR
from coding.page.config import THREAD, frame, lookup, tree, written
from coding.page.side_by_side import Said, shuffled, side_by_side
from coding.projects.desk import Sheet


def sheet(codebook: Codebook) -> Sheet:
    """The page with the codes of the codebook."""
    page, right = frame()
    tree(right, codebook, "The agreed codes; leave empty if none applies")
    written(right, REASON, "Reason", "Why these, and not what the others chose")
    unclear = ET.SubElement(right, "Choices", name=UNCLEAR, toName=THREAD, choice="multiple")
    ET.SubElement(unclear, "Choice", value="The codebook is unclear here", alias=UNCLEAR)
    lookup(right, codebook)
    return Sheet(ET.tostring(page, encoding="unicode"), codebook.version, codebook.sha256)


def codings(case: Case, codebook: Codebook, seed: int) -> str:
    """What the coders gave, without their names, as HTML in which nothing can act."""
    return side_by_side("Coder", [_said(rows, codebook) for rows in shuffled(case.voices, seed, case.unit.unit_id)])


def _said(rows: Sequence[Coding], codebook: Codebook) -> Said:
    codes = dict.fromkeys(row.code for row in rows if row.code)
    return {
        "Codes": [_name(code, codebook) for code in codes] or ["(no code applies)"],
        "Passages": [f"{_name(row.code, codebook)}: “{row.quote}”" for row in rows if row.quote],
        "How sure": _once(row.confidence for row in rows),
        "Memo": _once(row.memo for row in rows),
    }


def _name(code: str, codebook: Codebook) -> str:
    if code not in codebook.codes:
        return code
    return " / ".join(one_line(step.name) for step in codebook.path(code))


def _once(texts: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))
