"""How many threads there are at each step: found, excluded and why, included, drawn, screened, coded, decided."""

from codebook.render import Rows
from codebook.study import Study

COLUMNS = ("step", "reason", "threads")

_FLOW = """
WITH kept AS (SELECT thread_id FROM threads WHERE included),
said AS (SELECT thread_id, screened.included AS yes, criterion FROM screened SEMI JOIN kept USING (thread_id)),
drawn AS (SELECT thread_id FROM kept SEMI JOIN plan USING (thread_id)),
unread AS (SELECT thread_id FROM kept SEMI JOIN (SELECT thread_id FROM ranking WHERE state = 'unread after the stop')
    USING (thread_id) ANTI JOIN said USING (thread_id)),
given AS (SELECT thread_id FROM drawn UNION SELECT thread_id FROM screenings),
fit AS (SELECT thread_id FROM kept ANTI JOIN (SELECT thread_id FROM said WHERE NOT yes) USING (thread_id))
SELECT 0 AS place, 'found' AS step, NULL AS reason, count(*) AS n FROM threads
UNION ALL SELECT 1, 'excluded', NULL, count(*) FROM threads WHERE NOT included
UNION ALL SELECT 2, 'excluded in ' || stage, reason, count(DISTINCT thread_id)
    FROM exclusions SEMI JOIN threads USING (thread_id) GROUP BY stage, reason
UNION ALL SELECT 3, 'included', NULL, count(*) FROM kept
UNION ALL SELECT CASE WHEN (SELECT count(*) FROM said ANTI JOIN drawn USING (thread_id)) > 0 THEN 8 ELSE 4 END,
    'drawn', NULL, count(*) FROM drawn HAVING count(*) > 0
UNION ALL SELECT 5, 'screened out', coalesce(criterion, 'no one criterion'), count(*)
    FROM said WHERE NOT yes GROUP BY criterion
UNION ALL SELECT 6, 'screened in', NULL, count(*) FROM said WHERE yes HAVING (SELECT count(*) FROM said) > 0
UNION ALL SELECT 7, 'not screened yet', NULL, count(*)
    FROM kept ANTI JOIN said USING (thread_id) ANTI JOIN unread USING (thread_id)
    WHERE NOT EXISTS (FROM drawn) OR thread_id IN (FROM given)
    HAVING count(*) > 0 AND (SELECT count(*) FROM said) > 0
UNION ALL SELECT 7, 'unread after the stop', NULL, count(*) FROM unread HAVING count(*) > 0
UNION ALL SELECT 9, 'coded by a coder', NULL, count(*) FROM fit SEMI JOIN codings USING (thread_id)
UNION ALL SELECT 10, 'decided', NULL, count(*) FROM fit SEMI JOIN decisions USING (thread_id)
ORDER BY place, step, n DESC, reason
"""


def flow(study: Study) -> Rows:
    """The steps with their distinct threads; a thread that is excluded for several reasons counts under each.

    What was screened out is not counted as coded or decided. Without a screening, or a plan, there are no steps of it.
    What was drawn comes before the screening if nothing else was screened, else behind it; where there is a plan, only
    what it has, or what a rater has read, is still to be screened. What an ordered screening left unread when
    enough was found is a step of its own, neither in nor out.
    """
    with study.connect() as con:
        return [{"step": s, "reason": r, "threads": n} for _, s, r, n in con.execute(_FLOW).fetchall()]
