"""Rows of the table ``agreement`` as they are asked for, in the order of the codebook."""

from collections.abc import Collection, Iterable, Mapping
from typing import Literal

from codebook.agreed import PARTS, mark
from codebook.rows import AgreementMeasure
from codebook.study import Study
from codebook.themes import Codebook

SUBJECTS: Mapping[str, tuple[str, ...]] = {"overall": ("sets", "pooled"), "theme": ("theme",), "code": ("code",)}
"""What may be asked for, and which rows of the table that is."""


def cut(measure: AgreementMeasure) -> frozenset[str]:
    """The parts that a row is about one value of; empty for all readings."""
    return frozenset(part for part in PARTS if getattr(measure, part) is not None)


def chosen(
    measures: Iterable[AgreementMeasure], subjects: Collection[str], parts: Collection[str], book: Codebook | None
) -> list[AgreementMeasure]:
    """The rows about some subjects in some parts, each subject's together: whole sets, then themes and codes.

    Args:
        measures: Rows of the table.
        subjects: Of :data:`SUBJECTS`.
        parts: Of :data:`codebook.agreed.PARTS`; none for all readings.
        book: The codebook, for the order.
    """
    wanted = {subject for name in subjects for subject in SUBJECTS[name]}
    order = {code: place for place, code in enumerate(book.codes if book else ())}
    kinds = [kind for several in SUBJECTS.values() for kind in several]

    def place(each: AgreementMeasure) -> tuple[object, ...]:
        part = tuple((value is not None, value or 0) for value in (getattr(each, name) for name in PARTS))
        return part, kinds.index(each.subject), each.level, order.get(each.code or "", len(order)), each.code or ""

    found = [each for each in measures if each.subject in wanted and cut(each) == frozenset(parts)]
    return sorted(found, key=place)


def marked(study: Study, subject: Literal["theme", "code"]) -> dict[str, str]:
    """Which themes or codes coders agree on too little, with the mark that says how little.

    The mark is ``below`` or ``may be below`` the study's threshold (``[agreement] threshold``), as Krippendorff's alpha
    of all readings has it. A theme without codes below it is measured as a code. Whether the table is older than the
    codings, :func:`analysis.agreement.standing.standing` says.

    Returns:
        By id; empty if agreement has not been measured.
    """
    found: dict[str, dict[str, str]] = {"theme": {}, "code": {}}
    for each in study.read(AgreementMeasure):
        if each.subject in found and each.code and each.measure == "alpha" and not cut(each):
            found[each.subject][each.code] = mark(each, study.settings.agreement.threshold)
    marks = found["code"] | found["theme"] if subject == "theme" else found["code"]
    return {code: said for code, said in marks.items() if said}
