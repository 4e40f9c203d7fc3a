"""Codes found against threads coded, in the order of coding and in random orders.

In the order of coding, a curve that flattens says that later threads brought nothing new (Guest, Bunce and Johnson
2006, How many interviews are enough?, Field Methods 18:59-82). That order is one of many, and what was read first may
have been special. So beside it stands what random orders of the same threads give: their mean, which has a closed form
(sample-based rarefaction: Ugland, Gray and Ellingsen 2003, Journal of Animal Ecology 72:888-897; Colwell et al. 2012,
Journal of Plant Ecology 5:3-21), and the middle 95 % of seeded permutations.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from codebook.rows import Coding

LOW, HIGH = 2.5, 97.5
"""Percentiles between which the band lies."""


@dataclass(frozen=True, slots=True)
class CodedThread:
    """What was found in one thread by all who coded it.

    Args:
        thread_id: The thread.
        coded_at: When an annotation of it was first saved, as far as the last save of each tells; None if none says.
        codes: The codes that anybody gave; empty if all found that none applies.
    """

    thread_id: str
    coded_at: datetime | None
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Curve:
    """Codes found, after each thread.

    Args:
        name: The source, or ``all``.
        threads: In the order of coding.
        found: Distinct codes in the first 1, 2, … of them.
        expected: The mean over all orders.
        low: Of seeded random orders, what 2.5 % stay below or reach.
        high: What 97.5 % stay below or reach.
    """

    name: str
    threads: tuple[CodedThread, ...]
    found: tuple[int, ...]
    expected: tuple[float, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]

    def rows(self) -> Iterator[dict[str, object]]:
        """One row per thread, in the order of coding."""
        before = 0
        for n, thread in enumerate(self.threads, 1):
            found = self.found[n - 1]
            yield {
                "source": self.name,
                "n": n,
                "thread_id": thread.thread_id,
                "new_codes": found - before,
                "found": found,
                "expected": self.expected[n - 1],
                "low": self.low[n - 1],
                "high": self.high[n - 1],
            }
            before = found

    @property
    def said(self) -> str:
        """One line for people."""
        last = next(n for n, found in enumerate(self.found, 1) if found == self.found[-1])
        often = [sum(code in thread.codes for thread in self.threads) for code in _all_codes(self.threads)]
        came = f"the last new one came with thread {last}; " if often else ""
        return (
            f"{self.name}: {self.found[-1]} codes in {len(self.threads)} threads; {came}"
            f"{often.count(1)} of them are in one thread only"
        )


def coded_threads(rows: Iterable[Coding]) -> list[CodedThread]:
    """The threads that were coded, in the order of coding.

    Args:
        rows: All codings; their order does not matter.
    """
    codes: dict[str, set[str]] = {}
    moments: dict[str, list[datetime]] = {}
    for row in rows:
        codes.setdefault(row.thread_id, set()).update([row.code] if row.code else [])
        moments.setdefault(row.thread_id, []).extend([row.coded_at] if row.coded_at else [])
    threads = [
        CodedThread(thread, min(moments[thread], default=None), frozenset(given)) for thread, given in codes.items()
    ]
    return sorted(
        threads, key=lambda t: (t.coded_at is None, t.coded_at or datetime.min.replace(tzinfo=UTC), t.thread_id)
    )


def curves(
    threads: Sequence[CodedThread], sources: Mapping[str, str] | None, *, permutations: int, seed: int
) -> list[Curve]:
    """The curve of all threads, or one per source.

    Args:
        threads: What :func:`coded_threads` gave.
        sources: The source of each thread; None for one curve of all.
        permutations: How many random orders.
        seed: Of the random orders; the same seed gives the same band.
    """
    groups: dict[str, list[CodedThread]] = {}
    for thread in threads:
        name = "all" if sources is None else sources.get(thread.thread_id, "(unknown)")
        groups.setdefault(name, []).append(thread)
    return [curve(name, groups[name], permutations=permutations, seed=seed) for name in sorted(groups)]


def curve(name: str, threads: Sequence[CodedThread], *, permutations: int, seed: int) -> Curve:
    """The curve of some threads, given in the order of coding; at least one."""
    found: list[int] = []
    seen: set[str] = set()
    for thread in threads:
        seen |= thread.codes
        found.append(len(seen))
    canonical = sorted(threads, key=lambda thread: thread.thread_id)  # so that the band does not hang on their order
    low, high = band([thread.codes for thread in canonical], permutations, seed)
    return Curve(name, tuple(threads), tuple(found), expected([thread.codes for thread in threads]), low, high)


def expected(threads: Sequence[AbstractSet[str]]) -> tuple[float, ...]:
    """Mean number of codes in the first 1, 2, … threads over all orders: that of codes not missed, code by code."""
    total = len(threads)
    drawn = np.arange(total)
    mean = np.zeros(total)
    for code in sorted(set().union(*threads)):
        without = total - sum(code in codes for codes in threads)
        mean += 1 - np.cumprod(np.maximum(without - drawn, 0) / (total - drawn))
    return tuple(mean.tolist())


def band(threads: Sequence[AbstractSet[str]], permutations: int, seed: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Percentiles of the number of codes in the first 1, 2, … threads over random orders.

    Returns:
        The lower and the upper one; both are numbers that occurred.
    """
    ordered = permuted(threads, permutations, seed)
    low, high = np.percentile(ordered, (LOW, HIGH), axis=0, method="inverted_cdf")
    return tuple(low.astype(int).tolist()), tuple(high.astype(int).tolist())


def permuted(threads: Sequence[AbstractSet[str]], permutations: int, seed: int) -> npt.NDArray[np.int64]:
    """Codes found in random orders: one row per order, one column per thread."""
    rng = np.random.default_rng(seed)
    having = [[i for i, codes in enumerate(threads) if code in codes] for code in sorted(set().union(*threads))]
    starts = np.cumsum([0, *map(len, having[:-1])])
    flat = np.concatenate([*having, []]).astype(int)
    found = np.zeros((permutations, len(threads)), dtype=np.int64)
    for order in found if having else ():
        places = rng.permutation(len(threads))  # the place of each thread
        first = np.minimum.reduceat(places[flat], starts)
        order[:] = np.bincount(first, minlength=len(threads)).cumsum()
    return found


def _all_codes(threads: Iterable[CodedThread]) -> list[str]:
    return sorted(set().union(*(thread.codes for thread in threads)))
