"""How well coders agree and whether codes are saturated, as the report shows what ``coding`` has measured."""

from collections.abc import Iterator

from analysis.agreement.measures import chosen
from analysis.agreement.saturation import COLUMNS, curves, summary
from analysis.report.sheet import Sheet, of_table
from codebook.agreed import wide
from codebook.rows import AgreementMeasure
from codebook.study import Study
from codebook.themes import Codebook

_SUBJECTS = {"overall": "All codes together", "theme": "Themes, each with its codes as one", "code": "Codes"}

_NOTE = (
    "Intervals are 95 %, from resampled threads. Kappa is Cohen's of two coders, Fleiss' of more; alpha is "
    "Krippendorff's. A mark says that alpha is below the study's threshold, or that its interval reaches below it."
)


def agreement(study: Study, book: Codebook | None) -> Iterator[Sheet]:
    """One table for sets, themes and codes each, of all readings together."""
    measures = list(study.read(AgreementMeasure))
    names = {code.id: code.name for code in book.codes.values()} if book else {}
    for subject, what in _SUBJECTS.items():
        rows, columns = wide(chosen(measures, [subject], [], book), study.settings.agreement.threshold)
        named: list[dict[str, object]] = [row | {"of": names.get(str(row["of"]), row["of"])} for row in rows]
        caption = f"Agreement. {what}, out of the units of each row"
        yield of_table(f"agreement-{subject}", caption, named, columns, note=_NOTE if subject == "overall" else "")
    if not measures:
        yield Sheet("agreement", "", (), [], missing="Agreement has not been measured. It comes with: coding agreement")


def saturation(study: Study) -> Sheet:
    """New codes by coded thread."""
    rows = curves(study, by_source=False)
    missing = "Saturation has not been measured. It comes with: coding saturation"
    note = " ".join(f"{line[0].upper()}{line[1:]}." for line in summary(rows))
    caption = (
        f"Saturation: codes found by the first n of {len(rows):,} threads, in the order of coding and in random orders"
    )
    return of_table("saturation", caption, rows, COLUMNS[1:], note=note, missing=missing)
