"""How far each coder is, from the tables."""

from collections.abc import Mapping

from codebook.study import Study

COLUMNS = ("coder", "units", "changed", "coded", "without_code", "codings", "in_quarantine", "last_coded_at")
"""Units given; of these, units whose text has changed since; units coded; of these, units to which no code applies;
rows in ``codings`` with a code."""

_QUERY = """
    WITH given AS (SELECT coder, count(*) AS units, count(*) FILTER (changed) AS changed FROM units GROUP BY coder),
    coded AS (
        SELECT coder, count(DISTINCT unit_id) AS coded, count(DISTINCT unit_id) FILTER (code = '') AS without_code,
               count(*) FILTER (code <> '') AS codings, max(coded_at) AS last_coded_at
        FROM codings GROUP BY coder
    ),
    apart AS (SELECT coder, count(*) AS in_quarantine FROM quarantine GROUP BY coder)
    SELECT coder, coalesce(units, 0), coalesce(changed, 0), coalesce(coded, 0), coalesce(without_code, 0),
           coalesce(codings, 0), coalesce(in_quarantine, 0), last_coded_at
    FROM given FULL JOIN coded USING (coder) FULL JOIN apart USING (coder)
    ORDER BY coder
"""


def status(study: Study) -> list[Mapping[str, object]]:
    """One row per coder with the columns of :data:`COLUMNS`."""
    with study.connect() as con:
        return [dict(zip(COLUMNS, row, strict=True)) for row in con.execute(_QUERY).fetchall()]
