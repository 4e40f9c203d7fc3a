"""Where documentation and code disagree, beside the threads of confused people."""

from collections.abc import Iterator

import duckdb

from analysis.integration import about, coded
from analysis.interval import share
from codebook.render import Rows
from codebook.study import Study

COLUMNS = (
    *("platform", "mechanism", "parameter", "disagreements", "rules", "threads", "confused", "percent", "low", "high"),
    *("platform_threads", "platform_confused", "what", "claims"),
)
"""Columns of :func:`rows`."""

_ROWS = """
WITH about_it AS (SELECT thread_platforms.*, meant AS confused FROM thread_platforms JOIN read USING (thread_id)),
apart AS (
    SELECT platform, mechanism, coalesce(parameter, '') AS parameter, count(*) AS n,
           list(DISTINCT rule ORDER BY rule) AS rules, list(what ORDER BY disagreement_id)[1] AS what,
           list_sort(list_distinct(flatten(list([documented, in_code])))) AS claims
    FROM disagreements GROUP BY ALL
), places AS (
    SELECT platform, mechanism, parameter FROM apart
    UNION SELECT platform, '', '' FROM about_it WHERE platform NOT IN (SELECT platform FROM apart)
), of_switch AS (
    SELECT places.platform, mechanism, places.parameter, count(DISTINCT thread_id) AS n,
           count(DISTINCT thread_id) FILTER (confused) AS confused
    FROM places JOIN about_it ON about_it.platform = places.platform
    AND (places.parameter = '' OR coalesce(about_it.parameter, places.parameter) = places.parameter) GROUP BY ALL
), whole AS (
    SELECT platform, count(DISTINCT thread_id) AS n, count(DISTINCT thread_id) FILTER (confused) AS confused
    FROM about_it GROUP BY platform
)
SELECT platform, nullif(mechanism, ''), nullif(parameter, ''), coalesce(apart.n, 0), coalesce(rules, []),
       coalesce(of_switch.n, 0), coalesce(of_switch.confused, 0), coalesce(whole.n, 0), coalesce(whole.confused, 0),
       what, list_filter(coalesce(claims, []), lambda claim: claim IS NOT NULL)
FROM places LEFT JOIN apart USING (platform, mechanism, parameter)
LEFT JOIN of_switch USING (platform, mechanism, parameter) LEFT JOIN whole USING (platform)
ORDER BY coalesce(apart.n, 0) DESC, platform, mechanism, parameter
"""


def rows(con: duckdb.DuckDBPyConnection, study: Study) -> Rows:
    """Per platform, mechanism and switch, how often documentation and code disagree and how many threads are confused.

    ``threads`` are the coded threads about the platform that name no other switch of it, ``confused`` those with a code
    of ``[analysis].confusion``, with the 95 % Wilson interval of their share; ``platform_*`` the same of the whole
    platform. Platforms without a disagreement have a row of their own, to compare with.
    """
    about.lay_out(con, study)
    confusion = coded.meant(study, study.settings.analysis.confusion, "[analysis].confusion")
    coded.lay_out_read(con, confusion)
    found: Rows = []
    for *head, n, confused, of, of_confused, what, claims in con.execute(_ROWS).fetchall():
        part = share(confused, n) if confusion else share(0, 0)
        counts = (n, confused, part.percent, part.low, part.high, of, of_confused)
        found.append(dict(zip(COLUMNS, (*head, *counts, what, claims), strict=True)))
    return found


def notes(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[str]:
    """What the table goes by; after :func:`rows`."""
    if not study.settings.analysis.confusion:
        yield "study.toml does not say which codes mean confusion: [analysis].confusion"
    yield from about.notes(con, study)
    yield "threads and disagreements meet in the platform and the switch, not in the sentence: read it as a description"
