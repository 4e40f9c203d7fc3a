"""The adjudicator's annotations, read: the agreed set of codes, the reason, and whether the codebook is to blame."""

from collections.abc import Sequence
from dataclasses import dataclass

from codebook.rows import Coding, Quarantined
from codebook.versions.chain import Chain
from coding.answers.annotations import Reading
from coding.answers.plain import Kind, answers, joined
from coding.answers.standing import distinct, standing
from coding.projects.label import Purpose
from coding.recode import carried, of_any_version
from coding.records import Records

PURPOSE: Purpose = "adjudication"

REASON, UNCLEAR = "reason", "unclear"
"""Names of the page's parts in annotations, beside that of the codes."""

_PARTS: dict[str, Kind] = {REASON: "text", UNCLEAR: "choices"}

Problem = tuple[str, object]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the adjudicator decided on a unit.

    Args:
        reading: The annotation.
        rows: Its codes in the newest codebook; one row with an empty code where no code applies.
        again: Whether one of its codes was split since, or all were retired, so that it has to be decided again.
        reason: Why.
        unclear: Whether the codebook is to blame.
    """

    reading: Reading
    rows: Sequence[Coding]
    again: bool
    reason: str | None
    unclear: bool

    @property
    def round(self) -> int:
        """The round whose codings it decides."""
        return self.reading.pull.label.round

    @property
    def stands(self) -> bool:
        """Whether it says anything in the newest codebook."""
        return bool(self.rows) and not self.again


def rulings(found: Sequence[Records], chain: Chain) -> tuple[dict[str, Ruling], list[Quarantined]]:
    """The newest ruling on each unit, and what cannot stand."""
    readings, apart = standing(of_any_version(found, chain), PURPOSE)
    made: dict[str, Ruling] = {}
    for reading in sorted(readings, key=lambda reading: (reading.pull.label.round, reading.order())):
        kept = carried(reading.codings(), chain)
        reason, unclear, problems = _said(reading)
        again = bool(kept.recode) or (bool(kept.apart) and not any(row.code for row in kept.codings))
        made[reading.unit.unit_id] = Ruling(reading, kept.codings, again, reason, unclear)
        apart += [*kept.apart, *(reading.apart(problems) if problems else ())]
    return made, distinct(apart)


def _said(reading: Reading) -> tuple[str | None, bool, list[Problem]]:
    """Reason, whether the codebook is unclear, and what is wrong in the annotation."""
    items = [item for item in _result(reading.value) if _name(item) in _PARTS]
    given, problems = answers({"result": items}, _PARTS)
    others = [problem for problem in reading.problems if _name(problem[1]) not in _PARTS]
    unknown = [("malformed", word) for word in given[UNCLEAR] if word != UNCLEAR]
    return joined(given[REASON]), UNCLEAR in given[UNCLEAR], [*others, *problems, *unknown]


def _result(annotation: object) -> list[object]:
    result = annotation.get("result") if isinstance(annotation, dict) else None
    return result if isinstance(result, list) else []


def _name(item: object) -> str:
    name = item.get("from_name") if isinstance(item, dict) else None
    return name if isinstance(name, str) else ""
