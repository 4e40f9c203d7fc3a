"""Findings, of which there may be millions, counted without a row for each.

Findings in files with the same content say the same about every model that has the content. So it is found first which
values the other tables give to each content; contents with the same values are one kind, and findings are counted by
kind and by what they say themselves. Each count stands for so many units that are alike.
"""

import re

import duckdb

from analysis.joins import JOINS, RELATIONS, conditions, from_clause
from analysis.question import Question
from analysis.selection import Selection

_FINDINGS = "findings"


def is_counted_so(question: Question) -> bool:
    """Whether findings are the unit, and nothing depends on which of them has which code."""
    return question.unit.name == "finding" and not question.needs_codebook and len(question.parts) == 1


def fill(con: duckdb.DuckDBPyConnection, question: Question, selection: Selection) -> None:
    """Make the table ``pairs`` of groups of findings, each ``times`` large."""
    own = {side: v.sql for side, v in question.sides.items() if v.table == _FINDINGS}
    source, kind = _kinds(con, question, selection)
    rows = selection.of([_FINDINGS])
    said = ", ".join([f"{kind} AS kind", *(f"{sql} AS {side}" for side, sql in own.items())])
    con.execute(
        f"""CREATE TEMP TABLE groups AS SELECT row_number() OVER () AS unit, * FROM (
        SELECT {said}, count(*) AS times {source} WHERE {rows.sql} GROUP BY ALL)""",  # noqa: S608 - declared names only
        list(rows.values),
    )
    sides = [
        f"groups.{side}" if side in own else f"said.{side}" if side in question.sides else f"NULL::VARCHAR AS {side}"
        for side in "rcl"
    ]
    con.execute(
        f"""CREATE TEMP TABLE pairs AS SELECT unit, {", ".join(sides)}, times
        FROM groups JOIN (SELECT kind, unnest(said) AS said FROM kinds) USING (kind)"""  # noqa: S608 - declared names only
    )


def _kinds(con: duckdb.DuckDBPyConnection, question: Question, selection: Selection) -> tuple[str, str]:
    """Lay out ``kinds(kind, said)``, what the other tables say; give where findings come from with their kind."""
    others = [table for table in question.tables if table != _FINDINGS]
    if not others:
        con.execute("CREATE TEMP TABLE kinds AS SELECT 0 AS kind, [{'none': 0}] AS said")
        return f"FROM {from_clause([_FINDINGS])}", "0"
    keys = _met(others)
    values = [f"'{side}': {v.sql}" for side, v in question.sides.items() if v.table != _FINDINGS]
    said, rows = "{" + ", ".join([*values, "'none': 0"]) + "}", selection.of(others)
    named = ", ".join(f"{equals[0]} AS {column}" for column, equals in keys.items())
    same = [f"{first} = {other}" for first, *rest in keys.values() for other in rest]
    con.execute(
        f"""CREATE TEMP TABLE contents_said AS SELECT {", ".join(keys)}, list(said ORDER BY said) AS said FROM (
        SELECT DISTINCT {named}, {said} AS said FROM {from_clause(others)}
        WHERE {" AND ".join([rows.sql, *same])}) GROUP BY {", ".join(keys)}""",  # noqa: S608 - declared names only
        list(rows.values),
    )
    con.execute(
        """CREATE TEMP TABLE kinds AS SELECT row_number() OVER () AS kind, said
        FROM (SELECT DISTINCT said FROM contents_said)"""
    )
    con.execute(
        f"CREATE TEMP TABLE kind_of AS SELECT {', '.join(keys)}, kind FROM contents_said JOIN kinds USING (said)"  # noqa: S608 - declared names only
    )
    return f"FROM {from_clause([_FINDINGS])} JOIN kind_of USING ({', '.join(keys)})", "kind_of.kind"


def _met(others: list[str]) -> dict[str, list[str]]:
    """Columns of findings in which they meet other tables → what these columns equal there."""
    found: dict[str, list[str]] = {}
    for join in JOINS:
        sides = {join.left, join.right}
        if _FINDINGS in sides and sides <= {_FINDINGS, *others}:
            for left, right in re.findall(r"(\w+\.\w+) = (\w+\.\w+)", join.on):
                own, other = (left, right) if left.startswith(f"{_FINDINGS}.") else (right, left)
                found.setdefault(own.removeprefix(f"{_FINDINGS}."), []).append(other)
    return found


def fewer_findings(question: Question) -> dict[str, str]:
    """Where findings are joined and not counted: SQL with one row for all that say the same of a content."""
    if _FINDINGS not in question.tables or question.unit.name == "finding":
        return {}
    spoken = " ".join([question.key, *(v.sql for v in question.variables), *conditions(question.tables)])
    used = sorted(set(re.findall(rf'\b{_FINDINGS}\."?(\w+)', spoken)))
    return {_FINDINGS: f"SELECT DISTINCT {', '.join(used)} FROM ({RELATIONS[_FINDINGS]})"}  # noqa: S608 - declared names only
