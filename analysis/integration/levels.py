"""Theme by the level of a platform's gate that was in force when the thread was opened."""

from collections.abc import Iterator

import duckdb

from analysis.integration import about, coded
from analysis.interval import share
from codebook import in_force
from codebook.mechanisms import LEVELS
from codebook.render import Rows
from codebook.study import Study

NO_GATE, NO_DATE = "no gate", "no date"

SCALE = (*LEVELS, "unknown", NO_GATE, NO_DATE)
"""Values of ``level_in_force``: the scale, weakest first, then what is no level."""

_HELD = f"scope.platform, '{about.GATE}', day, of_package := scope.package, of_parameter := scope.parameter"

_PIECES = f"""
CREATE OR REPLACE TEMP TABLE gate_pieces AS
WITH scopes AS (SELECT DISTINCT platform, package, parameter FROM thread_platforms),
moments AS (
    SELECT platform, since AS day FROM in_force WHERE mechanism = '{about.GATE}'
    UNION SELECT platform, until FROM in_force WHERE mechanism = '{about.GATE}' AND until IS NOT NULL
), pieces AS (SELECT scopes.*, day FROM scopes JOIN moments USING (platform))
SELECT scope.*, weakest_level({_HELD}) AS weakest, strongest_level({_HELD}) AS strongest,
       claims_in_force({_HELD}) AS claims
FROM pieces AS scope
"""  # noqa: S608 - constants

_LEVELS = f"""
CREATE OR REPLACE TEMP TABLE thread_levels AS
WITH dated AS (SELECT thread_platforms.*, created_at, run_id FROM thread_platforms JOIN threads USING (thread_id)),
held AS (
    SELECT dated.*, weakest, strongest, claims FROM dated ASOF LEFT JOIN gate_pieces
    ON dated.platform = gate_pieces.platform AND coalesce(dated.package, '') = coalesce(gate_pieces.package, '')
    AND coalesce(dated.parameter, '') = coalesce(gate_pieces.parameter, '') AND dated.created_at >= gate_pieces.day
)
SELECT thread_id, platform, parameter, package,
       CASE WHEN created_at IS NULL THEN '{NO_DATE}' ELSE coalesce(weakest, '{NO_GATE}') END AS level,
       CASE WHEN created_at IS NULL THEN '{NO_DATE}' ELSE coalesce(strongest, '{NO_GATE}') END AS strongest,
       coalesce(claims, []) AS claims, run_id
FROM held
"""  # noqa: S608 - constants


def lay_out(con: duckdb.DuckDBPyConnection, study: Study) -> None:
    """Make the temporary table ``thread_levels``, with a row per thread and platform that it is about.

    ``level`` is that of the weakest execution gate in force on the day the thread was opened, ``strongest`` that of the
    strongest, ``claims`` the ids of what says so. The gates are those of the switch that the thread was found by, and
    of the package in whose repository it stands; where it names none of them, all of the platform.
    """
    about.lay_out(con, study)
    in_force.define(con)
    con.execute(_PIECES)
    con.execute(_LEVELS)


COLUMNS = (
    "platform",
    "theme",
    "level",
    "threads",
    "of_level",
    "percent",
    "low",
    "high",
    "trend",
    "p",
    "p_holm",
    "test",
)
"""Columns of :func:`rows`: threads with the theme, of those of the platform that were opened under the level."""

_ROWS = """
WITH known AS (SELECT DISTINCT thread_levels.platform, level, thread_id FROM thread_levels SEMI JOIN coded
    USING (thread_id)),
whole AS (SELECT platform, level, count(*) AS n FROM known GROUP BY ALL),
themes AS (SELECT DISTINCT platform, theme FROM known JOIN coded USING (thread_id) WHERE theme IS NOT NULL),
having_it AS (SELECT platform, level, theme, count(DISTINCT thread_id) AS n FROM known JOIN coded USING (thread_id)
    GROUP BY ALL)
SELECT platform, theme, level, coalesce(having_it.n, 0), whole.n
FROM themes JOIN whole USING (platform) LEFT JOIN having_it USING (platform, theme, level)
ORDER BY platform, list_position(?::VARCHAR[], theme), theme, list_position(?::VARCHAR[], level)
"""


def rows(con: duckdb.DuckDBPyConnection, study: Study) -> Rows:
    """Per platform and theme, of the threads that were opened under each level, those with the theme.

    ``low`` and ``high`` are the 95 % Wilson interval of ``percent``. ``trend`` is the z of Cochran and Armitage over
    the levels of the scale that the platform had, above 0 if the theme is commoner under stronger levels; ``p_holm``
    its p after Holm's correction over all themes and platforms; where a cell is below ``[analysis].small_cell``
    expected threads, p is from permutations that are drawn. Only threads that were coded count.
    """
    lay_out(con, study)
    coded.lay_out(con, study)
    counted = con.execute(_ROWS, [coded.themes(study), list(SCALE)]).fetchall()
    trends = _trends(counted, study)
    found: Rows = []
    for platform, theme, level, n, of in counted:
        part = share(n, of)
        values = (platform, theme, level, n, of, part.percent, part.low, part.high, *trends[platform, theme])
        found.append(dict(zip(COLUMNS, values, strict=True)))
    return found


_Trend = tuple[float | None, float | None, float | None, str | None]


def _trends(counted: list[tuple[str, str, str, int, int]], study: Study) -> dict[tuple[str, str], _Trend]:
    """By platform and theme, z, p, corrected p and the test; None where there is none."""
    import numpy as np

    from analysis.statistics.corrected import holm

    groups: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for platform, theme, level, n, of in counted:
        groups.setdefault((platform, theme), []).extend([(n, of)] if level in LEVELS else [])
    found = [tested(group, study) for group in groups.values()]
    corrected = holm(np.array([np.nan if p is None else p for _, p, _ in found], dtype=float)).tolist()
    lines = zip(found, corrected, strict=True)
    return dict(
        zip(groups, [(z, p, None if p is None else holm_p, test) for (z, p, test), holm_p in lines], strict=True)
    )


def tested(group: list[tuple[int, int]], study: Study) -> tuple[float | None, float | None, str | None]:
    """The trend of one theme on one platform.

    Args:
        group: Per level, weakest first, the threads with the theme and all threads.
        study: Its settings say which cells are small, and seed the permutations that are drawn where one is.

    Returns:
        z, p and the name of the test; None where there is nothing to test.
    """
    import numpy as np

    from analysis.statistics.trend import cochran_armitage

    settings = study.settings
    having, of = np.array(group, dtype=float).reshape(-1, 2).T
    found = cochran_armitage(having, of)
    if np.isnan(found.p):
        return None, None, None
    expected = of * having.sum() / of.sum()
    if min(expected.min(), (of - expected).min()) >= settings.analysis.small_cell:
        return float(found.statistic), float(found.p), found.test
    drawn = np.random.default_rng(settings.study.seed).multivariate_hypergeometric(
        of.astype(np.int64), int(having.sum()), size=settings.analysis.resamples, method="marginals"
    )
    score = np.arange(len(of))
    middle = (expected * score).sum()
    far = np.abs(drawn @ score - middle) >= abs((having * score).sum() - middle) - 1e-9
    return float(found.statistic), float((far.sum() + 1) / (len(far) + 1)), f"{found.test}, permuted"


def notes(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[str]:
    """What the table goes by; after :func:`rows`."""
    yield from about.notes(con, study)
    yield (
        "the level is that of the weakest execution gate on the day the thread was opened; "
        "analysis crosstab theme strongest_in_force has that of the strongest"
    )
    if con.execute("SELECT 1 FROM thread_levels SEMI JOIN coded USING (thread_id) LIMIT 1").fetchone():
        yield "levels follow each other in time: a trend over them may be one over years (crosstab theme year)"
    for level, n in con.execute(
        "SELECT level, count(*) FROM thread_levels SEMI JOIN coded USING (thread_id) WHERE level IN (?, ?, 'unknown') "
        "GROUP BY level ORDER BY level",
        [NO_GATE, NO_DATE],
    ).fetchall():
        yield f"coded threads with {level}: {n}; they are in no trend"
