"""Weaknesses that were found, beside the mechanisms that would have caught them and how strong those are."""

from collections.abc import Iterator

import duckdb

from analysis.integration import evidence
from analysis.risk import corpus
from codebook.mechanisms import LEVELS
from codebook.render import Rows
from codebook.study import Study
from codebook.weaknesses.stated import stated
from codebook.weaknesses.vocabulary import group, name

_KINDS = "CREATE OR REPLACE TEMP TABLE weakness_kinds (cwe VARCHAR, kind VARCHAR, label VARCHAR, meaning VARCHAR)"

_FOUND = """
CREATE OR REPLACE TEMP TABLE weaknesses_found AS
WITH hits AS (
    SELECT sha256, cwe, count(*) AS n FROM findings
    WHERE current AND sha256 IS NOT NULL AND cwe IS NOT NULL GROUP BY ALL
)
SELECT platform, kind, min(label) AS label, min(meaning) AS meaning, count(DISTINCT repository) AS models,
       sum(n)::BIGINT AS findings
FROM risk_files JOIN hits USING (sha256) JOIN weakness_kinds USING (cwe) GROUP BY platform, kind
"""


def lay_out(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables ``weakness_kinds`` and ``weaknesses_found``.

    A kind is a weakness with all that count as the same (``codebook weaknesses equivalences``); ``weaknesses_found``
    has the models and findings of each by platform, in files that loading executes.
    """
    corpus.lay_out_files(con)
    con.execute(_KINDS)
    there = [
        c for (c,) in con.execute("SELECT DISTINCT cwe FROM findings WHERE current AND cwe IS NOT NULL").fetchall()
    ]
    worded = {f"CWE-{row['cwe']}" for table in ("mitigations", "spoken") for row in stated(table).rows}
    every = sorted({*there, *worded}, key=lambda cwe: (len(cwe), cwe))
    labels: dict[str, str] = {}
    for cwe in every:
        labels[group(cwe)] = f"{labels[group(cwe)]}, {cwe}" if group(cwe) in labels else cwe
    con.executemany(
        "INSERT INTO weakness_kinds VALUES (?, ?, ?, ?)",
        [(cwe, group(cwe), labels[group(cwe)], name(labels[group(cwe)].split(",")[0]) or "") for cwe in every],
    )
    con.execute(_FOUND)


COLUMNS = (
    *("platform", "cwe", "name", "models", "of_models", "findings", "mechanism", "catches", "level", "claims"),
    *("coverage", "reason"),
)
"""Columns of :func:`rows`."""

_ROWS = """
WITH whole AS (SELECT platform, count(DISTINCT repository) AS n FROM risk_files GROUP BY platform),
matched AS (
    SELECT found.*, mechanism, catches, reason, now.level, now.claims,
           coalesce(list_position($levels, now.level), 0) AS place
    FROM weaknesses_found AS found LEFT JOIN mitigations USING (kind)
    LEFT JOIN mechanisms_now AS now USING (platform, mechanism)
)
SELECT platform, label, meaning, models, whole.n, findings, mechanism, catches,
       CASE WHEN mechanism IS NOT NULL THEN coalesce(level, 'no claim') END, coalesce(claims, []),
       CASE WHEN mechanism IS NULL THEN 'no mechanism' WHEN max(place) OVER kind = 0 THEN 'not known'
            WHEN max(place) OVER kind = 1 THEN 'uncovered' ELSE $levels[max(place) OVER kind] END, reason
FROM matched JOIN whole USING (platform)
WINDOW kind AS (PARTITION BY platform, kind)
ORDER BY platform, models DESC, findings DESC, label, place DESC, mechanism
"""


def rows(con: duckdb.DuckDBPyConnection, study: Study) -> Rows:
    """Per platform and weakness found in its models, each mechanism that would have caught it, with its level today.

    ``coverage`` is the level of the strongest of those mechanisms; `uncovered` where that is none, `not known` where
    pages are silent or there is no claim, `no mechanism` where none of the list looks for the weakness.
    """
    del study
    lay_out(con)
    evidence.lay_out(con)
    columns = "kind VARCHAR, mechanism VARCHAR, catches VARCHAR, reason VARCHAR"
    con.execute(f"CREATE OR REPLACE TEMP TABLE mitigations ({columns})")
    con.executemany(
        "INSERT INTO mitigations VALUES (?, ?, ?, ?)",
        [(group(f"CWE-{r['cwe']}"), r["mechanism"], r["catches"], r["reason"]) for r in stated("mitigations").rows],
    )
    found = con.execute(_ROWS, {"levels": list(LEVELS)}).fetchall()
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


def notes(con: duckdb.DuckDBPyConnection, _study: Study) -> Iterator[str]:
    """What the table goes by; after :func:`rows`."""
    yield "which mechanism catches which weakness is stated with reasons: codebook weaknesses mitigations"
    yield "level: the weakest that code has in the newest releases, else the strongest that pages state"
    (lost,) = con.execute("SELECT count(*) FROM findings WHERE current AND (cwe IS NULL OR sha256 IS NULL)").fetchall()[
        0
    ]
    if lost:
        yield f"findings without a weakness or a file, not counted: {lost}"
