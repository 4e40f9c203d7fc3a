"""A study's suggestions: the candidates of every unit with their evidence, and what is known of every code."""

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version

import numpy as np

from codebook.errors import StudyError
from codebook.rows import Coding
from codebook.study import Study
from coding.suggestions.gathered import Gathered, gather
from coding.suggestions.material import YES
from coding.suggestions.record import Candidate, CodeSummary, SuggestionSet, UnitCandidates
from coding.suggestions.suggester import COMBINED, Suggested, suggest

MOST = 10
"""Candidates of a unit that are kept, the likeliest ones."""

_VERSIONS = ("qualdev", "numpy", "scipy", "scikit-learn")

Tell = Callable[[str], None]


def suggestion_set(study: Study, methods: Sequence[str], tell: Tell) -> SuggestionSet:
    """Make suggestions.

    Args:
        study: The study.
        methods: What is combined, of ``similarity``, ``topics`` and ``learnt``.
        tell: Told what was used, and what could not be.

    Raises:
        StudyError: There is nothing that could be suggested, or none of the methods can be used.
        Missing: An extra is not installed, or the embedding model cannot be had.
    """
    settings, seed = study.settings.suggestions, study.settings.study.seed
    found = gather(study)
    limits = {"error": settings.error, "at_most": settings.at_most}
    given = suggest(
        found.units,
        found.codes,
        found.decided,
        seed=seed,
        error=settings.error,
        at_most=settings.at_most,
        methods=methods,
    )
    used = _used(study, given, methods)
    for line in _told(study, found, given, [method for method in methods if method not in used]):
        tell(line)
    versions = {name: version(name) for name in _VERSIONS}
    return SuggestionSet(
        units=list(_units(found, given)),
        codes=list(_codes(found, given)),
        made_of={"inputs": dict(found.inputs), "methods": used, "seed": seed, "versions": versions} | limits,
        arm=settings.arm,
        codebook_version=study.codebook.version,
    )


def _used(study: Study, given: Suggested, methods: Sequence[str]) -> list[str]:
    used = [method for method in given.raw if method != COMBINED]
    if not used:
        raise StudyError(
            f"there is nothing yet for: {', '.join(methods)}",
            where=str(study.path / "tables"),
            hint="topics needs coding topics and decisions, learnt decisions on two threads; similarity needs none.",
        )
    return used


def _units(found: Gathered, given: Suggested) -> Iterator[UnitCandidates]:
    best = np.argsort(-given.raw[COMBINED], axis=1, kind="stable")[:, :MOST]
    for place, text in enumerate(found.texts):
        codes = [int(number) for number in best[place]]
        yield UnitCandidates(
            unit_id=text.unit_id,
            thread_id=text.thread_id,
            candidates=[_candidate(found, given, place, number) for number in codes],
        )


def _candidate(found: Gathered, given: Suggested, place: int, number: int) -> Candidate:
    sentence = int(given.evidence[place, number])
    start, end = found.spans[sentence] if sentence >= 0 else (None, None)
    return Candidate(
        code=found.codes.ids[number],
        start=start,
        end=end,
        text=found.texts[place].shown[start:end] if start is not None else "",
        raw={method: float(scores[place, number]) for method, scores in given.raw.items()},
        scores={method: float(scores[place, number]) for method, scores in given.scores.items()},
        said=bool(given.said[place, number]),
    )


def _codes(found: Gathered, given: Suggested) -> Iterator[CodeSummary]:
    undecided = np.ones(len(found.units), np.bool_)
    undecided[found.decided.units] = False
    for number, code in enumerate(found.codes.ids):
        threshold = float(given.threshold[number])
        labels = found.decided.labels[:, number]
        yield CodeSummary(
            code=code,
            decided=int((labels >= 0).sum()),
            positives=int((labels == YES).sum()),
            threshold=None if np.isnan(threshold) else threshold,
            said=int(given.said[undecided, number].sum()),
            silent=given.silent[number],
        )


def _told(study: Study, found: Gathered, given: Suggested, left_out: Sequence[str]) -> Iterator[str]:
    units, decided = len(found.units), len(found.decided)
    calibrated = int(found.decided.calibrates.sum())
    yield f"{units} units, {decided} of them decided, {calibrated} of these read without suggestions"
    if found.without_prose:
        yield f"{found.without_prose} units have no prose (only code, logs or quotations), and get no suggestions"
    if found.quoted:
        yield f"{found.quoted} decided units hold a text of the codebook word for word; nothing is calibrated on them"
    if waiting := _waiting(study, found):
        yield (
            f"{waiting} units are coded and not decided yet; if these are the disputed ones, the decided ones are "
            "easier, and the error bound does not hold for the others: coding adjudicate first"
        )
    for method in left_out:
        yield f"without {method}: {_why_without(study, found, method)}"
    if bare := sum(not code.examples for code in study.codebook.leaves()):
        yield f"{bare} codes have no examples; with some, similarity would know more of them"
    undecided = np.ones(units, np.bool_)
    undecided[found.decided.units] = False
    said = given.said.any(axis=1)
    yield (
        f"something is said of {said.sum()} units, {(said & undecided).sum()} of them without a decision"
        if given.scores
        else "scores are empty and nothing is said: no decisions"
    )


def _waiting(study: Study, found: Gathered) -> int:
    """How many units were coded and have no decision, once there are decisions."""
    if not len(found.decided):
        return 0
    decided = {found.texts[place].unit_id for place in found.decided.units}
    return len({row.unit_id for row in study.read(Coding)} & set(found.unit_ids) - decided)


def _why_without(study: Study, found: Gathered, method: str) -> str:
    if method == "topics" and found.units.topics is None:
        there = study.table("topics").exists()
        return "coding topics has found none" if there else "run coding topics first"
    return "no decisions on two threads yet"
