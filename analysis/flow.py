"""How many threads there are at each step of a study: found, excluded and why, included, coded, decided."""

from analysis.layout import Rows
from codebook.study import Study

COLUMNS = ("step", "reason", "threads")

_FLOW = """
SELECT 0 AS place, 'found' AS step, NULL AS reason, count(*) AS n FROM threads
UNION ALL SELECT 1, 'excluded', NULL, count(*) FROM threads WHERE NOT included
UNION ALL SELECT 2, 'excluded in ' || stage, reason, count(DISTINCT thread_id)
    FROM exclusions SEMI JOIN threads USING (thread_id) GROUP BY stage, reason
UNION ALL SELECT 3, 'included', NULL, count(*) FROM threads WHERE included
UNION ALL SELECT 4, 'coded by a coder', NULL, count(*) FROM threads SEMI JOIN codings USING (thread_id) WHERE included
UNION ALL SELECT 5, 'decided', NULL, count(*) FROM threads SEMI JOIN decisions USING (thread_id) WHERE included
ORDER BY place, step, n DESC, reason
"""


def flow(study: Study) -> Rows:
    """The steps with their distinct threads; a thread that is excluded for several reasons counts under each."""
    with study.connect() as con:
        return [{"step": s, "reason": r, "threads": n} for _, s, r, n in con.execute(_FLOW).fetchall()]
