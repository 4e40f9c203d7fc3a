"""The key figures of a study, each with what it is out of and where its table stands."""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from analysis.joins import from_clause
from analysis.prevalence.counts import count
from codebook.recoded import STANDING
from codebook.study import Study


@dataclass(frozen=True, slots=True)
class Number:
    """One figure.

    Args:
        n: The figure.
        of: What it is out of; None where it is out of nothing.
        what: What is counted.
        whole: What it is out of, in words.
        anchor: The section with its table.
    """

    n: int
    what: str
    anchor: str
    of: int | None = None
    whole: str = ""


def overview(con: duckdb.DuckDBPyConnection, study: Study) -> tuple[Number, ...]:
    """The figures of what the study has; what it has not is left to the sections, which say how to get it.

    Args:
        con: A connection on which the corpus of the findings is laid out.
        study: The study.
    """
    return (*_threads(con), *_codes(con, study), *_models(con), *_platforms(con))


_THREADS = f"""
WITH kept AS (SELECT thread_id FROM {from_clause(["threads"])} WHERE included)
SELECT (SELECT count(*) FROM threads), (SELECT count(*) FROM kept),
       (SELECT count(*) FROM kept SEMI JOIN codings USING (thread_id)),
       (SELECT count(*) FROM kept SEMI JOIN decisions USING (thread_id)),
       (SELECT count(*) FROM posts SEMI JOIN kept USING (thread_id)), (SELECT count(*) FROM posts)
"""  # noqa: S608 - declared names


def _threads(con: duckdb.DuckDBPyConnection) -> Iterator[Number]:
    found, kept, coded, decided, posts, of_posts = con.execute(_THREADS).fetchall()[0]
    if not found:
        return
    yield Number(kept, "threads included", "flow", found, "found")
    yield Number(posts, "posts in them", "collection", of_posts, "collected")
    if coded:
        yield Number(coded, "threads coded", "coding", kept, "included")
    if decided:
        yield Number(decided, "threads decided", "coding", kept, "included")


def _codes(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[Number]:
    given, coders = con.execute(
        f"SELECT count(*) FILTER (code <> ''), count(DISTINCT coder) FROM ({STANDING})"  # noqa: S608 - a constant
    ).fetchall()[0]
    if not given:
        return
    yield Number(given, f"codings by {coders} {'coder' if coders == 1 else 'coders'}", "coding")
    if study.has_codebook:
        used = {code for (code,) in con.execute("SELECT code FROM codings UNION SELECT code FROM decisions").fetchall()}
        leaves = {code.id for code in study.codebook.leaves() if code.status == "active"}
        yield Number(len(leaves & used), "codes used", "crosstabs", len(leaves), "in the codebook")


def _models(con: duckdb.DuckDBPyConnection) -> Iterator[Number]:
    *_, total, _ = count(con) or (None, None)
    if total is None:
        return
    yield Number(total.published, "models meet a published criterion for custom code", "models", total.models, "listed")
    scanned, contents = con.execute(
        "SELECT count(DISTINCT sha256) FILTER (state = 'scanned'), count(DISTINCT sha256) FROM risk_seen "
        "WHERE state <> 'other'"
    ).fetchall()[0]
    if contents:
        yield Number(
            scanned, "file contents scanned by a tool", "findings", contents, "that loading executes and that are kept"
        )
        hit, of = con.execute(
            "SELECT count(DISTINCT repository) FILTER (findings > 0), count(DISTINCT repository) FROM risk_seen"
        ).fetchall()[0]
        yield Number(hit, "models with a finding", "findings", of, "with files that loading executes, or may")


def _platforms(con: duckdb.DuckDBPyConnection) -> Iterator[Number]:
    claims, platforms, gates = con.execute(
        "SELECT (SELECT count(*) FROM claims), (SELECT count(DISTINCT platform) FROM claims), "
        "(SELECT count(*) FROM (SELECT DISTINCT platform, package, mechanism, parameter, symbol FROM in_force))"
    ).fetchall()[0]
    if claims:
        yield Number(claims, f"claims about {platforms} {'platform' if platforms == 1 else 'platforms'}", "mechanisms")
    if gates:
        yield Number(gates, "mechanisms in client code, over time", "mechanisms")
