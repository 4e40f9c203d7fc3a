"""The method in sentences whose numbers come from the tables, so that text and tables cannot differ."""

from collections.abc import Iterable, Iterator

import duckdb

from codebook import ledger
from codebook.recoded import STANDING
from codebook.study import Study

Told = tuple[str, str]
"""What it is about, and what was done."""


def method(con: duckdb.DuckDBPyConnection, study: Study) -> tuple[Told, ...]:
    """What was done, step by step; a step that was not done is not told."""
    return (
        *_search(con, study),
        *_sampling(con, study),
        *_coding(con),
        *_models(con),
        *_platforms(con),
        *_software(study),
    )


def some(n: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def _listed(words: Iterable[str]) -> str:
    *most, last = list(words) or ["none"]
    return f"{', '.join(most)} and {last}" if most else last


_SEARCH = """
SELECT site, count(DISTINCT query), count(*), count(*) FILTER (state = 'complete'),
       strftime(min(window_start), '%Y-%m-%d'), strftime(max(window_end), '%Y-%m-%d'),
       sum(reported)::BIGINT, sum(got)::BIGINT, list(DISTINCT run_id ORDER BY run_id)
FROM slices GROUP BY site ORDER BY site
"""


def _search(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[Told]:
    asked, until = study.settings.study, study.settings.study.until
    when = {line["run_id"]: str(line.get("at", ""))[:10] for line in ledger.runs(study)}
    for site, queries, slices, whole, start, end, reported, got, runs in con.execute(_SEARCH).fetchall():
        span = f" of {start} to {end}" if start and end else ""
        hits = f"{some(got, 'hit')} got{f' of {reported:,} reported' if reported is not None else ''}"
        by = _listed(f"{run} ({when[run]})" if when.get(run) else str(run) for run in runs)
        asked_for = f"{some(queries, 'query', 'queries')} in {some(slices, 'slice')}{span}, {whole:,} of them got whole"
        yield f"Searched: {site}", f"{asked_for}; {hits}. By {by}."
    places = con.execute(
        "SELECT place, count(*) FROM (SELECT unnest(matched_in) AS place FROM threads) GROUP BY place ORDER BY place"
    ).fetchall()
    if places:
        dates = f"opened from {asked.since}" + (f" to before {until}" if until else "")
        where = _listed(f"{place} {n:,}" for place, n in places)
        words = " or ".join(asked.keywords)
        yield "Looked for", f"Threads {dates} in which {words} occurs. All threads found, by where it occurs: {where}."
    out = con.execute(
        "SELECT stage, reason, count(DISTINCT thread_id) FROM exclusions SEMI JOIN threads USING (thread_id) "
        "GROUP BY ALL ORDER BY stage, reason"
    ).fetchall()
    if out:
        why = _listed(f"{reason} ({stage}) {n:,}" for stage, reason, n in out)
        yield "Left out", f"Threads by reason, each under all of its reasons: {why}."


def _sampling(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[Told]:
    threads, strata, shared = con.execute(
        "SELECT count(DISTINCT unit_id), count(DISTINCT stratum), count(DISTINCT unit_id) FILTER (shared) FROM plan"
    ).fetchall()[0]
    if threads:
        drawn = f"{some(threads, 'unit')} from {some(strata, 'stratum', 'strata')}"
        seed = study.settings.study.seed
        yield "Drawn", f"{drawn} with the seed {seed}, {shared:,} of them for several coders."
    read, raters, kept = con.execute(
        "SELECT (SELECT count(*) FROM screened), (SELECT count(DISTINCT coder) FROM screenings), "
        "(SELECT count(*) FROM screened WHERE included)"
    ).fetchall()[0]
    if read:
        yield "Screened", f"{some(read, 'thread')} by {some(raters, 'rater')}; {kept:,} of them are to be coded."


_CODING = f"""
WITH readings AS (SELECT unit_id, count(DISTINCT coder) AS coders FROM ({STANDING}) GROUP BY unit_id)
SELECT count(*), count(*) FILTER (coders > 1), (SELECT count(DISTINCT coder) FROM codings),
       (SELECT list(DISTINCT codebook_version ORDER BY codebook_version) FROM codings) FROM readings
"""  # noqa: S608 - a constant


def _coding(con: duckdb.DuckDBPyConnection) -> Iterator[Told]:
    units, several, coders, versions = con.execute(_CODING).fetchall()[0]
    if units:
        book = _listed(versions)
        read = f"{some(units, 'unit')} by {some(coders, 'coder')}, {several:,} of them by more than one"
        yield "Coded", f"{read}, with the codebook in version {book}."
    decided = con.execute(
        "SELECT \"by\" = 'agreement' AS agreed, count(DISTINCT unit_id) FROM decisions GROUP BY agreed "
        "ORDER BY agreed DESC"
    ).fetchall()
    if decided:
        ways = _listed(
            f"{n:,} because all coders agreed" if agreed else f"{n:,} by one person" for agreed, n in decided
        )
        yield "Decided", f"{some(sum(n for _, n in decided), 'unit')}: {ways}."


def _models(con: duckdb.DuckDBPyConnection) -> Iterator[Told]:
    hubs = con.execute(
        "SELECT platform, count(*) FROM models WHERE role = 'listed' GROUP BY platform ORDER BY platform"
    ).fetchall()
    if hubs:
        whole, shards = con.execute("SELECT count(*) FILTER (state = 'complete'), count(*) FROM shards").fetchall()[0]
        parts = f" Parts of hubs that were listed whole: {whole:,} of {shards:,}." if shards else ""
        yield "Models listed", f"{_listed(f'{platform} {n:,}' for platform, n in hubs)}.{parts}"
    for tool, version, rules, scanned, contents in con.execute(
        "SELECT tool, tool_version, rules_hash, count(*) FILTER (status = 'scanned'), count(*) FROM outcomes "
        "WHERE current AND applies GROUP BY ALL ORDER BY tool, tool_version, rules_hash"
    ).fetchall():
        seen = f"{scanned:,} of {some(contents, 'distinct content')} of a kind that it looks at"
        yield f"Scanned with {tool}", f"Version {version}, rules {rules[:12]}: {seen}."


def _platforms(con: duckdb.DuckDBPyConnection) -> Iterator[Told]:
    for package, read, releases, first, last in con.execute(
        "SELECT package, count(*) FILTER (state = 'read'), count(*), strftime(min(released), '%Y-%m-%d'), "
        "strftime(max(released), '%Y-%m-%d') FROM releases GROUP BY package ORDER BY package"
    ).fetchall():
        span = f", of {first} to {last}" if first else ""
        yield f"Read: {package}", f"The code of {read:,} of {some(releases, 'release')}{span}."
    documents, platforms = con.execute(
        "SELECT count(*), count(DISTINCT platform) FROM documents WHERE current"
    ).fetchall()[0]
    if documents:
        yield "Read: documentation", f"{some(documents, 'page')} of {some(platforms, 'platform')}."


def _software(study: Study) -> Iterator[Told]:
    """The versions of all programs that wrote a table; of one that changed in between, each."""
    versions: dict[str, set[str]] = {}
    for line in ledger.runs(study):
        if not str(line["command"]).startswith("analysis "):
            for name, version in line.get("versions", {}).items():
                versions.setdefault(str(name), set()).add(str(version))
    if versions:
        named = (f"{name} {' / '.join(sorted(found))}" for name, found in sorted(versions.items()))
        yield "Programs", f"{_listed(named)}. Whatever is random has the seed {study.settings.study.seed}."
