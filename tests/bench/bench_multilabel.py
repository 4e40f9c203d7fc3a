"""Crosstabs of units with several codes: how often nothing is called something, and how often something is found.

Run: ``python tests/bench/bench_multilabel.py [STUDIES [OTHERS]]``; by default 2,000 studies of the main design and
500 of each other. Studies with correlated codes are simulated (``tests/null_studies.py``) and tested with the code of
``analysis crosstab``, beside what a user would do instead: chi-square of the table of codes by columns, in which a
thread with three codes is three threads; or a test that takes posts, weights, readings or layers for plain units.
Shares are of p at or below 5 %, with their 95 % Monte Carlo intervals. Exit status 1 if the procedure for units that
stand alone is outside 4 to 6 %, or if any other is above 5 % by more than chance (its interval lies wholly above).
"""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from null_studies import World, layered, outcome_alone, readings

from analysis.interval import wilson
from analysis.statistics import designed, exchange
from analysis.statistics.corrected import holm
from analysis.statistics.counts import chi_square
from analysis.statistics.incidence import Ints, Records

LEVEL, LOW, HIGH = 0.05, 0.04, 0.06
RESAMPLES = 999

P = dict[str, float]
"""p by procedure."""


def _least(p: np.typing.NDArray[np.float64]) -> float:
    return float(np.nanmin(p))


def alone(world: World, resamples: int, seed: int) -> P:
    """Threads with several codes, each in one source."""
    records, _ = world.study(seed)
    found = outcome_alone(records, resamples, seed)
    by_holm = holm(np.array([test.p for test in found.tests]))
    planted = [code for code in world.planted if by_holm[code] <= LEVEL]
    more = {"a planted code, Holm": 1 - len(planted) / len(world.planted)} if world.planted else {}
    return {
        "all codes together": found.overall.p,
        "any code, largest statistic": _least(found.p_max),
        "any code, Holm": _least(by_holm),
        "instead: chi-square of codes by sources": chi_square(records.counts).p,
    } | more


def in_threads(world: World, resamples: int, seed: int) -> P:
    """Posts, which are like others of their thread; weights, where strata were drawn unequally."""
    records, design = world.study(seed)
    found = designed.tested(records, design)
    instead = _exchanged(records, np.zeros(len(records), dtype=np.int64), resamples, seed)
    if found is None:
        raise ValueError(world)
    return {
        "all codes together": found.overall.p,
        "any code, Holm": _least(holm(found.p)),
        "instead: as if units stood alone and counted alike": instead["all codes together"],
    }


def by_blocks(made: Callable[[int], tuple[Records, Ints]], resamples: int, seed: int) -> P:
    """Coders within threads, or sources within years."""
    records, block = made(seed)
    instead = _exchanged(records, np.zeros(len(records), dtype=np.int64), resamples, seed)
    return _exchanged(records, block, resamples, seed) | {
        "instead: without blocks": instead["all codes together"],
        "instead: chi-square of the table": chi_square(records.counts).p,
    }


def _exchanged(records: Records, block: Ints, resamples: int, seed: int) -> P:
    found = exchange.tested(records, block, np.zeros(records.rows.shape[1], dtype=np.bool_), resamples, seed)
    return {"all codes together": found.overall.p, "any code, largest statistic": _least(found.p_max)}


ALONE = "600 threads, 16 codes, 5 sources, no effect"

DESIGNS: dict[str, Callable[[int], P]] = {
    ALONE: partial(alone, World(), RESAMPLES),
    "5,000 threads, the normal form, no effect": partial(alone, World(threads=5000), 9999),
    "600 threads, two codes 0.5 standard deviations likelier in one source": partial(
        alone, World(effect=0.5, planted=(6, 11)), RESAMPLES
    ),
    "posts of 300 threads, no effect": partial(in_threads, World(threads=300, posts=5), RESAMPLES),
    "posts of 300 threads, longer in some sources, no effect": partial(
        in_threads, World(threads=300, posts=5, longer=True), RESAMPLES
    ),
    "800 of 1,600 threads, strata drawn by 8 and 2 of 10, no effect": partial(
        in_threads, World(threads=1600, kept=(0.8, 0.2)), RESAMPLES
    ),
    "3 coders who read 200 threads, none differs": partial(by_blocks, readings, RESAMPLES),
    "600 threads in 3 years, nothing within a year": partial(by_blocks, layered, RESAMPLES),
}


def main(studies: int = 2000, others: int = 500) -> int:
    """Print the shares of every design; 1 if one is not where it is to be."""
    good = True
    with ProcessPoolExecutor(initializer=threadpool_limits, initargs=(1,)) as pool:
        for name, design in DESIGNS.items():
            begun, number = time.perf_counter(), studies if name == ALONE else others
            found = list(pool.map(design, range(number), chunksize=10))
            print(f"{name} ({number} studies, {time.perf_counter() - begun:.0f} s)")
            for procedure in found[0]:
                good &= _line(name, procedure, np.array([each[procedure] for each in found]))
    print("holds" if good else "DOES NOT HOLD")
    return 0 if good else 1


def _line(name: str, procedure: str, p: np.typing.NDArray[np.float64]) -> bool:
    """Print one procedure; False if its share of false alarms is not where it is to be."""
    if procedure.startswith("a planted"):
        print(f"  {procedure:52} found {100 * (1 - p.mean()):5.1f} %")
        return True
    alarms = int((p <= LEVEL).sum())
    low, high = wilson(alarms, len(p))
    share = alarms / len(p)
    exact = "together" in procedure or "largest" in procedure
    bounded = "likelier" not in name and not procedure.startswith("instead")
    good = not bounded or (LOW <= share <= HIGH if name == ALONE and exact else low <= LEVEL)
    said = "" if good else ": DOES NOT HOLD"
    print(f"  {procedure:52} {100 * share:5.1f} % ({100 * low:.1f} to {100 * high:.1f}){said}")
    return good


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:3])))
