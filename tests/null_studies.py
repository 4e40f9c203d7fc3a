"""Simulated studies of which the truth is known: threads with several correlated codes each, in unequal sources.

Codes are correlated by a Gaussian copula, some strongly and some against each other, so that a thread's codes say much
about its other codes. Without an effect, no code has to do with the source.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from analysis.statistics.designed import Design
from analysis.statistics.incidence import Floats, Incidence, Ints, Records
from analysis.tested.basis import Basis
from analysis.tested.choice import Outcome, Rule, alone

SOURCES = (0.45, 0.25, 0.15, 0.10, 0.05)
"""Shares of threads."""


@dataclass(frozen=True)
class World:
    """How studies are made.

    Args:
        threads: How many threads a study has.
        codes: How many codes; they are given to 2.5 % to 35 % of threads.
        posts: The most posts a thread has, if posts are coded; 0 if threads are.
        alike: How much posts of a thread have in common (correlation behind the codes).
        longer: Threads of the smaller sources have up to three times as many posts.
        effect: By how much the codes of ``planted`` are likelier in the first source (in standard deviations).
        planted: Which codes those are.
        kept: Shares of threads that were drawn from each of two strata; equal for a plain sample.
    """

    threads: int = 600
    codes: int = 16
    posts: int = 0
    alike: float = 0.5
    longer: bool = False
    effect: float = 0.0
    planted: tuple[int, ...] = ()
    kept: tuple[float, float] = (1.0, 1.0)

    def study(self, seed: int) -> tuple[Records, Design]:
        """One study: its units, and how they were drawn."""
        random = np.random.default_rng([seed, self.codes, self.threads])
        source = random.choice(len(SOURCES), self.threads, p=SOURCES)
        stratum = (random.random(self.threads) < 0.5).astype(np.int64)
        behind = _correlated(random, self.threads, self.codes)
        behind[:, ::2] += 0.8 * (stratum[:, None] - 0.5)  # strata differ in their codes, not by source
        thread = self._units(random, source)
        if self.posts:
            own = _correlated(random, len(thread), self.codes)
            behind = np.sqrt(self.alike) * behind[thread] + np.sqrt(1 - self.alike) * own
        behind[:, list(self.planted)] += self.effect * (source[thread] == 0)[:, None]
        rows = behind > ndtri(1 - np.geomspace(0.025, 0.35, self.codes))
        kept = np.array(self.kept)[stratum]
        drawn = (random.random(self.threads) < kept)[thread]
        cols = np.eye(len(SOURCES), dtype=bool)[source]
        design = Design(1 / kept[thread], thread, stratum[thread])
        return (
            Records(rows[drawn], cols[thread][drawn]),
            Design(design.weight[drawn], design.cluster[drawn], design.stratum[drawn]),
        )

    def _units(self, random: np.random.Generator, source: Ints) -> Ints:
        """The thread of each unit."""
        most = self.posts * np.where(source > 1, 3, 1) if self.longer else np.full(self.threads, self.posts)
        number = random.integers(1, most + 1) if self.posts else np.ones(self.threads, dtype=np.int64)
        return np.repeat(np.arange(self.threads), number)


def _correlated(random: np.random.Generator, units: int, codes: int) -> Floats:
    """Standard normal values whose correlations fall from 0.7 between neighbours, every third one turned around."""
    apart = np.abs(np.subtract.outer(np.arange(codes), np.arange(codes)))
    turned = np.where(np.arange(codes) % 3 == 2, -1.0, 1.0)
    correlation = 0.7**apart * np.outer(turned, turned)
    found: Floats = random.standard_normal((units, codes)) @ np.linalg.cholesky(correlation).T
    return found


def readings(seed: int, threads: int = 200, coders: int = 3, codes: int = 12) -> tuple[Records, Ints]:
    """Threads that several coders read who err alike, and are none more given to any code than the others."""
    random = np.random.default_rng([seed, threads, coders])
    behind = np.repeat(_correlated(random, threads, codes), coders, axis=0)
    errs = random.standard_normal(behind.shape)
    rows = np.sqrt(0.7) * behind + np.sqrt(0.3) * errs > ndtri(1 - np.geomspace(0.05, 0.4, codes))
    read = random.random(len(rows)) < 0.8
    cols = np.tile(np.eye(coders, dtype=bool), (threads, 1))
    return Records(rows[read], cols[read]), np.repeat(np.arange(threads), coders)[read]


def layered(seed: int, threads: int = 600, codes: int = 12) -> tuple[Records, Ints]:
    """Threads of three years in which other sources and other codes are common; within a year, neither has to do."""
    random = np.random.default_rng([seed, threads, codes])
    year = random.integers(0, 3, threads)
    shares = np.array([SOURCES, SOURCES[::-1], (0.2,) * len(SOURCES)])[year]
    source = (random.random(threads)[:, None] > shares.cumsum(1)).sum(1)
    behind = _correlated(random, threads, codes) + 0.6 * (year[:, None] - 1)
    rows = behind > ndtri(1 - np.geomspace(0.05, 0.35, codes))
    return Records(rows, np.eye(len(SOURCES), dtype=bool)[source]), year


def outcome_alone(records: Records, resamples: int, seed: int) -> Outcome:
    """Units that stand alone, tested as ``analysis crosstab`` does."""
    n, size = records.counts, len(records)
    counted = Basis(
        rows=tuple(range(n.shape[0])),
        cols=tuple(range(n.shape[1])),
        n=n,
        row_n=records.rows.sum(0).astype(np.float64),
        col_n=records.cols.sum(0).astype(np.float64),
        total=float(size),
        left_out=0,
        one_row=False,
        one_col=True,
    )
    unit, row = np.nonzero(records.rows)
    none = np.flatnonzero(~records.rows.any(1))
    col = records.cols.argmax(1)
    units = Incidence(
        units=size,
        rows=n.shape[0],
        cols=n.shape[1],
        unit=np.concatenate([unit, none]),
        row=np.concatenate([row, np.full(len(none), -1)]),
        col=np.concatenate([col[unit], col[none]]),
    )
    return alone(counted, units, Rule(0.05, resamples, 5.0, seed))
