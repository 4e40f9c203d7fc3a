"""What people believe, checked against what platforms did when they said so, and do today."""

from collections.abc import Iterator

import duckdb

from analysis.integration import about, coded, evidence
from analysis.spelling import hint
from codebook.mechanisms import LEVELS
from codebook.recoded import STANDING
from codebook.render import Rows
from codebook.study import Study

VERDICTS = ("holds", "in part", "does not hold", "unknown")

_FACTS = """
CREATE OR REPLACE TEMP TABLE belief_facts AS
SELECT n, holds_at, evidence.*, row_number() OVER (ORDER BY claim_id) AS fact FROM evidence JOIN beliefs
ON beliefs.mechanism = evidence.mechanism AND (of_parameter = '' OR of_parameter = evidence.parameter)
WHERE list_contains(?::VARCHAR[], level)
"""

_HELD = """coalesce(list(DISTINCT {what} ORDER BY {what}) FILTER (of_code AND {when}),
    list(DISTINCT {what} ORDER BY {what}) FILTER ({when}), [])"""

_THEN = "since <= created_at AND (until IS NULL OR created_at < until)"
_NOW = "fact IS NOT NULL AND until IS NULL"


def _held(what: str, when: str) -> str:
    return _HELD.format(what=what, when=when)


def _verdict(levels: str) -> str:
    return f"""CASE WHEN len({levels}) = 0 THEN 'unknown' WHEN list_has_all(holds_at, {levels}) THEN 'holds'
        WHEN list_has_any(holds_at, {levels}) THEN 'in part' ELSE 'does not hold' END"""


_CHECKED = f"""
CREATE OR REPLACE TEMP TABLE beliefs_checked AS
WITH said AS (
    SELECT DISTINCT n, belief, beliefs.code, thread_id FROM beliefs JOIN belief_codes USING (n)
    JOIN coded ON coded.code = belief_codes.under
), placed AS (
    SELECT said.*, created_at, platform FROM said JOIN threads USING (thread_id)
    LEFT JOIN thread_platforms USING (thread_id)
), held AS (
    SELECT placed.n, belief, code, thread_id, placed.platform, created_at, {_held("level", _THEN)} AS levels_then,
           {_held("level", _NOW)} AS levels_now, {_held("claim_id", _THEN)} AS claims_then,
           {_held("claim_id", _NOW)} AS claims_now
    FROM placed LEFT JOIN belief_facts ON belief_facts.n = placed.n AND belief_facts.platform = placed.platform
    GROUP BY ALL
)
SELECT held.*, {_verdict("levels_then")} AS at_the_time, {_verdict("levels_now")} AS today
FROM held JOIN (SELECT n, holds_at FROM beliefs) USING (n)
"""  # noqa: S608 - constants


def lay_out(con: duckdb.DuckDBPyConnection, study: Study) -> None:
    """Make the temporary table ``beliefs_checked``, a row per belief, thread and platform that the thread is about.

    A belief holds where every known level of its mechanism is one of its ``holds_at``, in part where some are; what
    code does counts before what pages say. Without a known level, or a platform, or a date, it is not known.
    """
    about.lay_out(con, study)
    coded.lay_out(con, study)
    evidence.lay_out(con)
    columns = "n INTEGER, code VARCHAR, belief VARCHAR, mechanism VARCHAR, of_parameter VARCHAR, holds_at VARCHAR[]"
    con.execute(f"CREATE OR REPLACE TEMP TABLE beliefs ({columns})")
    con.execute("CREATE OR REPLACE TEMP TABLE belief_codes (n INTEGER, under VARCHAR)")
    for n, each in enumerate(study.settings.analysis.beliefs):
        row = [n, each.code, each.belief, each.mechanism, each.parameter, each.holds_at]
        con.execute("INSERT INTO beliefs VALUES (?, ?, ?, ?, ?, ?)", row)
        for code in coded.meant(study, [each.code], "[[analysis.beliefs]]"):
            con.execute("INSERT INTO belief_codes VALUES (?, ?)", [n, code])
    con.execute(_FACTS, [list(LEVELS)])
    con.execute(_CHECKED)


COLUMNS = (
    *("belief", "code", "platform", "threads", "held", "held_in_part", "did_not_hold", "unknown"),
    *("holds_today", "levels_today", "claims_today"),
)
"""Columns of :func:`rows`: threads with the code, by whether the belief held when they were opened."""

_ROWS = """
SELECT belief, code, coalesce(platform, '(none)'), count(*), count(*) FILTER (at_the_time = 'holds'),
       count(*) FILTER (at_the_time = 'in part'), count(*) FILTER (at_the_time = 'does not hold'),
       count(*) FILTER (at_the_time = 'unknown'), today, levels_now, claims_now
FROM beliefs_checked GROUP BY n, belief, code, platform, today, levels_now, claims_now
ORDER BY n, platform NULLS LAST
"""


def rows(con: duckdb.DuckDBPyConnection, study: Study) -> Rows:
    """Per belief and platform, the threads with its code by whether it held on their day, and whether it does today."""
    lay_out(con, study)
    return [dict(zip(COLUMNS, row, strict=True)) for row in con.execute(_ROWS).fetchall()]


LEDGER = (
    *("belief", "code", "thread_id", "platform", "opened", "at_the_time", "today", "levels_then", "levels_now"),
    *("claims_then", "claims_now", "quote", "claim_quote", "run_id"),
)
"""Columns of :func:`ledger`."""

_LEDGER = f"""
WITH words AS (
    SELECT n, thread_id, list(quote ORDER BY coder, start, quote)[1] AS quote
    FROM ({STANDING}) AS standing JOIN belief_codes ON under = code WHERE quote IS NOT NULL GROUP BY n, thread_id
)
SELECT belief, code, thread_id, checked.platform, strftime(checked.created_at, '%Y-%m-%d'), at_the_time, today,
       levels_then, levels_now, claims_then, claims_now, words.quote, claims.quote, threads.run_id
FROM beliefs_checked AS checked JOIN threads USING (thread_id) LEFT JOIN words USING (n, thread_id)
LEFT JOIN claims ON claim_id = coalesce(claims_then[1], claims_now[1])
ORDER BY n, thread_id, checked.platform
"""  # noqa: S608 - a constant


def ledger(con: duckdb.DuckDBPyConnection, study: Study) -> Rows:
    """The misconception ledger: each belief, thread and platform with the claims that bear it out or do not.

    ``quote`` is the first passage that a coder marked with the code, ``claim_quote`` the evidence of the first claim.
    """
    lay_out(con, study)
    return [dict(zip(LEDGER, row, strict=True)) for row in con.execute(_LEDGER).fetchall()]


def notes(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[str]:
    """What the verdicts go by; after :func:`rows` or :func:`ledger`."""
    if not study.settings.analysis.beliefs:
        yield "study.toml states no beliefs: [[analysis.beliefs]] with code, belief, mechanism and holds_at"
        return
    yield from about.notes(con, study)
    yield (
        "a belief holds where every known level of its mechanism is one of its holds_at; code counts before pages; "
        "today is the newest that was read"
    )
    unused = con.execute(
        "SELECT belief FROM beliefs WHERE n NOT IN (SELECT n FROM beliefs_checked) ORDER BY n"
    ).fetchall()
    for (belief,) in unused:
        yield f"no included thread was given the code of: {belief}"
    yield from _strange(con)


def _strange(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Beliefs about a mechanism, or a parameter of it, that no claim is about; nothing where there are no claims."""
    there = con.execute("SELECT DISTINCT mechanism, parameter FROM evidence ORDER BY ALL").fetchall()
    stated = con.execute("SELECT belief, mechanism, of_parameter FROM beliefs ORDER BY n").fetchall()
    for belief, mechanism, parameter in stated if there else ():
        known = [p for m, p in there if m == mechanism]
        if not known:
            yield f"no claim is about a mechanism {mechanism}, so it is not known whether it holds: {belief}"
        elif parameter and parameter not in known:
            nearest = hint(parameter, (p for p in known if p))
            yield f"no claim is about {mechanism} with the parameter {parameter}: {belief}. {nearest}"
