"""Simulated studies: threads with several correlated codes each, in sources of unequal size, of which the truth is known.

Codes are correlated by a Gaussian copula, some strongly and some against each other, so that a thread's codes say much
about its other codes. Without an effect, no code has to do with the source.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from analysis.statistics.designed import Design
from analysis.statistics.incidence import Floats, Ints, Records

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
        stratum = (random.random(self.threads) < 0.5).astype(np.int64)  # noqa: PLR2004 - half of the threads
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
    turned = np.where(np.arange(codes) % 3 == 2, -1.0, 1.0)  # noqa: PLR2004 - every third
    correlation = 0.7**apart * np.outer(turned, turned)
    found: Floats = random.standard_normal((units, codes)) @ np.linalg.cholesky(correlation).T
    return found
