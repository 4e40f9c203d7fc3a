"""Who read which unit and gave it which codes, from the tables: the readings in which agreement is measured.

A reading that holds a code that was split since is not whole. The coder's answer in the next round (see
``recode.answered``) takes its place and its round; until then the reading waits, and nothing of it counts.
Where something was changed when the adjudicator had the unit already, the table ``frozen`` says what counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from codebook.errors import StudyError
from codebook.study import Study
from codebook.themes import Codebook
from codebook.versions import recorded
from codebook.versions.chain import Chain


class Reading(NamedTuple):
    """One coder has read one unit in one round and arm; the version is that of the codebook on the page."""

    unit: str
    thread: str
    round: int
    coder: str
    arm: str
    saved: datetime | None
    codes: Sequence[str]
    version: str = ""

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What tells it from others."""
        return self.unit, self.coder, self.arm, self.round


@dataclass(frozen=True)
class Readings:
    """What counts in agreement.

    Args:
        whole: The readings; of a coder who read a unit twice in a round, the one saved first comes first.
        waiting: How many readings hold a split code that their coder has not coded again.
        frozen: In how many units what was read was changed when the adjudicator had them; what was read before counts.
        without: By version of the codebook, the codes of the newest one that could not be given under it.
    """

    whole: Sequence[Reading]
    waiting: int
    frozen: int = 0
    without: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def notes(self) -> Iterator[str]:
        """What is to be known of them, a sentence each."""
        if self.frozen:
            yield f"Units changed after the adjudicator was given them, measured as they were before: {self.frozen:,}."
        if self.waiting:
            yield f"Readings with a split code, left out until their coder codes them again: {self.waiting:,}."


_READINGS = """
WITH before AS (FROM frozen WHERE purpose = 'coding'),
given AS (
    SELECT unit_id, thread_id, round, coder, arm, coded_at, code, codebook_version, false AS is_frozen
    FROM codings ANTI JOIN before USING (unit_id, round)
    UNION ALL
    SELECT unit_id, thread_id, round, coder, arm, coded_at, code, codebook_version, true FROM before
)
SELECT unit_id, any_value(thread_id), round, coder, arm, max(coded_at),
       coalesce(list_sort(list(DISTINCT code) FILTER (code <> '')), []), any_value(codebook_version),
       any_value(is_frozen)
FROM given
GROUP BY unit_id, round, coder, arm
ORDER BY unit_id, round, coder, min(coded_at) NULLS LAST, arm
"""

_SPLIT = "SELECT unit_id, coder, arm, round, bool_and(answered) FROM recode GROUP BY ALL ORDER BY round DESC"


def read(study: Study) -> Readings:
    """The readings of a study, from ``codings``, ``frozen`` and ``recode``.

    Raises:
        StudyError: There is none.
    """
    with study.connect() as con:
        rows = con.execute(_READINGS).fetchall()
        split = {row[:4]: row[4] for row in con.execute(_SPLIT).fetchall()}
    chain = recorded.chain(study)
    readings = [Reading(*row[:-1]) for row in rows]
    frozen = {reading.key for reading, row in zip(readings, rows, strict=True) if row[-1]}
    found = answered(readings, {key: there for key, there in split.items() if key not in frozen})
    if found.whole:
        return replace(found, frozen=len({(unit, number) for unit, *_, number in frozen}), without=without(chain))
    why = "every reading waits for its coder, as its code was split" if split else "there are no codings yet"
    hint = "Run: coding push, and coding pull" if split else "Run: coding pull"
    raise StudyError(why, where=str(study.table("codings")), hint=hint)


def without(chain: Chain) -> Mapping[str, frozenset[str]]:
    """By version, the codes of the newest one that it did not have, under whatever name, whole or in parts."""
    if not chain.newest:
        return {}
    now = {leaf.id for leaf in chain.newest.leaves()}
    return {book.version: frozenset(now - _covered(chain, book)) for book in chain.books}


def _covered(chain: Chain, book: Codebook) -> set[str]:
    """The codes of the newest version that a code of an earlier one has become, or may have."""
    outcomes = [chain.outcome(leaf.id, book.version) for leaf in book.leaves()]
    own = {code for outcome in outcomes for code in (outcome.choices or (outcome.code,))}
    newest = chain.newest or book
    below = {leaf.id for leaf in newest.leaves() if own & {step.id for step in newest.path(leaf.id)}}
    return own | below


def answered(readings: Sequence[Reading], split: Mapping[tuple[str, str, str, int], bool]) -> Readings:
    """Readings with a split code, each replaced by its answer.

    Args:
        readings: All that there are.
        split: Whether each reading that has a split code is answered, by its key, later rounds first: an answer may
            have been split in its turn.
    """
    whole = {reading.key: reading for reading in readings if reading.key not in split}
    waiting = 0
    for (unit, coder, arm, number), there in split.items():
        next_key = (unit, coder, arm, number + 1)
        answer = whole.get(next_key)
        if answer is None or not there:
            waiting += 1
            continue
        del whole[next_key]
        whole[unit, coder, arm, number] = answer._replace(round=number)
    ordered = sorted(whole.values(), key=lambda reading: (reading.unit, reading.round, reading.coder))
    return Readings(ordered, waiting)
