"""Which coders see suggestions on which units: a crossed design, so that coders can be compared with themselves.

A share of the units of every stratum is drawn by permanent random numbers, as the sample is. Of the coders of a drawn
unit about half see suggestions and the others do not, those first who have seen fewest so far; a drawn unit that has
one coder is read with them. What somebody was pushed stays in the arm where it is, so a larger share only adds.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from coding.sampling.draw import allocate, rank
from coding.sampling.share import Assigned

Reading = tuple[str, str]
"""A unit and a coder of it."""


@dataclass
class _Balance:
    """How many more readings each coder has with suggestions than without, in units that several read."""

    seed: int
    all: Counter[str] = field(default_factory=Counter)
    in_stratum: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, one: Assigned) -> None:
        if len(one.coders) > 1 and one.arms:
            for coder in one.coders:
                sign = 1 if coder in one.arms else -1
                self.all[coder] += sign
                self.in_stratum[coder, one.unit.stratum] += sign

    def who_sees(self, one: Assigned, free: Iterable[str]) -> list[str]:
        """Which of the coders of a unit who may still come to see suggestions do."""
        wanted = len(one.coders) // 2 or 1
        if len(one.coders) % 2 and len(one.coders) > 1 and self.all.total() < 0:
            wanted += 1

        def load(coder: str) -> tuple[int, int, bytes]:
            number = rank(self.seed, "sees", one.unit.unit_id, coder)
            return self.all[coder], self.in_stratum[coder, one.unit.stratum], number

        return sorted(free, key=load)[: max(wanted - len(one.arms), 0)]


def draw_arms(
    units: Sequence[Assigned],
    new: Collection[Reading],
    fixed: Collection[Reading],
    *,
    share: float,
    arm: str,
    seed: int,
) -> dict[str, Assigned]:
    """Draw who sees suggestions.

    Args:
        units: Every unit of the round with all of its coders.
        new: The readings that nobody had before this draw.
        fixed: Readings that were pushed; they stay in the arm where they are.
        share: The share of the units that is read with suggestions.
        arm: What the arm is called.
        seed: Of the study.

    Returns:
        The units in which somebody comes to see suggestions, by id.
    """
    free = {one.unit.unit_id: _free(one, new, fixed) for one in units}
    chosen = _chosen(units, free, share, seed)
    balance, changed = _Balance(seed), dict[str, Assigned]()
    for one in units:
        if one.unit.unit_id not in chosen:
            balance.count(one)
    for one in sorted((one for one in units if one.unit.unit_id in chosen), key=lambda one: _number(one, seed)):
        seeing = balance.who_sees(one, free[one.unit.unit_id])
        drawn = replace(one, arms={**one.arms, **dict.fromkeys(seeing, arm)})
        balance.count(drawn)
        if seeing:
            changed[one.unit.unit_id] = drawn
    return changed


def _free(one: Assigned, new: Collection[Reading], fixed: Collection[Reading]) -> list[str]:
    """The coders of a unit whose arm is not settled: of a unit that was drawn before, those who came to it now."""
    readings = [(one.unit.unit_id, coder) for coder in one.coders]
    return [reading[1] for reading in readings if (reading in new if one.arms else reading not in fixed)]


def _number(one: Assigned, seed: int) -> bytes:
    return rank(seed, "arm", one.unit.unit_id)


def _group(one: Assigned) -> str:
    """Within what the share is kept: shared units of a stratum, and those of a stratum that are one coder's alone."""
    return "\0".join((one.unit.stratum, "" if len(one.coders) > 1 else one.coders[0]))


def _chosen(units: Sequence[Assigned], free: Mapping[str, Sequence[str]], share: float, seed: int) -> set[str]:
    """The units that are in the arm, with those that were before."""
    units = [one for one in units if one.coders]
    room = Counter(_group(one) for one in units)
    have = Counter(_group(one) for one in units if one.arms)
    wanted = max(int(share * room.total() + 0.5), have.total())
    left = Counter(allocate(wanted, room, have))
    left.subtract(have)
    chosen = {one.unit.unit_id for one in units if one.arms}
    for one in sorted((one for one in units if not one.arms), key=lambda one: _number(one, seed)):
        if left[_group(one)] > 0 and free[one.unit.unit_id]:
            left[_group(one)] -= 1
            chosen.add(one.unit.unit_id)
    return chosen
