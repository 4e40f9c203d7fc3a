"""What was decided, code by code: given, not given, or not known because nobody could give it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from codebook.recoded import STANDING, WAITING
from codebook.rows import Decision
from codebook.study import Study
from codebook.versions import recorded
from codebook.versions.chain import Chain
from codebook.versions.steps import number
from coding.projects.label import PLAIN
from coding.suggestions.material import NO, UNKNOWN, YES, Decided


def decisions(study: Study, units: Mapping[str, int], codes: Sequence[str]) -> tuple[Decided, list[frozenset[str]]]:
    """The decisions on some units, in the words of the codebook as it is now.

    A unit with an empty agreed set is decided, and has no code. That a unit does not have a code is not known where a
    coder's page was of a version without it, and where what was split is still to be coded again.

    Args:
        study: The study.
        units: The place of each unit by its id; decisions on others are left out.
        codes: Ids of the codes that can be assigned.

    Returns:
        The decisions, and per decided unit the arms in which it was read. Scores are calibrated on units that were read
        in the plain arm alone; all others are learnt from.
    """
    chain = _chain(study)
    given: dict[str, set[str]] = defaultdict(set)
    arms, pages, waiting = _read(study)
    for row in study.read(Decision):
        if row.unit_id in units:
            now = chain.outcome(row.code, row.codebook_version)
            given[row.unit_id].add(now.code)
            waiting[row.unit_id].update(now.choices)
    known = {page: _known(chain, page) for page in {page for each in pages.values() for page in each}}
    labels = np.zeros((len(given), len(codes)), np.int8)
    order = sorted(given, key=lambda unit_id: units[unit_id])
    for place, unit_id in enumerate(order):
        sets = [known[page] for page in pages.get(unit_id, ())]
        for at, code in enumerate(codes):
            unknown = code in waiting.get(unit_id, ()) or not all(each is None or code in each for each in sets)
            labels[place, at] = YES if code in given[unit_id] else UNKNOWN if unknown else NO
    read_in = [frozenset(arms.get(unit_id, ())) for unit_id in order]
    return (
        Decided(
            units=np.array([units[unit_id] for unit_id in order], np.int64),
            labels=labels,
            calibrates=np.array([each <= {PLAIN} for each in read_in], np.bool_),
        ),
        read_in,
    )


def _chain(study: Study) -> Chain:
    """The recorded versions of the codebook, and the one that ``codebook.yaml`` is."""
    chain, now = recorded.chain(study), study.codebook
    newer = chain.newest is None or number(chain.newest.version) < number(now.version)
    return Chain((*chain.books, now)) if newer else chain


def _read(study: Study) -> tuple[dict[str, set[str]], dict[str, set[str]], dict[str, set[str]]]:
    """Per unit: arms in which it was read, versions that were on the pages, codes that somebody has still to choose."""
    found: tuple[dict[str, set[str]], ...] = (defaultdict(set), defaultdict(set), defaultdict(set))
    queries = (
        "SELECT DISTINCT unit_id, arm FROM codings",
        f"SELECT DISTINCT unit_id, codebook_version FROM ({STANDING})",  # noqa: S608 - ours
        f"SELECT DISTINCT unit_id, unnest(choices) {WAITING}",
    )
    with study.connect() as con:
        for each, query in zip(found, queries, strict=True):
            for unit_id, value in con.execute(query).fetchall():
                each[unit_id].add(value)
    return found[0], found[1], found[2]


def _known(chain: Chain, version: str) -> frozenset[str] | None:
    """The codes, as they are called now, that a page of a version had; None if that version was not recorded."""
    book = next((book for book in chain.books if book.version == version), None)
    if book is None:
        return None
    outcomes = [chain.outcome(leaf.id, version) for leaf in book.leaves()]
    return frozenset(code for each in outcomes for code in (each.code, *each.choices))
