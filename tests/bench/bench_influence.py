"""Influence: how often the 95 % interval holds a pull that was planted, in studies with one and in studies without.

Run: ``python tests/bench/bench_influence.py [STUDIES]`` (1,000 per design). Studies are simulated: units in threads
that are like each other, coders of different habits, suggestions of which some are right; who sees them is drawn by the
code of ``coding sample``, and the shift is measured by that of ``coding influence``. Whoever sees one gives the code by
themselves or, with the probability of the pull, because of it. What the shift then is in the long run is computed
exactly, by adding up over all states. Beside it stands what one would do instead: to call wrong what the plain coders
of the unit did not give, their own readings included. Exit status 1 if an interval holds the shift less often than in
93 % or more often than in 97 % of the studies.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import permutations, product
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from coding.agreement.frame import Floats
from coding.agreement.interval import Resamples
from coding.agreement.readings import Reading
from coding.arms.draw import draw_arms
from coding.influence.judged import judged
from coding.influence.measured import shifted
from coding.projects.label import PLAIN
from coding.sampling.frame import Candidate
from coding.sampling.share import Assigned

HOLDS = (0.93, 0.97)
CODES = ("A", "B")
RIGHT = 0.6
"""The share of suggestions that are right."""

GIVES = {True: 0.75, False: 0.15}
"""How often a code is given that is there, and one that is not, by nobody in particular."""

HABIT = (-0.04, 0.05, 0.0, -0.01)
"""How much more often each coder gives codes."""

ALIKE = 0.06
"""How much more, or less, often codes are given in a thread."""

RESAMPLES = 1000
ARM = "suggested"


Made = tuple[list[Reading], dict[tuple[str, str, str, int], set[str]], dict[str, frozenset[str]]]
"""Readings, what was suggested for each, and decisions."""


@dataclass(frozen=True)
class Design:
    """One way to lay out a study.

    Args:
        coders: How many read each unit.
        share: The share of units that is read with suggestions.
        comparison: Which one is measured.
        decided: Whether decisions say what is right: by agreement, else an adjudicator who is never wrong.
        pull: How often a suggestion is taken over that the coder would not have made.
        threads: How many threads.
        units: Units of each.
    """

    coders: int
    share: float
    comparison: str
    decided: bool
    pull: float
    threads: int = 120
    units: int = 2

    def __str__(self) -> str:
        truth = "decisions" if self.decided else "plain"
        return (
            f"{self.coders} coders, share {self.share:g}, {self.comparison:7} by {truth:9} "
            f"{self.threads:3} threads, pull {self.pull:g}"
        )


LAYOUTS = (
    (4, 1.0, "within", False, 120, 2),
    (3, 0.5, "within", False, 120, 2),
    (3, 0.5, "between", False, 120, 2),
    (2, 0.5, "between", False, 120, 2),
    (2, 1.0, "within", True, 120, 2),
    (3, 1.0, "within", True, 60, 3),
)
DESIGNS = [
    Design(coders, share, comparison, decided, pull, threads, units)
    for coders, share, comparison, decided, threads, units in LAYOUTS
    for pull in (0.0, 0.25)
]


def study(design: Design, seed: int, stream: int | None = None) -> Made:
    """One study; that of another design with the same seed is drawn apart from it."""
    random = np.random.default_rng([DESIGNS.index(design) if stream is None else stream, seed])
    names = [f"coder_{n}" for n in range(design.coders)]
    units = [
        Assigned(
            unit=Candidate(unit_id=f"{t}/{u}", thread_id=str(t), kind="post", stratum="all"),
            shared=True,
            coders=tuple(names),
        )
        for t in range(design.threads)
        for u in range(design.units)
    ]
    new = {(one.unit.unit_id, coder) for one in units for coder in one.coders}
    drawn = draw_arms(units, new, set(), share=design.share, arm=ARM, seed=seed)
    readings, suggested, decided = [], {}, {}
    alike = dict(zip(map(str, range(design.threads)), ALIKE * random.choice((-1, 1), design.threads), strict=True))
    for one in units:
        arms = drawn.get(one.unit.unit_id, one).arms
        right = dict(zip(CODES, random.random(len(CODES)) < RIGHT, strict=True))
        gave = {}
        for number, coder in enumerate(names):
            shown = coder in arms
            gave[coder] = {
                code
                for code in CODES
                if random.random() < given(right[code], number, alike[one.unit.thread_id], shown * design.pull)
            }
            arm = ARM if shown else PLAIN
            reading = Reading(one.unit.unit_id, one.unit.thread_id, 1, coder, arm, None, sorted(gave[coder]))
            readings.append(reading)
            suggested[reading.key] = set(CODES)
        decided[one.unit.unit_id] = frozenset(code for code in CODES if _decided(code, right[code], gave.values()))
    return readings, suggested, decided


def _decided(code: str, right: bool, gave: Iterable[set[str]]) -> bool:
    said = {code in codes for codes in gave}
    return right if len(said) > 1 else said.pop()


def given(right: object, coder: int, alike: float, pull: float) -> float:
    """How probable it is that a coder gives a code."""
    alone = GIVES[bool(right)] + HABIT[coder] + alike
    return alone + pull * (1 - alone)


def expected(design: Design, side: str) -> float:
    """The shift in the long run, by adding up over everything that can be."""
    shown, without = np.zeros((design.coders, 2)), np.zeros((design.coders, 2))
    for right, alike in product((True, False), (-ALIKE, ALIKE)):
        chance = (RIGHT if right else 1 - RIGHT) / 2
        for coder, weights in enumerate(_sides(design, right, alike, side)):
            shown[coder] += chance * weights[0]
            without[coder] += chance * weights[1]
    means = shown[:, 0] / shown[:, 1] - without[:, 0] / without[:, 1]
    return float((shown[:, 1] * means).sum() / shown[:, 1].sum())


def _sides(design: Design, right: bool, alike: float, side: str) -> Iterator[list[Floats]]:
    """Per coder, with and without suggestions: how probable it is that a code counts and is given; that it counts."""
    by = _by_decisions if design.decided else _by_colleague
    for coder in range(design.coders):
        yield [by(design, coder, right, alike, side, shown) for shown in (True, False)]


def _by_colleague(design: Design, coder: int, right: bool, alike: float, side: str, shown: bool) -> Floats:
    others = [other for other in range(design.coders) if other != coder]
    says = np.mean([given(right, other, alike, 0.0) for other in others])
    counts = 1 - says if side == "wrong" else says
    return np.array([counts * given(right, coder, alike, shown * design.pull), counts])


def _by_decisions(design: Design, coder: int, right: bool, alike: float, side: str, shown: bool) -> Floats:
    """Adds up over who else saw suggestions and what everybody gave."""
    total, ways = np.zeros(2), list(_ways(design, coder, shown))
    for seen, weight in ways:
        chances = [given(right, other, alike, (other in seen) * design.pull) for other in range(design.coders)]
        for gave in product((True, False), repeat=design.coders):
            chance = np.prod([p if yes else 1 - p for p, yes in zip(chances, gave, strict=True)])
            decided = right if len(set(gave)) > 1 else gave[0]
            if decided == (side == "right"):
                total += weight * chance * np.array([gave[coder], 1])
    return total


def _ways(design: Design, coder: int, shown: bool) -> Iterator[tuple[frozenset[int], float]]:
    """Which coders see suggestions, given whether this one does, each with what a reading then counts."""
    sizes = [design.coders // 2] if design.coders % 2 == 0 else [design.coders // 2, design.coders // 2 + 1]
    for size in sizes:
        sets = {frozenset(order[:size]) for order in permutations(range(design.coders))}
        for seen in sets:
            if (coder in seen) == shown:
                yield seen, 1 / len(sets) / len(sizes) / (size if shown else design.coders - size)


def one(design: Design, seed: int) -> list[tuple[bool, bool, float, float]]:
    """Of one study, for wrong and right: whether the interval holds the shift, and excludes 0; the shift; the naive."""
    readings, suggested, decided = study(design, seed)
    found = judged(readings, suggested, decided if design.decided else None)
    resamples, made = Resamples(RESAMPLES, 20260120), []
    for side in ("wrong", "right"):
        measure = shifted(found, np.ones(len(found.code), dtype=bool), design.comparison, side, resamples)
        assert measure.low is not None
        assert measure.high is not None
        assert measure.value is not None
        holds = measure.low <= EXPECTED[design, side] <= measure.high
        made.append((holds, not measure.low <= 0 <= measure.high, measure.value, naive(readings, side)))
    return made


def naive(readings: Sequence[Reading], side: str) -> float:
    """The shift if all plain coders of a unit say what is right, each of their own reading too."""
    items: dict[str, list[Reading]] = {}
    for reading in readings:
        items.setdefault(reading.unit, []).append(reading)
    gave: dict[bool, list[bool]] = {True: [], False: []}
    for item in items.values():
        plain = [reading.codes for reading in item if reading.arm == PLAIN]
        if len(plain) == len(item) or not plain:
            continue
        for code in CODES:
            right = sum(code in codes for codes in plain) * 2 > len(plain)
            if right == (side == "right"):
                for reading in item:
                    gave[reading.arm != PLAIN].append(code in reading.codes)
    return float(np.mean(gave[True]) - np.mean(gave[False]))


EXPECTED = {(design, side): expected(design, side) for design in DESIGNS for side in ("wrong", "right")}


def many(job: tuple[Design, range]) -> list[list[tuple[bool, bool, float, float]]]:
    """Some studies of one design."""
    return [one(job[0], seed) for seed in job[1]]


def main(studies: int) -> int:
    """Print the table; 1 if an interval holds too rarely or too often."""
    print(f"{studies:,} studies per design, {RESAMPLES:,} resamples, {len(CODES)} suggestions per unit")
    print(f"{'design':72} {'shift on':8} {'is':>7} {'found':>7} {'instead':>8} {'held':>7} {'not 0':>7}")
    bad = 0
    parts = 4
    with ProcessPoolExecutor(2) as pool:
        for design in DESIGNS:
            jobs = [(design, range(n * studies // parts, (n + 1) * studies // parts)) for n in range(parts)]
            rows = [row for part in pool.map(many, jobs) for row in part]
            for number, side in enumerate(("wrong", "right")):
                held, apart, value, other = np.mean([row[number] for row in rows], axis=0)
                bad += not HOLDS[0] <= held <= HOLDS[1]
                print(
                    f"{design!s:72} {side:8} {EXPECTED[design, side]:+7.3f} {value:+7.3f} {other:+8.3f} "
                    f"{100 * held:6.1f}% {100 * apart:6.1f}%",
                    flush=True,
                )
    print("every interval holds" if not bad else f"{bad} intervals do not hold as they are to", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
