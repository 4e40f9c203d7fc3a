"""Design weights: how many units each unit of the sampling plan stands for.

The plan (table ``plan``) draws threads or posts from strata. A unit that was drawn has the weight of its stratum: units
that could be drawn, per unit drawn. Sums of weights estimate counts of everything that could have been drawn. A unit
that nobody drew has no weight: it counts, and does not count weighted. Posts of drawn threads have the weight of their
thread, codings that of the unit that was read.
"""

import duckdb

from analysis.question import Question
from codebook.errors import StudyError
from codebook.study import Study

_DRAWN = "SELECT unit_id, max(weight) AS weight, min(stratum) AS stratum FROM plan WHERE kind = '{}' GROUP BY unit_id"

_SOURCES = {
    "thread": {"thread": ""},
    "post": {
        "post": "",
        "thread": "SELECT post_id AS unit_id, weight, stratum FROM posts JOIN drawn ON thread_id = drawn.unit_id",
    },
}
"""Unit → kind of the plan that gives it weights, the first that the plan has → how they come to the unit."""


def lay_out(con: duckdb.DuckDBPyConnection, question: Question, study: Study) -> None:
    """Make ``unit_weights(unit, weight, stratum)`` of the units in the plan, on a connection with ``pairs``.

    Raises:
        StudyError: There is no plan, or it draws nothing that has to do with the unit.
    """
    kinds = [kind for (kind,) in con.execute("SELECT DISTINCT kind FROM plan ORDER BY kind").fetchall()]
    if not kinds:
        raise StudyError(
            "no unit has a weight: nothing was drawn",
            where=str(study.table("plan")),
            hint="Draw the units with coding sample, or leave --weighted out.",
        )
    if question.unit.name == "coding":
        both = " UNION ALL ".join(_DRAWN.format(kind) for kind in kinds)
        con.execute(
            f"""CREATE TEMP TABLE unit_weights AS SELECT unit, weight, stratum FROM (
            SELECT DISTINCT unit, split_part(unit, chr(31), 1) AS unit_id FROM pairs) JOIN ({both}) USING (unit_id)"""  # noqa: S608 - constants
        )
        return
    ways = _SOURCES[question.unit.name]
    kind = next((kind for kind in ways if kind in kinds), None)
    if kind is None:
        raise StudyError(
            f"{question.unit.plural} have no weight: the plan draws posts",
            where=str(study.table("plan")),
            hint="Count with --unit post, or leave --weighted out.",
        )
    con.execute(f"CREATE TEMP VIEW drawn AS {_DRAWN.format(kind)}")
    come = ways[kind] or "FROM drawn"
    con.execute(f"CREATE TEMP TABLE unit_weights AS SELECT unit_id AS unit, weight, stratum FROM ({come})")  # noqa: S608 - constants
