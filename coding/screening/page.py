"""The page of a screening: the thread, a verdict, the criterion that decides, a memo."""

import hashlib
import json
from collections.abc import Iterable
from xml.etree import ElementTree as ET

from codebook.errors import StudyError
from codebook.harmless import one_line
from codebook.people import Criterion
from codebook.study import Study
from coding.page.config import THREAD, frame, words, written
from coding.projects.desk import Sheet
from coding.screening.verdicts import CRITERION, MEMO, VERDICT

_MEANS = {"exclude": "Exclude", "include": "Not met"}
"""How a criterion is put on the page: one that excludes a thread, or one that it has to meet and does not."""


def states(study: Study) -> dict[str, str]:
    """What may be named as criterion, by id: the kind of each."""
    return {criterion.id: criterion.kind for criterion in study.settings.screening.criteria}


def sheet(study: Study, verdicts: Iterable[str]) -> Sheet:
    """The page with the criteria of ``study.toml``.

    Raises:
        StudyError: There are none.
    """
    criteria = study.settings.screening.criteria
    if not criteria:
        raise StudyError(
            "study.toml names no criteria for the screening",
            where=str(study.path / "study.toml"),
            hint='Add [[screening.criteria]] with id = "off_topic", kind = "exclude", text = "Names the flag only."',
        )
    given = json.dumps([criterion.model_dump() for criterion in criteria], sort_keys=True)
    sha256 = hashlib.sha256(given.encode()).hexdigest()
    return Sheet(_config(criteria, verdicts), sha256[:8], sha256)


def _config(criteria: Iterable[Criterion], verdicts: Iterable[str]) -> str:
    page, right = frame()
    ET.SubElement(right, "Header", value="Is it about the question?", size="5")
    verdict = ET.SubElement(right, "Choices", name=VERDICT, toName=THREAD, choice="single", required="true")
    for word in verdicts:
        ET.SubElement(verdict, "Choice", value=word)
    ET.SubElement(right, "Header", value="Which criterion decides?", size="5")
    decides = ET.SubElement(right, "Choices", name=CRITERION, toName=THREAD, choice="single")
    for criterion in criteria:
        named = f"{_MEANS[criterion.kind]}: {one_line(criterion.text)}"
        ET.SubElement(decides, "Choice", value=named, alias=criterion.id)
    written(right, MEMO, "Memo", "Why; doubts; what the criteria lack")
    ET.SubElement(right, "Header", value="Criteria", size="5")
    for kind, title in (("include", "Include a thread that meets all of"), ("exclude", "Exclude a thread if")):
        of_kind = [one_line(criterion.text) for criterion in criteria if criterion.kind == kind]
        if of_kind:
            words(right, "qd-name", title)
            words(right, "qd-hint", "\n".join(f"- {text}" for text in of_kind))
    return ET.tostring(page, encoding="unicode")
