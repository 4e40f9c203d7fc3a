"""How far each coder is, from the tables."""

from collections.abc import Mapping

from codebook.study import Study

COLUMNS = ("coder", "units", "changed", "coded", "without_code", "codings", "in_quarantine", "last_coded_at")
"""Units given; of these, units whose text has changed since; units coded; of these, units to which no code applies;
rows in ``codings`` with a code. A unit counts once per round and arm, as it is given and coded once in each."""

READINGS = """
    stands AS (SELECT coder, unit_id, round, arm, code, coded_at, true AS stands FROM codings),
    again AS (SELECT coder, unit_id, round, arm, code, NULL, false FROM recode),
    readings AS (
        SELECT coder, count(*) FILTER (code <> '') AS codes, count(*) FILTER (code <> '' AND stands) AS codings,
               max(coded_at) AS coded_at
        FROM (FROM stands UNION ALL FROM again) GROUP BY coder, unit_id, round, arm
    )
"""
"""SQL of a row per reading: a coder has read a unit in a round and arm, also if all its codes were split since."""

_QUERY = f"""
    WITH given AS (SELECT coder, count(*) AS units, count(*) FILTER (changed) AS changed FROM units GROUP BY coder),
    {READINGS},
    coded AS (
        SELECT coder, count(*) AS coded, count(*) FILTER (codes = 0) AS without_code,
               sum(codings) AS codings, max(coded_at) AS last_coded_at
        FROM readings GROUP BY coder
    ),
    apart AS (SELECT coder, count(*) AS in_quarantine FROM quarantine GROUP BY coder)
    SELECT coder, coalesce(units, 0), coalesce(changed, 0), coalesce(coded, 0), coalesce(without_code, 0),
           coalesce(codings, 0)::BIGINT, coalesce(in_quarantine, 0), last_coded_at
    FROM given FULL JOIN coded USING (coder) FULL JOIN apart USING (coder)
    ORDER BY coder
"""  # noqa: S608 - our own text


def status(study: Study) -> list[Mapping[str, object]]:
    """One row per coder with the columns of :data:`COLUMNS`."""
    with study.connect() as con:
        return [dict(zip(COLUMNS, row, strict=True)) for row in con.execute(_QUERY).fetchall()]
