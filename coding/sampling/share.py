"""Who codes what: a share of the units goes to several coders, every other to one, and nobody gets more than others.

What a coder has stays with the coder: a larger sample, another coder or a larger share only add. What somebody
who codes no more has left uncoded goes to others as well.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, islice

from coding.sampling.draw import allocate, rank
from coding.sampling.frame import Candidate

_MOST_TRIED = 500
"""Groups of coders that are weighed against each other; where there are more, the first ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """A unit of the plan.

    Args:
        unit: The unit.
        shared: Whether it is for several coders.
        coders: Who codes it.
        arms: Of those of them who see suggestions, the arm.
    """

    unit: Candidate
    shared: bool = False
    coders: tuple[str, ...] = ()
    arms: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass
class Loads:
    """How much each coder, and each pair of coders, has to do."""

    seed: int
    all: Counter[str] = field(default_factory=Counter)
    shared: Counter[str] = field(default_factory=Counter)
    pairs: Counter[frozenset[str]] = field(default_factory=Counter)
    in_stratum: Counter[tuple[str, str]] = field(default_factory=Counter)

    def give(self, one: Assigned, coders: Iterable[str], *, shared: bool) -> Assigned:
        """Give a unit to more coders; from then on it may be shared."""
        given = replace(one, shared=shared, coders=(*one.coders, *coders))
        self._count(one, -1)
        self._count(given, 1)
        return given

    def _count(self, one: Assigned, sign: int) -> None:
        for coder in one.coders:
            self.all[coder] += sign
            self.in_stratum[coder, one.unit.stratum] += sign
            self.shared[coder] += sign * one.shared
        for pair in combinations(one.coders, 2):
            self.pairs[frozenset(pair)] += sign * one.shared

    def lightest(self, unit: Candidate, coders: Iterable[str]) -> str:
        """Who gets a unit that is for one coder."""

        def load(coder: str) -> tuple[int, int, bytes]:
            return self.all[coder], self.in_stratum[coder, unit.stratum], rank(self.seed, "one", unit.unit_id, coder)

        return min(coders, key=load)

    def group(self, one: Assigned, coders: Iterable[str], count: int) -> tuple[str, ...]:
        """Who gets a shared unit, too: those who share least, and of these a group that has met least."""

        def load(coder: str) -> tuple[int, int, bytes]:
            return self.shared[coder], self.all[coder], rank(self.seed, "group", one.unit.unit_id, coder)

        free = sorted((coder for coder in coders if coder not in one.coders), key=load)
        most = self.shared[free[:count][-1]]
        sure = tuple(coder for coder in free if self.shared[coder] < most)
        level = [coder for coder in free if self.shared[coder] == most]
        choices = islice(combinations(level, min(count, len(free)) - len(sure)), _MOST_TRIED)
        return min(((*sure, *more) for more in choices), key=lambda group: self._met((*one.coders, *group)))

    def _met(self, group: Sequence[str]) -> list[int]:
        """How often the pairs of a group have met, the most frequent first."""
        return sorted((self.pairs[frozenset(pair)] for pair in combinations(group, 2)), reverse=True)


def share(
    planned: Iterable[Assigned],
    new: Sequence[Candidate],
    coders: Sequence[str],
    *,
    overlap: float,
    per_unit: int,
    seed: int,
    coded: Collection[tuple[str, str]] = (),
) -> list[Assigned]:
    """Give units to coders.

    Args:
        planned: What is given out already.
        new: What is to be given out, too.
        coders: Who codes now; at least one.
        overlap: The share of all units that several coders get.
        per_unit: How many of them; 0 for all.
        seed: Of the study.
        coded: Units and who has coded them. What those who code no more have not coded goes to others.

    Returns:
        Every unit that goes to somebody who has not got it, with all of its coders.
    """
    several = min(per_unit or len(coders), len(coders))
    loads = Loads(seed)
    old = [loads.give(replace(one, coders=()), one.coders, shared=one.shared) for one in planned]
    units = [*old, *(Assigned(unit=unit) for unit in new)]
    chosen = _to_share(units, overlap if several > 1 else 0.0, seed)
    given, alone = [], []
    for one in units:
        has = sum(coder in coders or (one.unit.unit_id, coder) in coded for coder in one.coders)
        if one.shared or one.unit.unit_id in chosen:
            if set(coders) - set(one.coders) and has < several:
                given.append(loads.give(one, loads.group(one, coders, several - has), shared=True))
        elif not has:
            alone.append(one)
    return given + [loads.give(one, [loads.lightest(one.unit, coders)], shared=False) for one in alone]


def _to_share(units: Sequence[Assigned], overlap: float, seed: int) -> set[str]:
    """The units that are to become shared: in proportion of the strata, and rather new ones than old."""
    room = Counter(one.unit.stratum for one in units)
    have = Counter(one.unit.stratum for one in units if one.shared)
    wanted = max(int(overlap * room.total() + 0.5), have.total())
    left = Counter(allocate(wanted, room, have))
    left.subtract(have)
    chosen = set()
    free = (one for one in units if not one.shared)
    for one in sorted(free, key=lambda one: (bool(one.coders), rank(seed, "share", one.unit.unit_id))):
        if left[one.unit.stratum] > 0:
            left[one.unit.stratum] -= 1
            chosen.add(one.unit.unit_id)
    return chosen
