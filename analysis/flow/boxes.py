"""The flow of threads as PRISMA 2020 draws it: a chain of boxes, and beside each what left before the next one.

Every thread leaves the chain once, at the first place where something keeps it back, so that each box is the one before
it less what left. A thread that is left out for several reasons counts once in what left, and under each reason. What a
coder has read counts as drawn and screened, also where it is in no plan and no rater has read it.

Source: M. J. Page et al., The PRISMA 2020 statement, BMJ 372 (2021) n71.
"""

from collections import Counter
from collections.abc import Iterator

import duckdb

from analysis.flow.box import Box, Part
from analysis.flow.places import Alike, Place, alike, part, places
from codebook.study import Study


def boxes(study: Study) -> list[Box]:
    """The boxes from top to bottom; those of a screening, or of a sample, only where there was one.

    Always ``boxes[i + 1].n == boxes[i].n - sum(part.n for part in boxes[i].left)``, and so for each site.
    """
    with study.connect() as con:
        threads = alike(con)
        return [*_identified(con, threads), *_chain(con, threads, list(places(con, threads)))]


def _chain(con: duckdb.DuckDBPyConnection, threads: list[Alike], places: list[Place]) -> Iterator[Box]:
    for here, following in zip(places, (*places[1:], None), strict=True):
        gone: dict[str, list[Alike]] = {}
        for each in threads if following else ():
            gone.setdefault(following.why(each) if following else "", []).append(each)
        stay, whole = gone.pop("", []), part("", threads)
        reasons = following.reasons if following else {}
        left = tuple(part(why, those, reasons.get(why, ())) for why, those in gone.items())
        origin = _origin(con, here.tables)
        yield Box(here.name, here.phase, here.label, whole.n, whole.by_site, origin, (), left, here.notes)
        threads = stay


_HITS = """
SELECT site, query, coalesce(sum(got), 0)::BIGINT, sum(reported)::BIGINT FROM slices GROUP BY site, query ORDER BY ALL
"""
_STATES = "SELECT count(*) FILTER (state = 'complete'), count(*) FROM slices"


def _identified(con: duckdb.DuckDBPyConnection, threads: list[Alike]) -> Iterator[Box]:
    """What queries gave, hit by hit; nothing where no query was asked."""
    hits = con.execute(_HITS).fetchall()
    if not hits:
        return
    found, got = part("", threads).by_site, Counter[str]()
    for site, _, n, _ in hits:
        got[site] += n
    parts = [Part(f"{site}: {query}", n, {site: n}) for site, query, n, _ in hits if n]
    others = {site: n - got[site] for site, n in found.items() if n > got[site]}
    if others:
        parts.append(Part("given by no query", sum(others.values()), others))
    again = {site: n - found.get(site, 0) for site, n in sorted(got.items()) if n > found.get(site, 0)}
    left = [Part("found again by another query or window, or gone", sum(again.values()), again)] if again else []
    whole = dict(sorted((got + Counter(others)).items()))
    complete, asked = con.execute(_STATES).fetchall()[0]
    reported = sum(n for *_, n in hits if n is not None)
    notes = (
        f"queries and windows that were got whole: {complete} of {asked}; hits that sites say they have: {reported}",
    )
    yield Box(
        "identified",
        "identification",
        "hits of queries" if not others else "hits of queries, and threads given by none",
        sum(whole.values()),
        whole,
        _origin(con, ("slices", "threads") if others else ("slices",)),
        tuple(parts),
        tuple(left),
        notes,
    )


_RUNS_SHOWN = 3


def _origin(con: duckdb.DuckDBPyConnection, tables: tuple[str, ...]) -> str:
    """The tables that have rows, with the runs in them."""
    found = []
    for table in tables:
        runs = [r for (r,) in con.execute(f"SELECT DISTINCT run_id FROM {table} ORDER BY run_id").fetchall()]  # noqa: S608 - words of this file
        more = f" and {len(runs) - _RUNS_SHOWN} more" if len(runs) > _RUNS_SHOWN else ""
        if runs:
            found.append(f"{table} ({', '.join(runs[:_RUNS_SHOWN])}{more})")
    return "; ".join(found) or f"{tables[0]} (no rows)"
