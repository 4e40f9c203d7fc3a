"""What a coder filled in on the labelling page, read from the results of one annotation."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeGuard, get_args

from codebook.harmless import one_line
from codebook.rows.coding import Confidence
from coding.answers import passages
from coding.answers.passages import Given
from coding.page.config import CODES, CONFIDENCE, MEMO, PASSAGES, PROPOSALS

REASONS = {
    "code not in the codebook": "no code of the codebook has this id",
    "code is not a leaf": "it has codes under it; one of those is to be assigned",
    "code is retired": "the codebook has retired it",
    "code is proposed": "the codebook only proposes it",
    "unknown confidence": "it is not low, medium or high",
    "unknown part": "the labelling page has no such part",
    "memo too long": "no coder writes as much; it is cut here, and whole in the raw records",
    "proposal too long": "that is no name of a code",
}
"""Why a part of an annotation is in ``quarantine``."""

_STATES = {"inner": "code is not a leaf", "retired": "code is retired", "proposed": "code is proposed"}

_PARTS = {CODES: "taxonomy", CONFIDENCE: "choices", MEMO: "text", PROPOSALS: "text", PASSAGES: "hypertextlabels"}
"""Parts of the page, and where an annotation has what was put in."""

_MEMO_LIMIT, _NAME_LIMIT = 100_000, 200
"""Characters of a memo, and of the name of a proposed code."""

Problem = tuple[str, object]


@dataclass
class Filled:
    """What stands in an annotation's results, legal codes only, and what is wrong in them."""

    codes: list[str] = field(default_factory=list)
    passages: list[Given] = field(default_factory=list)
    proposals: list[str] = field(default_factory=list)
    confidence: Confidence | None = None
    memo: str | None = None
    problems: list[Problem] = field(default_factory=list)


def read(result: Sequence[Any], states: Mapping[str, str]) -> Filled:
    """Read the results of one annotation.

    Args:
        result: As Label Studio exports it.
        states: Every code of the codebook, and what it is to a coder; see :class:`coding.records.Pull`.
    """
    filled = Filled()
    words: list[str] = []
    memos: list[str] = []
    for item in result:
        name = _field(item, "from_name")
        value = _field(item, "value")
        given = _field(value, _PARTS.get(name, "")) if isinstance(name, str) else None
        if name == CODES and _all_paths(given):
            _take_codes(filled, given, states)
        elif name == PASSAGES and (marked := passages.given(value)):
            _take_passages(filled, marked, states)
        elif name == CONFIDENCE and _all_texts(given):
            words += given
        elif name == MEMO and _all_texts(given):
            memos += given
        elif name == PROPOSALS and _all_texts(given):
            _take_proposals(filled, given)
        else:
            reason = "unknown part" if isinstance(name, str) and name not in _PARTS else "malformed"
            filled.problems.append((reason, item))
    _take_words(filled, words, memos)
    return filled


def _take_codes(filled: Filled, paths: list[list[str]], states: Mapping[str, str]) -> None:
    for path in paths:
        if reason := _problem_of(path[-1], states):
            filled.problems.append((reason, path))
        else:
            filled.codes.append(path[-1])


def _take_passages(filled: Filled, marked: list[Given], states: Mapping[str, str]) -> None:
    for passage in marked:
        if reason := _problem_of(passage.code, states):
            filled.problems.append((reason, asdict(passage)))
        else:
            filled.passages.append(passage)


def _take_proposals(filled: Filled, texts: list[str]) -> None:
    """The names of proposed codes, one per line."""
    for name in filter(None, (one_line(line) for text in texts for line in text.splitlines())):
        if len(name) > _NAME_LIMIT:
            filled.problems.append(("proposal too long", name))
        else:
            filled.proposals.append(name)


def _take_words(filled: Filled, words: list[str], memos: list[str]) -> None:
    sure = [word for word in get_args(Confidence) if [word] == words]
    if words and not sure:
        filled.problems.append(("unknown confidence", words))
    memo = "\n".join(memos).strip()
    if len(memo) > _MEMO_LIMIT:
        filled.problems.append(("memo too long", memo))
        memo = ""
    filled.confidence, filled.memo = (sure[0] if sure else None), (memo or None)


def _all_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _all_paths(value: object) -> TypeGuard[list[list[str]]]:
    return isinstance(value, list) and all(v and _all_texts(v) for v in value)


def _problem_of(code: str, states: Mapping[str, str]) -> str:
    state = states.get(code)
    return "" if state == "leaf" else _STATES.get(state or "", "code not in the codebook")


def _field(value: object, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
