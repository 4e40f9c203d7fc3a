"""What limits the numbers of a study, said from its data."""

from collections.abc import Iterable, Iterator

import duckdb

from analysis.agreement.measures import marked
from analysis.agreement.standing import warnings
from analysis.joins import from_clause
from analysis.prevalence.command import limits
from analysis.report.grids import Grid
from analysis.risk.command import limits as not_scanned
from codebook import ledger
from codebook.checks.mirrors import twice
from codebook.checks.runs import unwritten
from codebook.recoded import WAITING
from codebook.study import Study


def caveats(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[str]:
    """One sentence per limit that the data shows.

    Args:
        con: A connection on which the corpus of the findings is laid out.
        study: The study.
    """
    yield from unwritten(study)
    yield from _collection(con, study)
    yield from _coding(con)
    yield from _codes(con, study)
    yield from warnings(con, study)
    yield from _agreement(study)
    yield from limits(con)
    yield from filter(None, [str(twice(con))])
    yield from not_scanned(con)
    for run in ledger.open_runs(study):
        if not run["command"].startswith("analysis "):
            yield f"{run['command']} ({run['run_id']}) was begun and is not done: its tables may be older or partial."


def of_crosstabs(grids: Iterable[Grid], study: Study) -> Iterator[str]:
    """How many cells are small, and how many tests there are, corrected where."""
    counted = [grid for grid in grids if grid.n_all]
    small, cells = (sum(grid.small[place] for grid in counted) for place in (0, 1))
    section = study.settings.analysis
    if small:
        yield f"Cells of crosstabs with fewer than {section.small_cell:g} threads expected: {small:,} of {cells:,}."
    tests = [len(grid.tests.data) for grid in counted if grid.tests.data]
    if tests:
        each = "Each is corrected for the rows of its own crosstab, not for all"
        yield (
            f"Rows of crosstabs that are tested: {sum(tests):,}, in {len(tests)} crosstabs. {each}: about "
            f"{section.alpha * 100:g} % of crosstabs without any association show one."
        )


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0] or 0)


def _collection(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[str]:
    if not _one(con, "SELECT count(*) FROM threads"):
        yield "No threads have been collected yet."
    elif not _one(con, "SELECT count(*) FROM threads WHERE included"):
        yield "Every thread is excluded, so that nothing counts that people said; the flow says why."
    for site, state, n, of in con.execute(
        "SELECT site, state, count(*), any_value(total) FROM (SELECT *, count(*) OVER (PARTITION BY site) AS total "
        "FROM slices) WHERE state <> 'complete' GROUP BY site, state ORDER BY site, state"
    ).fetchall():
        yield f"{site}: slices that are {state}: {n} of {of}. Threads may be missing."
    seen = {site for (site,) in con.execute("SELECT site FROM threads UNION SELECT site FROM slices").fetchall()}
    for site in sorted(set(study.settings.sources) - seen):
        yield f"{site}: named in study.toml, but nothing of it has been collected."
    short = _one(con, "SELECT count(*) FROM threads WHERE included AND n_reported > n_posts")
    if short:
        yield f"Included threads with fewer posts than their site reports: {short}."


def _coding(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    coded = _one(con, "SELECT count(*) FROM codings")
    decided = _one(con, "SELECT count(*) FROM decisions")
    if not coded:
        yield "There are no codings yet."
    elif not decided:
        yield (
            "There are no decisions yet: codes are those of the codings, and a thread has a code if at least one coder "
            "gave it. Where coders disagree, both codes count."
        )
    table = "decisions" if decided else "codings"
    threads = from_clause(["threads"])
    left = _one(con, f"SELECT count(*) FROM {threads} ANTI JOIN {table} USING (thread_id) WHERE included")  # noqa: S608 - declared names
    if left and coded + decided:
        yield f"Included threads without {table}, in no crosstab: {left}."
    waiting = _one(con, f"SELECT count(*) FROM ({WAITING})")  # noqa: S608 - a constant
    if waiting:
        yield f"Codings whose code was split, in no crosstab until their coder codes them again: {waiting}."
    apart = _one(con, "SELECT count(DISTINCT annotation_id) FROM quarantine")
    if apart:
        yield f"Annotations kept apart (quarantine), in no crosstab: {apart}."


def _agreement(study: Study) -> Iterator[str]:
    """Codes that coders do not agree on well enough; those with wide intervals only are told by their tables."""
    if not study.has_codebook:
        return
    book = study.codebook.codes
    low = [code for code, mark in marked(study, "theme").items() if mark.startswith("below")]
    named = sorted(book[code].name if code in book else code for code in low)
    if named:
        threshold = study.settings.agreement.threshold
        yield f"Coders agree too little (alpha below {threshold:g}) on: {', '.join(named)}."


def _codes(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[str]:
    if not study.has_codebook:
        yield "The study has no codebook.yaml: there are no crosstabs by theme or code."
        return
    used = con.execute(
        "SELECT code, codebook_version FROM codings UNION SELECT code, codebook_version FROM decisions"
    ).fetchall()
    unknown = sorted({code for code, _ in used} - {"", *study.codebook.codes})
    if unknown:
        yield f"Codes that the codebook does not have: {', '.join(unknown)}."
    others = sorted({version for _, version in used} - {study.codebook.version})
    if others:
        yield (
            f"Some codes were given under another version of the codebook ({', '.join(others)}); "
            f"names and themes here are those of {study.codebook.version}."
        )
