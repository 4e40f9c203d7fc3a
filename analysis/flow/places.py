"""Where threads leave the study, in order, and which threads have the same behind them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import duckdb

from analysis.flow.box import Part, Phase


class Alike(NamedTuple):
    """Threads of one site that have the same things behind them; ``verdict`` is None where there is none."""

    site: str
    included: bool
    verdict: bool | None
    unread: bool
    drawn: bool
    coded: bool
    decided: bool
    n: int


Kept = Callable[[Alike], str]
"""Why threads leave at a place; empty if they stay."""


@dataclass(frozen=True)
class Place:
    """A place where threads leave, and the box of those that stay."""

    name: str
    phase: Phase
    label: str
    tables: tuple[str, ...]
    why: Kept
    reasons: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


_ALIKE = """
WITH marked AS (
    SELECT threads.site, coalesce(threads.included, true) AS included, screened.included AS verdict,
           thread_id IN (SELECT thread_id FROM ranking WHERE state = 'unread after the stop') AS unread,
           thread_id IN (SELECT thread_id FROM plan) AS drawn,
           thread_id IN (SELECT thread_id FROM codings UNION ALL SELECT thread_id FROM decisions) AS coded,
           thread_id IN (SELECT thread_id FROM decisions) AS decided
    FROM threads LEFT JOIN screened USING (thread_id)
)
SELECT *, count(*) FROM marked GROUP BY ALL ORDER BY ALL
"""


def alike(con: duckdb.DuckDBPyConnection) -> list[Alike]:
    """All threads, those that have the same behind them counted together."""
    return [Alike(*row) for row in con.execute(_ALIKE).fetchall()]


def part(label: str, threads: Iterable[Alike], reasons: tuple[Part, ...] = ()) -> Part:
    """Threads as a part."""
    by_site: Counter[str] = Counter()
    for each in threads:
        by_site[each.site] += each.n
    return Part(label, by_site.total(), dict(sorted(by_site.items())), reasons)


EXCLUDED, OUT, WAITING = "excluded by rule", "screened out", "not screened yet"
UNREAD, UNDRAWN, UNCODED, UNDECIDED = "unread after the stop", "not drawn", "not coded yet", "not decided yet"


def places(con: duckdb.DuckDBPyConnection, threads: list[Alike]) -> Iterator[Place]:
    """The places in their order: what was drawn comes before the screening if nothing else was screened."""
    kept = [each for each in threads if each.included]
    screened = [each for each in kept if each.verdict is not None]
    screening = screened or any(each.unread for each in kept) or _any(con, "screenings")
    drawn = any(each.drawn for each in kept)
    yield Place("found", "identification", "threads found", ("threads",), lambda _: "")
    yield Place(
        "included",
        "identification",
        "included by the rules",
        ("threads", "exclusions"),
        lambda each: "" if each.included else EXCLUDED,
        {EXCLUDED: _reasons(con, _EXCLUSIONS)},
        _copies(con),
    )
    draw = Place(
        "drawn",
        "coding",
        "drawn for the coders",
        ("plan",),
        lambda each: "" if each.drawn or each.coded else UNDRAWN,
        notes=_without([each for each in kept if each.coded and not each.drawn], "coded without being drawn"),
    )
    first = drawn and screened and all(each.drawn for each in screened)
    if drawn and first:
        yield draw
    if screening:
        yield from _screening(con, kept)
    if drawn and not first:
        yield draw
    yield Place(
        "coded", "coding", "coded by a coder", ("codings", "decisions"), lambda each: "" if each.coded else UNCODED
    )
    yield Place("decided", "coding", "decided", ("decisions",), lambda each: "" if each.decided else UNDECIDED)


def _screening(con: duckdb.DuckDBPyConnection, kept: list[Alike]) -> Iterator[Place]:
    def waits(each: Alike) -> str:
        if each.verdict is not None or each.coded:
            return ""
        return UNREAD if each.unread else WAITING

    coded = [each for each in kept if each.coded and each.verdict is None]
    yield Place(
        "screened",
        "screening",
        "screened",
        ("screened", "screenings", "ranking"),
        waits,
        notes=_without(coded, "coded without a verdict"),
    )
    yield Place(
        "screened in",
        "screening",
        "screened in",
        ("screened",),
        lambda each: OUT if each.verdict is False else "",
        {OUT: _reasons(con, _CRITERIA)},
    )


def _any(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    return con.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None  # noqa: S608 - a word of this file


def _without(threads: list[Alike], what: str) -> tuple[str, ...]:
    n = sum(each.n for each in threads)
    return (f"{n} of them {what}",) if n else ()


_EXCLUSIONS = """
WITH said AS (
    SELECT DISTINCT thread_id, CASE WHEN stage = 'collect' THEN reason ELSE stage || ': ' || reason END AS reason
    FROM exclusions
)
SELECT site, coalesce(reason, 'no reason in exclusions'), count(*)
FROM threads LEFT JOIN said USING (thread_id) WHERE NOT included GROUP BY ALL
"""

_CRITERIA = """
SELECT site, coalesce(criterion, 'no one criterion'), count(*) FROM screened JOIN threads USING (thread_id)
WHERE threads.included AND NOT screened.included GROUP BY ALL
"""


def _reasons(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Part, ...]:
    """Why threads left, the commonest reason first."""
    found: dict[str, dict[str, int]] = {}
    for site, reason, n in sorted(con.execute(query).fetchall()):
        found.setdefault(reason, {})[site] = n
    parts = [Part(reason, sum(sites.values()), sites) for reason, sites in found.items()]
    return tuple(sorted(parts, key=lambda part: (-part.n, part.label)))


_COPIES = """
SELECT count(*) - count(DISTINCT duplicate_group) FROM threads WHERE included AND duplicate_group IS NOT NULL
"""


def _copies(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    (n,) = con.execute(_COPIES).fetchall()[0]
    return (f"{n} of them copies of another one of these (duplicate_group)",) if n else ()
