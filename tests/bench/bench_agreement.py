"""Agreement: how often the 95 % interval holds a known kappa, and what a large study takes.

Run: ``python tests/bench/bench_agreement.py [STUDIES [UNITS]]``. Studies of known kappa are simulated and measured with
the code of ``coding agreement``; then the command runs as a process on a study of 10,000 units, three coders and 30
codes with 1,000 resamples, beside a loop over the packages. Exit status 1 if an interval holds kappa less often than in
93 % or more often than in 97 % of the studies, or if the command takes more time or memory than it may.
"""

import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import krippendorff
import numpy as np
import numpy.typing as npt
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.agreement_study import written
from bench.used import Used, used_by

from coding.agreement.codes import Codes
from coding.agreement.frame import Frame
from coding.agreement.interval import Resamples

SECONDS, MEGABYTES = 20, 1000
"""What the command may take."""

HOLDS = (0.93, 0.97)
"""How often a 95 % interval is to hold what it is an interval of."""


@dataclass(frozen=True)
class Design:
    """What is simulated: units in threads that are like each other, and coders whose kappa is known.

    Each coder says what is true of a unit with probability ``sqrt(kappa)``, else yes with the probability
    ``prevalence``: any two of them then have this kappa. A unit is as the first one of its thread with the
    probability ``alike``, else drawn anew, which changes no probability of a unit by itself.
    """

    measure: str
    threads: int
    units: int
    coders: int
    prevalence: float
    kappa: float
    alike: float = 0.0

    def study(self, seed: int) -> Frame:
        """One study; that of another design with the same seed is drawn apart from it."""
        random = np.random.default_rng([DESIGNS.index(self), seed])
        shape = (self.threads, self.units)
        truth = random.random(shape) < self.prevalence
        knows = random.random((*shape, self.coders)) < np.sqrt(self.kappa)
        says = np.where(knows, truth[..., None], random.random((*shape, self.coders)) < self.prevalence)
        says = np.where((random.random(shape) < self.alike)[..., None], says[:, :1], says)
        units = self.threads * self.units
        return Frame(
            coders=tuple("abcdef"[: self.coders]),
            codes=("x",),
            read=np.ones((units, self.coders), dtype=bool),
            gave=says.reshape(1, units, self.coders),
            thread=np.repeat(np.arange(self.threads), self.units),
            round=np.ones(units, dtype=np.int64),
            month=np.full(units, "2026-01"),
            arm=np.full((units, self.coders), "plain"),
        )


DESIGNS = (
    Design("cohen", 100, 1, 2, 0.3, 0.6),
    Design("cohen", 200, 1, 2, 0.3, 0.6),
    Design("cohen", 400, 1, 2, 0.1, 0.5),
    Design("cohen", 600, 1, 2, 0.05, 0.7),
    Design("cohen", 200, 3, 2, 0.3, 0.6, alike=0.5),
    Design("alpha", 300, 1, 3, 0.2, 0.8),
    Design("ac1", 300, 1, 3, 0.5, 0.6),
)
"""AC1 and kappa are the same at a prevalence of one half."""


def coverage(design: Design, studies: int) -> tuple[str, bool]:
    """How often the interval holds kappa, as a line, and whether that is as often as it is to be."""
    held = percentile = known = 0
    for seed in range(studies):
        codes = Codes(design.study(seed), Resamples(1000, studies + seed))
        found = codes.pooled_one(design.measure, [0])
        if found.low is None or found.high is None:
            continue
        known += 1
        held += found.low <= design.kappa <= found.high
        low, high = np.nanquantile(codes.spread(design.measure, [0])[0], [0.025, 0.975])
        percentile += low <= design.kappa <= high
    good = HOLDS[0] <= held / known <= HOLDS[1]
    d = design
    line = (
        f"{d.measure:5} {d.threads:3} threads of {d.units}, {d.coders} coders, prevalence {d.prevalence:.2f}, kappa "
        f"{d.kappa:.1f}, alike {d.alike:.1f}: {100 * held / known:.1f} % of {known} studies hold it (percentile "
        f"{100 * percentile / known:.1f} %; {studies - known} have none): {'holds' if good else 'DOES NOT HOLD'}"
    )
    return line, good


def command(folder: Path, *more: str) -> Used:
    """Run ``coding agreement`` on a study."""
    out = ["--resamples", "1000"]
    out += [] if "--html" in more else ["--format", "json", "--output", str(folder / "agreement.json")]
    return used_by([sys.executable, "-m", "coding.cli", "agreement", "--study", str(folder), *out, *more])


def loop(gave: npt.NDArray[np.bool_], resamples: int) -> float:
    """Seconds of the loop that a user would write: for each code and resample ask the packages.

    Args:
        gave: Codes by units by coders.
        resamples: How many; few are timed, for the time of one is always the same.
    """
    random = np.random.default_rng(1)
    began = time.perf_counter()
    for code in gave:
        for _ in range(resamples):
            drawn = code[random.integers(0, len(code), len(code))].astype(int)
            krippendorff.alpha(drawn.T, level_of_measurement="nominal")
            fleiss_kappa(np.stack([drawn.sum(1), 3 - drawn.sum(1)], axis=1))
            for one, other in ((0, 1), (0, 2), (1, 2)):
                cohen_kappa_score(drawn[:, one], drawn[:, other])
    return time.perf_counter() - began


def large(units: int) -> bool:
    """Measure a large study, print what it takes, and say whether that is little enough."""
    with tempfile.TemporaryDirectory() as name:
        gave = written(Path(name), units)
        sets = len(np.unique(gave.reshape(len(gave), -1).T, axis=0))
        print(f"{units} units x 3 coders x {len(gave)} codes, {sets} different sets; load {os.getloadavg()[0]:.1f}")
        runs = {
            "per code": command(Path(name)),
            "codes, themes, sets, overall": command(Path(name), "--by", "code", "--by", "theme", "--by", "overall"),
            "codes by pair": command(Path(name), "--by", "code", "--by", "pair"),
            "the page with pictures": command(Path(name), "--html"),
        }
    for what, used in runs.items():
        spent = f"{used.wall:.1f} s ({used.processor:.1f} s of processor time), {used.peak:.0f} MB"
        print(f"coding agreement, {what}, 1,000 resamples: {spent}", flush=True)
    once = loop(gave, 3) / 3
    print(
        f"a loop over the packages: {once:.1f} s a resample, so {1000 * once:.0f} s for 1,000, and no AC1 and no sets"
    )
    good = all(used.wall < SECONDS and used.peak < MEGABYTES for used in runs.values())
    print(f"under {SECONDS} s and {MEGABYTES} MB: {'holds' if good else 'DOES NOT HOLD'}")
    return good


def main(studies: int, units: int) -> int:
    """Measure both; the exit status."""
    held = [large(units)]
    began = time.perf_counter()
    with ProcessPoolExecutor() as pool:
        for line, good in pool.map(coverage, DESIGNS, repeat(studies)):
            print(line, flush=True)
            held.append(good)
    print(f"95 % of {studies} studies are known to within {100 * 1.96 * (0.95 * 0.05 / studies) ** 0.5:.1f} %")
    print(f"{studies} studies of each of {len(DESIGNS)} designs: {time.perf_counter() - began:.0f} s")
    return int(not all(held))


if __name__ == "__main__":
    arguments = [int(each) for each in sys.argv[1:]]
    sys.exit(main(*arguments, *(1000, 10_000)[len(arguments) :]))
