"""Label Studio's export, read: what stands becomes codings, what cannot stand is kept apart with the reason.

Pure: the same export and rules give the same rows. What counts:

- A submitted annotation of the coder's own account. Drafts do not count; they are not submitted.
- A skipped task (``was_cancelled``) is no coding: the coder declined to judge. It is kept apart as ``skipped``.
- An annotation without a code says "read, and no code applies". An annotation all of whose codes are illegal does not
  say that; it gives no coding at all.
- Of several annotations of one coder on one unit, the one saved last counts (see ``derive``).
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeGuard, get_args

from codebook.rows import Coding, Quarantined
from codebook.rows.coding import Confidence
from coding.labelconfig import CODES, CONFIDENCE, MEMO
from coding.records import Pull, PushedUnit

REASONS = {
    "unknown unit": "the task names no unit that was pushed to this project",
    "another account": "another account than the coder's made it, or saved it last",
    "skipped": "the coder skipped the unit",
    "superseded": "the same coder has saved a later annotation on the unit",
    "malformed": "it has not the form that Label Studio gives annotations",
    "code not in the codebook": "no code of the codebook has this id",
    "code is not a leaf": "it has codes under it; one of those is to be assigned",
    "code is retired": "the codebook has retired it",
    "code is proposed": "the codebook only proposes it",
    "unknown confidence": "it is not low, medium or high",
    "unknown part": "the labelling page has no such part",
}
"""Why something is in ``quarantine``."""

_STATES = {"inner": "code is not a leaf", "retired": "code is retired", "proposed": "code is proposed"}

_PARTS = {CODES: "taxonomy", CONFIDENCE: "choices", MEMO: "text"}
"""Parts of the page, and where an annotation has what was put in."""

Problem = tuple[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One annotation that stands, but for the problems that are named."""

    pull: Pull
    unit: PushedUnit
    annotation_id: str
    numbers: tuple[int, int]
    codes: tuple[str, ...]
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

    def codings(self) -> Iterator[Coding]:
        """Its rows: one per code; one with an empty code if the coder gave none."""
        gave_none = not self.codes and not any(map(_about_codes, self.problems))
        label = self.pull.label
        for code in self.codes or ("",) * gave_none:
            yield Coding(
                unit_id=self.unit.unit_id,
                thread_id=self.unit.thread_id,
                coder=label.coder,
                code=code,
                start=None,
                end=None,
                quote=None,
                confidence=self.confidence,
                memo=self.memo,
                round=label.round,
                arm=label.arm,
                annotation_id=self.annotation_id,
                coded_at=self.coded_at,
                lead_time=self.lead_time,
                codebook_version=label.version_at(self.coded_at.isoformat() if self.coded_at else "~"),
                run_id=self.run_id,
            )

    def apart(self, problems: Sequence[Problem] = ()) -> Iterator[Quarantined]:
        """Rows for its problems, or for those given."""
        for reason, value in problems or self.problems:
            yield quarantined(self.pull, self.annotation_id, self.unit.unit_id, reason, value, self.run_id)


def quarantined(
    pull: Pull, annotation_id: str, unit_id: str | None, reason: str, value: object, run_id: str
) -> Quarantined:
    """A row of ``quarantine``."""
    return Quarantined(
        annotation_id=annotation_id,
        unit_id=unit_id,
        coder=pull.label.coder,
        reason=reason,
        value=json.dumps(value, ensure_ascii=False, sort_keys=True),
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
    codes, confidence, memo, problems = _answers(_field(annotation, "result"))
    wrong = [(_problem_of(path, pull), path) for path in codes]
    legal = [path[-1] for reason, path in wrong if not reason]
    return Reading(
        pull=pull,
        unit=unit,
        annotation_id=annotation_id,
        numbers=numbers,
        codes=tuple(dict.fromkeys(legal)),
        confidence=confidence,
        memo=memo,
        coded_at=_moment(_field(annotation, "updated_at")),
        lead_time=_seconds(_field(annotation, "lead_time")),
        problems=(*((reason, path) for reason, path in wrong if reason), *problems),
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
    return "skipped" if _field(annotation, "was_cancelled") else ""


def _answers(result: Sequence[Any]) -> tuple[list[list[str]], Confidence | None, str | None, list[Problem]]:
    """The code paths, the confidence, the memo, and what is wrong in an annotation's results."""
    paths: list[list[str]] = []
    words: list[str] = []
    memos: list[str] = []
    problems: list[Problem] = []
    for item in result:
        name = _field(item, "from_name")
        given = _field(_field(item, "value"), _PARTS.get(name, "")) if isinstance(name, str) else None
        if name == CODES and _all_paths(given):
            paths += given
        elif name == CONFIDENCE and _all_texts(given):
            words += given
        elif name == MEMO and _all_texts(given):
            memos += given
        else:
            problems.append(("unknown part" if isinstance(name, str) and name not in _PARTS else "malformed", item))
    sure = [word for word in get_args(Confidence) if [word] == words]
    if words and not sure:
        problems.append(("unknown confidence", words))
    return paths, (sure[0] if sure else None), ("\n".join(memos).strip() or None), problems


def _about_codes(problem: Problem) -> bool:
    """Whether a code may have been meant that could not be taken."""
    reason, value = problem
    return reason.startswith("code ") or (
        reason == "malformed" and _field(value, "from_name") not in (CONFIDENCE, MEMO)
    )


def _field(value: object, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _all_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _all_paths(value: object) -> TypeGuard[list[list[str]]]:
    return isinstance(value, list) and all(v and _all_texts(v) for v in value)


def _problem_of(path: list[str], pull: Pull) -> str:
    state = pull.codes.get(path[-1])
    return "" if state == "leaf" else _STATES.get(state or "", "code not in the codebook")


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
