"""The tables of risk, each a list of rows under the names that stand beside it."""

import duckdb

from analysis.interval import share
from codebook.render import Rows

TOTAL, ONCE = "total", "total, mirrors once"
"""The rows of the sums: every repository, and a mirror together with what it is a mirror of as one."""

TOOLS = (
    "platform",
    "tool",
    "models",
    "with_findings",
    "percent",
    "low",
    "high",
    "not_known",
    "files",
    "scanned",
    "not_scanned",
    "findings",
    "distinct",
    "suppressed",
    "kloc",
    "per_kloc",
)
"""Columns of :func:`tools`: models are repositories, files are paths in them that the tool looks at by their kind."""

_TOOLS = f"""
WITH grouped AS (
    SELECT 0 AS place, platform AS label, repository AS one, * FROM risk_seen
    UNION ALL SELECT 1, '{TOTAL}', repository, * FROM risk_seen
    UNION ALL SELECT 2, '{ONCE}', original, * FROM risk_seen
), models AS (
    SELECT place, label, tool, one, sum(findings) AS findings, sum(suppressed) AS suppressed,
           count(*) FILTER (state <> 'other') AS files, count(*) FILTER (state = 'scanned') AS scanned,
           count(*) FILTER (state = 'not_scanned') AS not_scanned,
           sum(code_lines) FILTER (state = 'scanned') AS lines,
           sum(findings) FILTER (state = 'scanned' AND code_lines IS NOT NULL) AS in_lines
    FROM grouped GROUP BY place, label, tool, one
), apart AS (
    SELECT 0 AS place, platform AS label, tool, count(DISTINCT finding_id) AS n FROM risk_found GROUP BY platform, tool
    UNION ALL SELECT 1, '{TOTAL}', tool, count(DISTINCT finding_id) FROM risk_found GROUP BY tool
    UNION ALL SELECT 2, '{ONCE}', tool, count(DISTINCT finding_id) FROM risk_found GROUP BY tool
)
SELECT label, tool, count(*), count(*) FILTER (findings > 0), count(*) FILTER (findings = 0 AND not_scanned > 0),
       sum(files)::BIGINT, sum(scanned)::BIGINT, sum(not_scanned)::BIGINT, sum(findings)::BIGINT,
       coalesce(any_value(n), 0), sum(suppressed)::BIGINT, sum(lines)::BIGINT, sum(in_lines)::BIGINT
FROM models LEFT JOIN apart USING (place, label, tool) GROUP BY place, label, tool ORDER BY place, label, tool
"""  # noqa: S608 - the constants above


def tools(con: duckdb.DuckDBPyConnection) -> Rows:
    """Per platform and tool: how many models have a finding, of all that have files; and per thousand lines of code.

    ``low`` and ``high`` are the 95 % Wilson interval: it begins where no model that is not known has a finding, and
    ends where all have. A model is not known if nothing was found in it and a file of it was not scanned. ``findings``
    counts a finding in each file that has its content, ``distinct`` once. ``per_kloc`` is findings per 1,000 lines with
    code on them, of Python files that were scanned.
    """
    found = []
    for label, tool, models, hits, unknown, *files, n, apart, suppressed, lines, in_lines in con.execute(
        _TOOLS
    ).fetchall():
        part = share(hits, models, unknown)
        values = (label, tool, models, hits, part.percent, part.low, part.high, unknown, *files, n, apart, suppressed)
        density = 1000 * (in_lines or 0) / lines if lines else None
        found.append(dict(zip(TOOLS, (*values, lines / 1000 if lines else None, density), strict=True)))
    return found


_TOP = """
WITH named AS (
    SELECT platform, tool, repository, {group} AS within, {what} AS what FROM risk_found WHERE {what} IS NOT NULL
), counted AS (
    SELECT platform, tool, within, what, count(*) AS n, count(DISTINCT repository) AS models,
           sum(count(*)) OVER (PARTITION BY platform, tool)::BIGINT AS of,
           row_number() OVER (PARTITION BY platform, tool, within ORDER BY count(*) DESC, what) AS place
    FROM named GROUP BY platform, tool, within, what
), whole AS (SELECT platform, count(DISTINCT repository) AS n FROM risk_files GROUP BY platform)
SELECT platform, tool, within, place, what, counted.n, of, models, coalesce(whole.n, 0)
FROM counted LEFT JOIN whole USING (platform) WHERE place <= ?
ORDER BY platform, tool, {order}, place
"""

_SEVERITIES = "list_position(['critical', 'high', 'medium', 'low'], within)"


def top(con: duckdb.DuckDBPyConnection, what: str, at_most: int, within: str = "") -> Rows:
    """The commonest values of a column of findings, per platform and tool.

    ``percent`` is of the findings of the platform and tool that have a value there; ``models_percent``, with its 95 %
    interval ``low`` and ``high``, of all models of the platform that have files.

    Args:
        con: A connection on which the corpus is laid out.
        what: ``cwe``, ``owasp``, ``rule`` or ``category``.
        at_most: How many of each platform and tool, and of each severity if they are ranked within those.
        within: ``severity``, or nothing.
    """
    order = _SEVERITIES if within else "within"
    query = _TOP.format(what=what, group=within or "''", order=order)
    found: Rows = []
    for platform, tool, group, place, name, n, of, models, of_models in con.execute(query, [at_most]).fetchall():
        part = share(min(models, of_models), of_models)
        line: dict[str, object] = {"platform": platform, "tool": tool}
        line |= {within: group} if within else {}
        line |= {"place": place, what: name, "findings": n, "of": of, "percent": 100 * n / of}
        line |= {"models": models, "of_models": of_models, "models_percent": part.percent}
        found.append(line | {"low": part.low, "high": part.high})
    return found


def top_columns(what: str, within: str = "") -> tuple[str, ...]:
    """Columns of :func:`top`."""
    counts = ("findings", "of", "percent", "models", "of_models", "models_percent", "low", "high")
    return ("platform", "tool", *([within] if within else []), "place", what, *counts)


WEAKNESSES = ("platform", "cwe", "weaknesses", "percent", "by_one_tool", "by_two", "by_more", "models")
"""Columns of :func:`weaknesses`."""

_WEAKNESSES = """
WITH merged AS (
    SELECT platform, repository, path, weakness_id, min(cwe) AS cwe, count(DISTINCT tool) AS tools
    FROM risk_found WHERE weakness_id IS NOT NULL GROUP BY platform, repository, path, weakness_id
), counted AS (
    SELECT platform, coalesce(cwe, '(none)') AS cwe, count(*) AS n,
           100 * count(*) / sum(count(*)) OVER (PARTITION BY platform) AS percent,
           count(*) FILTER (tools = 1) AS one, count(*) FILTER (tools = 2) AS two, count(*) FILTER (tools > 2) AS more,
           count(DISTINCT repository) AS models,
           row_number() OVER (PARTITION BY platform ORDER BY count(*) DESC, cwe) AS place
    FROM merged GROUP BY platform, cwe
)
SELECT platform, cwe, n, percent, one, two, more, models FROM counted WHERE place <= ? ORDER BY platform, place
"""


def weaknesses(con: duckdb.DuckDBPyConnection, at_most: int) -> Rows:
    """Findings of all tools together, those about the same lines and an equivalent weakness as one.

    Args:
        con: A connection on which the corpus is laid out.
        at_most: How many weaknesses of each platform.
    """
    return [dict(zip(WEAKNESSES, row, strict=True)) for row in con.execute(_WEAKNESSES, [at_most]).fetchall()]


AGREEMENT = ("tool", "other", "contents", "found_by_tool", "found_by_other", "by_both", "jaccard", "tool_also_other")
"""Columns of :func:`agreement`."""

_AGREEMENT = """
WITH scanned AS (SELECT DISTINCT tool, sha256 FROM risk_seen WHERE state = 'scanned'),
met AS (SELECT DISTINCT tool, sha256, weakness_id FROM risk_found WHERE weakness_id IS NOT NULL AND sha256 IS NOT NULL),
pairs AS (
    SELECT a.tool AS tool, b.tool AS other, sha256 FROM scanned AS a JOIN scanned AS b USING (sha256)
    WHERE a.tool < b.tool
), hit AS (
    SELECT pairs.tool, other, sha256, weakness_id, bool_or(met.tool = pairs.tool) AS mine,
           bool_or(met.tool = other) AS theirs
    FROM pairs JOIN met USING (sha256) WHERE met.tool IN (pairs.tool, other) GROUP BY ALL
), looked AS (SELECT tool, other, count(*) AS contents FROM pairs GROUP BY tool, other)
SELECT tool, other, contents, count(weakness_id) FILTER (mine), count(weakness_id) FILTER (theirs),
       count(weakness_id) FILTER (mine AND theirs), count(weakness_id)
FROM looked LEFT JOIN (SELECT tool, other, weakness_id, mine, theirs FROM hit) USING (tool, other)
GROUP BY tool, other, contents ORDER BY tool, other
"""


def agreement(con: duckdb.DuckDBPyConnection) -> Rows:
    """Of what two tools found in the distinct contents that both have scanned, how much both did.

    ``jaccard`` is the share found by both in what either found; ``tool_also_other`` that in what the first found, in
    percent. Tools look for different things: little agreement is no error of either.
    """
    found = []
    for tool, other, contents, mine, theirs, both, either in con.execute(_AGREEMENT).fetchall():
        jaccard = both / either if either else None
        values = (tool, other, contents, mine, theirs, both, jaccard, 100 * both / mine if mine else None)
        found.append(dict(zip(AGREEMENT, values, strict=True)))
    return found


NOT_SCANNED = ("tool", "status", "reason", "contents", "files", "models")
"""Columns of :func:`not_scanned`."""

_NOT_SCANNED = """
WITH last AS (SELECT DISTINCT ON (tool, sha256) tool, sha256, status, reason FROM outcomes WHERE current)
SELECT tool, coalesce(status, CASE WHEN sha256 IS NULL THEN 'no content' ELSE 'no outcome' END) AS what,
       reason, count(DISTINCT sha256), count(*), count(DISTINCT repository)
FROM risk_seen LEFT JOIN last USING (tool, sha256) WHERE state = 'not_scanned'
GROUP BY tool, what, reason ORDER BY tool, count(*) DESC, what, reason
"""


def not_scanned(con: duckdb.DuckDBPyConnection) -> Rows:
    """Files that a tool has not scanned, by what happened: never clean, whatever else is found."""
    return [dict(zip(NOT_SCANNED, row, strict=True)) for row in con.execute(_NOT_SCANNED).fetchall()]
