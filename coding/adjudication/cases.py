"""What coders made of each unit: who was to code it, what each of them said last, and how much they differ.

Codings are read here and never written: agreement is measured on them as they were before anybody decided anything.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from codebook.rows import Coding
from codebook.versions.chain import Chain
from coding.answers.annotations import Reading
from coding.answers.standing import codings, skipped, standing
from coding.recode import of_any_version
from coding.records import PushedUnit, Records

SEVERAL = 2


@dataclass
class Case:
    """One unit, and what its coders say.

    Args:
        unit: The unit.
        asked: The coders who were given it, in any round and arm, and neither skipped it nor left unread.
        voices: What each of them said last, as rows of ``codings`` in the newest codebook.
        recoding: Those whose last word has a code that was split since; they have to look again.
        sha256: Hash of what they said last, as they gave it.
    """

    unit: PushedUnit
    asked: set[str] = field(default_factory=set)
    voices: dict[str, list[Coding]] = field(default_factory=dict)
    recoding: set[str] = field(default_factory=set)
    sha256: str = ""

    @property
    def round(self) -> int:
        """The newest round in which somebody coded it."""
        return max((rows[0].round for rows in self.voices.values()), default=1)

    @property
    def sets(self) -> list[frozenset[str]]:
        """Each coder's set of codes."""
        return [codes_of(rows) for rows in self.voices.values()]

    @property
    def is_whole(self) -> bool:
        """Whether everybody who was given it has coded it."""
        return not self.recoding and self.voices.keys() >= self.asked

    @property
    def agreed(self) -> bool:
        """Whether several were given it, and all of them gave the same set of codes."""
        return len(self.voices) >= SEVERAL and self.is_whole and len(set(self.sets)) == 1

    @property
    def disputed(self) -> bool:
        """Whether several coded it, and not all gave the same set of codes."""
        return len(self.voices) >= SEVERAL and not self.recoding and len(set(self.sets)) > 1

    @property
    def is_single(self) -> bool:
        """Whether one coder was given it and did not skip it, and has coded it."""
        return len(self.voices) == len(self.asked) == 1 and self.is_whole

    @property
    def is_skipped(self) -> bool:
        """Whether everybody who was given it has skipped it, or left."""
        return not self.asked

    def without(self, coder: str) -> None:
        """Take a coder out who has answered and given nothing; a reading that is whole stays."""
        if coder in self.recoding:
            self.voices.pop(coder, None)
        self.recoding.discard(coder)
        if coder not in self.voices:
            self.asked.discard(coder)

    def distance(self) -> float:
        """How much the coders disagree: mean Jaccard distance of their sets, from 0 (the same) to 1 (nothing shared).

        P. Jaccard, The distribution of the flora in the alpine zone, New Phytologist 11 (1912), 37-50.
        """
        pairs = list(combinations(self.sets, 2))
        return sum(1 - len(one & other) / (len(one | other) or 1) for one, other in pairs if one != other) / (
            len(pairs) or 1
        )


def codes_of(rows: Iterable[Coding]) -> frozenset[str]:
    """The set of codes that somebody gave to a unit or to passages of it."""
    return frozenset(row.code for row in rows if row.code)


def cases(found: Sequence[Records], chain: Chain) -> dict[str, Case]:
    """The units that were given to coders, by id in order."""
    made: dict[str, Case] = {}
    for push in (push for each in found for push in each.pushes if push.label.purpose == "coding"):
        for unit in push.units:
            made.setdefault(unit.unit_id, Case(unit)).asked.add(push.label.coder)
    given = codings(found, chain)
    newest: dict[tuple[str, str], int] = {}
    said = [(row.unit_id, row.coder, row.round) for row in given.codings]
    for unit_id, coder, number in said + [(row.unit_id, row.coder, row.round) for row in given.recode]:
        newest[unit_id, coder] = max(newest.get((unit_id, coder), number), number)
    for again in given.recode:
        if again.round == newest[again.unit_id, again.coder]:
            made[again.unit_id].recoding.add(again.coder)
    for row in given.codings:
        if row.round == newest[row.unit_id, row.coder]:
            made[row.unit_id].voices.setdefault(row.coder, []).append(row)
    for unit_id, label in skipped(found, "coding", given.apart):
        if label.round > newest.get((unit_id, label.coder), 0):
            made[unit_id].without(label.coder)
    for coder in {push.label.coder for each in found if "coding" in each.left for push in each.pushes}:
        for case in made.values():
            case.without(coder)
    for unit_id, sha256 in _hashes(found, chain).items():
        made[unit_id].sha256 = sha256
    return dict(sorted(made.items()))


def _hashes(found: Sequence[Records], chain: Chain) -> Mapping[str, str]:
    """Per unit, the hash of what its coders said last, which no later codebook changes."""
    readings, _ = standing(of_any_version(found, chain), "coding")
    last: dict[str, dict[str, Reading]] = {}
    for reading in sorted(readings, key=lambda reading: (reading.pull.label.round, reading.order())):
        last.setdefault(reading.unit.unit_id, {})[reading.pull.label.coder] = reading
    return {unit_id: _hash(by_coder) for unit_id, by_coder in last.items()}


def _hash(by_coder: Mapping[str, Reading]) -> str:
    said = [
        [coder, sorted(str([row.code, row.start, row.end, row.confidence, row.memo]) for row in reading.codings())]
        for coder, reading in sorted(by_coder.items())
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
