"""Label Studio's export, read: what stands becomes codings, what cannot stand is kept apart with the reason.

Pure: the same export and rules give the same rows. What counts:

- A submitted annotation of the coder's own account. Drafts do not count; they are not submitted.
- A skipped task (``was_cancelled``) is no coding: the coder declined to judge. It is kept apart as ``skipped``.
- A unit has a code if it was given to the whole or to a passage. Each passage is a row of its own, and each code of the
  whole is one without passage; a code given to passages only has no row without one.
- An annotation without a code says "read, and no code applies", also where it proposes a new one. An annotation all of
  whose codes are illegal does not say that; it gives no coding at all.
- Of several annotations of one coder on one unit, the one saved last counts (see ``derive``).
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from codebook.harmless import valid_text
from codebook.rows import Coding, Quarantined
from codebook.rows.coding import Confidence
from coding.answers import filled, passages
from coding.answers.filled import Problem
from coding.answers.passages import Passage
from coding.page.config import CONFIDENCE, MEMO, PROPOSALS
from coding.projects.label import PLAIN
from coding.records import Pull, PushedUnit

REASONS = {
    "unknown unit": "the task names no unit that was pushed to this project",
    "another account": "another account than the coder's made it, or saved it last",
    "skipped": "the coder skipped the unit",
    "not submitted": "what was suggested was copied as it stood, in bulk; nobody opened the page and submitted it",
    "superseded": "the same coder has saved a later annotation on the unit",
    "malformed": "it has not the form that Label Studio gives annotations",
    "too large": "no coder fills in as much; it is cut here, and whole in the raw records",
    **filled.REASONS,
    **passages.REASONS,
}
"""Why something is in ``quarantine``."""

_ANNOTATION_LIMIT, _VALUE_LIMIT = 8_000_000, 100_000
"""Characters of an annotation, and of what ``quarantine`` shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One annotation that stands, but for the problems that are named."""

    pull: Pull
    unit: PushedUnit
    annotation_id: str
    numbers: tuple[int, int]
    codes: tuple[str, ...]
    passages: tuple[Passage, ...]
    proposals: tuple[str, ...]
    confidence: Confidence | None
    memo: str | None
    coded_at: datetime | None
    lead_time: float | None
    problems: tuple[Problem, ...]
    value: object
    run_id: str

    def order(self) -> tuple[datetime, int, tuple[int, int]]:
        """By time saved; then by project and number."""
        return (self.coded_at or datetime.min.replace(tzinfo=UTC), self.pull.project, self.numbers)

    @property
    def codebook_version(self) -> str:
        """The version that was on the page."""
        return self.pull.label.version_at(self.coded_at.isoformat() if self.coded_at else "~")

    def codings(self) -> Iterator[Coding]:
        """Its rows: one per code of the whole and one per passage; one with an empty code if the coder gave none."""
        rows = dict.fromkeys((*map(Passage, self.codes), *self.passages))
        if not rows and not any(map(_about_codes, self.problems)):
            rows = {Passage(""): None}
        label = self.pull.label
        for passage in rows:
            yield Coding(
                unit_id=self.unit.unit_id,
                thread_id=self.unit.thread_id,
                coder=label.coder,
                code=passage.code,
                start=passage.start,
                end=passage.end,
                quote=passage.quote,
                confidence=self.confidence,
                memo=self.memo,
                round=label.round,
                arm=label.arm,
                annotation_id=self.annotation_id,
                coded_at=self.coded_at,
                lead_time=self.lead_time,
                codebook_version=self.codebook_version,
                run_id=self.run_id,
            )

    def apart(self, problems: Sequence[Problem] = ()) -> Iterator[Quarantined]:
        """Rows for its problems, or for those given."""
        for reason, value in problems or self.problems:
            yield quarantined(self.pull, self.annotation_id, self.unit.unit_id, reason, value, self.run_id)


def quarantined(
    pull: Pull, annotation_id: str, unit_id: str | None, reason: str, value: object, run_id: str
) -> Quarantined:
    """A row of ``quarantine``; what came is cut where nobody would read on."""
    text = valid_text(json.dumps(value, ensure_ascii=False, sort_keys=True))
    if len(text) > _VALUE_LIMIT:
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        cut = {"begins": text[:1000], "characters": len(text), "sha256": sha256}
        text = json.dumps(cut, ensure_ascii=False, sort_keys=True)
    return Quarantined(
        annotation_id=annotation_id,
        unit_id=unit_id,
        coder=pull.label.coder,
        reason=reason,
        value=text,
        run_id=run_id,
    )


def read(export: object, pull: Pull, units: Mapping[str, PushedUnit], run_id: str) -> Iterator[Reading | Quarantined]:
    """Read one export.

    Args:
        export: The JSON as it came.
        pull: The pull that it belongs to.
        units: The units that were pushed to the project.
        run_id: The run that fetched it.
    """
    for task in export if isinstance(export, list) else [export]:
        annotations = _field(task, "annotations")
        if not isinstance(annotations, list):
            yield quarantined(pull, f"{pull.project}/0/0", None, "malformed", task, run_id)
            continue
        for annotation in annotations:
            yield _one(task, annotation, pull, units, run_id)


def _one(
    task: object, annotation: object, pull: Pull, units: Mapping[str, PushedUnit], run_id: str
) -> Reading | Quarantined:
    numbers = (_number(_field(task, "id")), _number(_field(annotation, "id")))
    annotation_id = f"{pull.project}/{numbers[0]}/{numbers[1]}"
    named = _field(_field(task, "data"), "unit_id")
    unit_id = named if isinstance(named, str) else None
    unit = units.get(unit_id) if unit_id is not None else None
    reason = _refusal(annotation, pull) if unit else "unknown unit"
    if reason or unit is None:
        return quarantined(pull, annotation_id, unit_id, reason, annotation, run_id)
    answers = filled.read(_field(annotation, "result"), pull.codes)
    found, misplaced = passages.placed(answers.passages, _field(_field(task, "data"), "html"), unit.content_sha256)
    return Reading(
        pull=pull,
        unit=unit,
        annotation_id=annotation_id,
        numbers=numbers,
        codes=tuple(dict.fromkeys(answers.codes)),
        passages=tuple(found),
        proposals=tuple(dict.fromkeys(answers.proposals)),
        confidence=answers.confidence,
        memo=answers.memo,
        coded_at=_moment(_field(annotation, "updated_at")),
        lead_time=_seconds(_field(annotation, "lead_time")),
        problems=(*answers.problems, *misplaced),
        value=annotation,
        run_id=run_id,
    )


def _refusal(annotation: object, pull: Pull) -> str:
    """Why an annotation as a whole cannot stand; empty if it can."""
    if not isinstance(_field(annotation, "result"), list):
        return "malformed"
    made_by = _field(annotation, "completed_by")
    saved_by = _field(annotation, "updated_by") or made_by
    if made_by != pull.account or saved_by != pull.account:
        return "another account"
    if len(json.dumps(annotation)) > _ANNOTATION_LIMIT:
        return "too large"
    if pull.label.purpose == "coding" and pull.label.arm != PLAIN and _is_a_copy(annotation):
        return "not submitted"
    return "skipped" if _field(annotation, "was_cancelled") else ""


def _is_a_copy(annotation: object) -> bool:
    """Whether it was made of a suggestion, and not on the page, which measures how long it was open."""
    return _field(annotation, "parent_prediction") is not None and _seconds(_field(annotation, "lead_time")) is None


def _about_codes(problem: Problem) -> bool:
    """Whether a code may have been meant that could not be taken."""
    reason, value = problem
    about_a_code = reason.startswith("code ") or reason in passages.REASONS
    return about_a_code or (reason == "malformed" and _field(value, "from_name") not in (CONFIDENCE, MEMO, PROPOSALS))


def _field(value: object, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment and moment.tzinfo else None


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _number(value: object) -> int:
    """An id; 0 where there is none, which no server gives away."""
    return value if isinstance(value, int) else 0
