"""Threads that name a model, beside what scanners found in that model."""

from collections.abc import Iterator

import duckdb

from analysis.integration import coded, naming
from analysis.joins import from_clause
from codebook.render import Rows
from codebook.study import Study

COLUMNS = (
    *("model", "platform", "threads", "themes", "concern", "files", "not_scanned", "findings", "weaknesses"),
    *("severity", "reading"),
)
"""Columns of :func:`rows`."""

_ROWS = f"""
WITH kept AS (SELECT thread_id FROM {from_clause(["threads"])} WHERE included),
named AS (SELECT DISTINCT thread_id, model_id FROM thread_models SEMI JOIN kept USING (thread_id)),
said AS (
    SELECT model_id, count(DISTINCT named.thread_id) AS threads,
           list(DISTINCT theme ORDER BY theme) FILTER (theme IS NOT NULL) AS themes,
           count(DISTINCT named.thread_id) FILTER (list_contains(?::VARCHAR[], code)) AS concern
    FROM named LEFT JOIN coded USING (thread_id) GROUP BY model_id
), files AS (
    SELECT DISTINCT model_id, path, sha256 FROM model_files SEMI JOIN named USING (model_id)
    WHERE coalesce(relevant, sha256 IS NOT NULL)
), looked AS (
    SELECT sha256, bool_or(applies) AS applies, bool_or(status = 'scanned') AS scanned FROM outcomes
    SEMI JOIN files USING (sha256) WHERE current GROUP BY sha256
), scanned AS (
    SELECT model_id, count(*) FILTER (coalesce(applies, true)) AS files,
           count(*) FILTER (coalesce(applies, true) AND NOT coalesce(scanned, false)) AS not_scanned
    FROM files LEFT JOIN looked USING (sha256) GROUP BY model_id
), found AS (
    SELECT model_id, count(DISTINCT finding_id) AS n, list(DISTINCT cwe ORDER BY cwe) FILTER (cwe IS NOT NULL) AS cwes,
           max(list_position(['low', 'medium', 'high', 'critical'], severity)) AS worst
    FROM thread_findings GROUP BY model_id
)
SELECT model_id, models.platform, threads, themes, concern, coalesce(files, 0), coalesce(not_scanned, 0),
       coalesce(n, 0), cwes, ['low', 'medium', 'high', 'critical'][worst]
FROM said JOIN models USING (model_id) LEFT JOIN scanned USING (model_id) LEFT JOIN found USING (model_id)
ORDER BY threads DESC, model_id
"""  # noqa: S608 - a declared name


def rows(con: duckdb.DuckDBPyConnection, study: Study) -> Rows:
    """Every model that an included thread names: those threads, their themes, and what was found in its files.

    ``reading`` sets both sides together: `worry` or `no worry`, then `found`, `nothing found`, or `not known` where
    nothing was found and a file was not scanned, or no file is known.
    """
    naming.lay_out_findings(con, study)
    coded.lay_out(con, study)
    concern = coded.meant(study, study.settings.analysis.concern, "[analysis].concern")
    found: Rows = []
    for *head, files, lacking, n, cwes, severity in con.execute(_ROWS, [concern]).fetchall():
        reading = _reading(worry=bool(head[-1]), n=n, known=bool(files) and not lacking)
        found.append(dict(zip(COLUMNS, (*head, files, lacking, n, cwes, severity, reading), strict=True)))
    return found


def _reading(*, worry: bool, n: int, known: bool) -> str:
    there = "found" if n else "nothing found" if known else "not known"
    return f"{'worry' if worry else 'no worry'}, {there}"


def notes(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[str]:
    """How models were found in threads; after :func:`rows`."""
    yield from naming.notes(con)
    if not study.settings.analysis.concern:
        yield "study.toml does not say which codes mean concern: [analysis].concern"
