"""What platforms did, and when, as one table: code by the dates of releases, pages by their own dates."""

import duckdb

from codebook.mechanisms import CALL, LEVELS, STANDING

_SAID = f"""
CREATE OR REPLACE TEMP TABLE page_claims AS
SELECT claim_id, platform, mechanism, coalesce(parameter, '') AS parameter, level, released, component,
       coalesce(url, path, '') AS page
FROM ({STANDING}) WHERE component <> 'sdk' OR package IS NULL OR version IS NULL
"""  # noqa: S608 - a constant

_EVIDENCE = f"""
CREATE OR REPLACE TEMP TABLE evidence AS
SELECT platform, mechanism, parameter, level, since, until, claim_id, true AS of_code
FROM in_force WHERE NOT contains(symbol, '{CALL}')
UNION ALL
SELECT one.platform, one.mechanism, one.parameter, one.level, one.released, min(later.released), one.claim_id, false
FROM page_claims AS one LEFT JOIN page_claims AS later
ON later.platform = one.platform AND later.mechanism = one.mechanism AND later.parameter = one.parameter
AND later.component = one.component AND later.page = one.page AND later.released > one.released
GROUP BY ALL
"""  # noqa: S608 - a constant

_NOW = """
CREATE OR REPLACE TEMP TABLE mechanisms_now AS
SELECT platform, mechanism,
       coalesce(arg_min(level, place) FILTER (of_code AND place > 0), arg_max(level, place) FILTER (place > 0),
                min(level)) AS level,
       bool_or(of_code AND place > 0) AS of_code,
       list(DISTINCT claim_id ORDER BY claim_id) AS claims
FROM (SELECT *, coalesce(list_position(?::VARCHAR[], level), 0) AS place FROM evidence WHERE until IS NULL)
GROUP BY platform, mechanism
"""


def lay_out(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables ``evidence`` and ``mechanisms_now``.

    ``evidence(platform, mechanism, parameter, level, since, until, claim_id, of_code)`` has what is in ``in_force``,
    without switches that single calls set, and each claim of a page or a reviewer from its date until the same page
    said something later; ``since`` is null where the page has no date. ``mechanisms_now`` has per platform and
    mechanism the level today: the weakest that code has, else the strongest that pages state, else ``not_documented``
    or ``unknown``.
    """
    con.execute(_SAID)
    con.execute(_EVIDENCE)
    con.execute(_NOW, [list(LEVELS)])
