"""The plain tables of the report: sites and their slices, coders, and what is kept apart."""

import duckdb

from analysis.flow.command import PRISMA
from analysis.flow.command import rows as prisma
from analysis.report.sheet import Sheet
from codebook.recoded import STANDING
from codebook.study import Study

_SLICES_SHOWN = 50


_SITES = """
WITH known AS (
    SELECT unnest(?::VARCHAR[]) AS site UNION SELECT site FROM threads UNION SELECT site FROM slices
), asked AS (
    SELECT site, count(*) AS slices, count(*) FILTER (state = 'complete') AS complete,
           sum(reported) AS reported, sum(got) AS got FROM slices GROUP BY site
), kept AS (
    SELECT site, count(*) AS threads, count(*) FILTER (included) AS included FROM threads GROUP BY site
)
SELECT known.site, coalesce(slices, 0), coalesce(complete, 0), reported, got, coalesce(threads, 0),
       coalesce(included, 0), CASE WHEN slices IS NULL THEN 'no slices' WHEN slices = complete THEN 'complete'
       ELSE 'not complete' END
FROM known LEFT JOIN asked USING (site) LEFT JOIN kept USING (site) ORDER BY known.site
"""


def sites(con: duckdb.DuckDBPyConnection, study: Study) -> Sheet:
    """Every site that the study names or has threads of, with its slices summed."""
    return Sheet(
        "sites",
        "Sites: queries asked in windows of time (slices), hits, and threads",
        ("site", "slices", "complete", "hits reported", "hits got", "threads", "included by the rules", "collection"),
        con.execute(_SITES, [sorted(study.settings.sources)]).fetchall(),
        "A hit may be got by several queries; threads are distinct.",
        "The study names no sites and has no threads. They come with: collect threads",
    )


def incomplete(con: duckdb.DuckDBPyConnection) -> Sheet:
    """The slices that were not got whole, at most 50."""
    found = con.execute(
        "SELECT site, query, strftime(window_start, '%Y-%m-%d'), strftime(window_end, '%Y-%m-%d'), reported, got, "
        "state, reason, count(*) OVER () FROM slices WHERE state <> 'complete' "
        "ORDER BY site, query, window_start LIMIT ?",
        [_SLICES_SHOWN],
    ).fetchall()
    more = found[0][-1] - len(found) if found else 0
    return Sheet(
        "slices",
        "Slices that are not complete",
        ("site", "query", "from", "to", "hits reported", "hits got", "state", "reason"),
        [row[:-1] for row in found],
        f"{more} more are in the table slices." if more else "",
    )


def steps(study: Study) -> Sheet:
    """The flow of threads."""
    rows = prisma(study)
    shown = ("box", "part", "label", "n", "origin")
    return Sheet(
        "prisma",
        "Threads through the study as PRISMA 2020 draws it: every thread leaves once; one that is left out for several "
        "reasons counts under each",
        ("step", "", "what", "threads", "from"),
        [tuple("" if row.get(name) is None else row[name] for name in shown) for row in rows],
        columns=(*PRISMA, "origin"),
        data=rows,
    )


_CODERS = f"""
WITH standing AS ({STANDING}), known AS (
    SELECT unnest(?::VARCHAR[]) AS coder UNION SELECT coder FROM codings UNION SELECT coder FROM units
), given AS (SELECT coder, count(DISTINCT unit_id) AS units FROM units GROUP BY coder),
read AS (
    SELECT coder, count(DISTINCT unit_id) AS units, count(*) FILTER (code <> '') AS codings,
           count(DISTINCT code) FILTER (code <> '') AS codes,
           count(DISTINCT unit_id) - count(DISTINCT unit_id) FILTER (code <> '') AS without
    FROM standing GROUP BY coder
)
SELECT known.coder, coalesce(given.units, 0), coalesce(read.units, 0), coalesce(without, 0),
       coalesce(codings, 0), coalesce(codes, 0)
FROM known LEFT JOIN given USING (coder) LEFT JOIN read USING (coder) ORDER BY known.coder
"""  # noqa: S608 - a constant


def coders(con: duckdb.DuckDBPyConnection, study: Study) -> Sheet:
    """Every coder with units given and read, codings and distinct codes."""
    return Sheet(
        "coders",
        "Coders: units given to read, units read, and codings",
        ("coder", "units given", "units read", "read, no code", "codings", "codes used"),
        con.execute(_CODERS, [study.settings.coders.names]).fetchall(),
        "Threads that were excluded later are among them. A coding is one code for one unit or for one passage of it.",
    )


def quarantine(con: duckdb.DuckDBPyConnection) -> Sheet:
    """What came back from Label Studio and cannot stand as a coding, by reason."""
    rows = con.execute(
        "SELECT reason, count(DISTINCT annotation_id), count(*) FROM quarantine GROUP BY reason ORDER BY reason"
    ).fetchall()
    return Sheet("quarantine", "Annotations kept apart, by reason", ("reason", "annotations", "values"), rows)
