"""What can be quoted for a cell: passages that coders marked, and else how posts begin.

What its author has taken down (a post or thread that is gone) or the site has hidden is not quoted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from analysis.joins import from_clause
from analysis.pairing import Pairs
from analysis.selection import Where
from analysis.values import Value
from codebook.recoded import STANDING

CONSIDERED = 2000
"""Passages, and beginnings of posts, among which quotes are chosen."""

LONGEST = 500
"""Characters of a passage or of a beginning that are quoted."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that can be quoted.

    Args:
        marked: Whether coders marked it; else it is how a post begins.
        text: As it stands in the tables, cut after :data:`LONGEST` characters.
        thread_id: Its thread.
        unit_id: What was coded; empty where the cell is not about codes and nobody marked it.
        codes: The codes of the cell that coders gave it.
        coders: Who gave them.
        agreed: How many coders gave the unit one of these codes, at most.
        decided: Whether one of them is in the unit's agreed set; None where nothing is decided.
        source: The thread's source.
        site: The thread's site.
        url: The thread's address.
        date: When the post was written; of the thread where it is not known which post it is.
        author: Pseudonym of the post's author; None where it is not known.
        licence: Licence of the post where the site states one.
    """

    marked: bool
    text: str
    thread_id: str
    unit_id: str
    codes: tuple[str, ...]
    coders: tuple[str, ...]
    agreed: int
    decided: bool | None
    source: str
    site: str
    url: str
    date: datetime | None
    author: str | None
    licence: str | None


_CELL = "CREATE OR REPLACE TEMP TABLE quoted_cell AS SELECT DISTINCT unit AS thread_id FROM pairs WHERE "

_GIVEN = f"""
CREATE OR REPLACE TEMP TABLE quoted_given AS
SELECT unit_id, code, list(DISTINCT coder ORDER BY coder) AS coders FROM ({STANDING})
SEMI JOIN quoted_cell USING (thread_id) WHERE code <> '' GROUP BY unit_id, code
"""  # noqa: S608 - a constant

_SETS = """
agreed_sets AS (
    SELECT unit_id, list(code) AS codes FROM decisions SEMI JOIN quoted_cell USING (thread_id) GROUP BY unit_id
)"""

_TOGETHER = """
       coalesce(list(DISTINCT said.code ORDER BY said.code) FILTER (said.code <> ''), []) AS codes,
       coalesce(max(len(quoted_given.coders)), 0) AS agreed,
       bool_or(list_contains(agreed_sets.codes, said.code)) AS decided
"""

_ORDER = "ORDER BY coalesce(decided, false) DESC, agreed DESC, place, text"

_PLAIN = "regexp_replace({}, '\\s+', ' ', 'g')"

_MARKED = f"""
WITH {_SETS}, passages AS (
    SELECT said.thread_id, said.unit_id, quote AS text, list(DISTINCT coder ORDER BY coder) AS coders, {_TOGETHER},
           md5(concat_ws(chr(31), ?, said.thread_id, said.unit_id, said.quote)) AS place
    FROM said LEFT JOIN quoted_given USING (unit_id, code) LEFT JOIN agreed_sets USING (unit_id)
    WHERE trim(said.quote) <> '' GROUP BY said.thread_id, said.unit_id, said.quote
    {_ORDER} LIMIT ?
), found AS (
    SELECT passages.*, posts.created_at, posts.author, posts.licence,
           coalesce(posts.gone OR posts.hidden, false) AS lost
    FROM passages LEFT JOIN posts ON posts.thread_id = passages.thread_id AND (
        posts.post_id = passages.unit_id
        OR (passages.unit_id = passages.thread_id
            AND contains({_PLAIN.format("posts.body")}, trim({_PLAIN.format("passages.text")})))
    )
    QUALIFY row_number() OVER (PARTITION BY passages.thread_id, passages.unit_id, text ORDER BY position) = 1
)
SELECT true, left(text, {LONGEST}), length(text) > {LONGEST}, thread_id, unit_id, codes, found.coders, agreed, decided,
       threads.source, threads.site, threads.url, coalesce(found.created_at, threads.created_at), found.author,
       found.licence
FROM found JOIN threads USING (thread_id) WHERE NOT lost AND threads.gone IS NULL {_ORDER}
"""  # noqa: S608 - constants

_BEGINNINGS = f"""
WITH {_SETS}, units AS (
    SELECT said.thread_id, said.unit_id,
           list_sort(list_distinct(flatten(list(coalesce(quoted_given.coders, []))))) AS coders, {_TOGETHER},
           md5(concat_ws(chr(31), ?, said.thread_id, said.unit_id)) AS place
    FROM said LEFT JOIN quoted_given USING (unit_id, code) LEFT JOIN agreed_sets USING (unit_id)
    GROUP BY said.thread_id, said.unit_id
)
SELECT false, left(posts.body, {LONGEST}) AS text, length(posts.body) > {LONGEST}, thread_id, unit_id, codes,
       units.coders, agreed, decided, threads.source, threads.site, threads.url,
       coalesce(posts.created_at, threads.created_at), posts.author, posts.licence
FROM units JOIN threads USING (thread_id) JOIN posts USING (thread_id)
WHERE (posts.post_id = unit_id OR (unit_id = thread_id AND posts.position = 0)) AND trim(posts.body) <> ''
  AND NOT posts.gone AND NOT posts.hidden AND threads.gone IS NULL
{_ORDER} LIMIT ?
"""  # noqa: S608 - constants


def candidates(made: Pairs, values: Mapping[str, Value], seed: int) -> list[Candidate]:
    """What can be quoted for a cell, passages first; at most :data:`CONSIDERED` of either.

    The beginning of a post is there where nobody marked anything in the unit.

    Args:
        made: Open pairs of a question that counts threads.
        values: The cell: values by the columns of ``pairs``.
        seed: Decides the order among those that are as good as each other.
    """
    con = made.con
    inside = " AND ".join(f"{side} IS NOT DISTINCT FROM ?" for side in values) or "true"
    con.execute(_CELL + inside, list(values.values()))
    con.execute(_GIVEN)
    _said(made, values, about_codes=True)
    marked = [_candidate(row) for row in con.execute(_MARKED, [str(seed), CONSIDERED]).fetchall()]
    _said(made, values, about_codes=made.question.origin is not None)
    begun = [_candidate(row) for row in con.execute(_BEGINNINGS, [str(seed), CONSIDERED]).fetchall()]
    units = {each.unit_id for each in marked}
    return [*marked, *(each for each in begun if each.unit_id not in units)]


def _candidate(row: Sequence[object]) -> Candidate:
    marked, text, cut, thread_id, unit_id, codes, coders, *rest = row
    whole = f"{str(text).rstrip()}…" if cut else str(text)
    return Candidate(marked, whole, thread_id, unit_id, _texts(codes), _texts(coders), *rest)  # type: ignore[arg-type]  # a row of DuckDB has no types


def _texts(values: object) -> tuple[str, ...]:
    return tuple(map(str, values)) if isinstance(values, list) else ()


def _said(made: Pairs, values: Mapping[str, Value], *, about_codes: bool) -> None:
    """Make the table ``said``: what coders said in the cell, or its threads where the cell is not about codes."""
    con = made.con
    if not about_codes:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE said AS SELECT thread_id, thread_id AS unit_id, NULL::VARCHAR AS code, "
            "NULL::VARCHAR AS coder, NULL::VARCHAR AS quote FROM quoted_cell"
        )
        return
    wheres = [*_conditions(made), *_sides(made, values)]
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE said AS SELECT codings.* FROM {from_clause(['codings'])} "  # noqa: S608 - declared names
        f"SEMI JOIN quoted_cell USING (thread_id) WHERE {' AND '.join(['true', *(each.sql for each in wheres)])}",
        [value for each in wheres for value in each.values],
    )


def _conditions(made: Pairs) -> list[Where]:
    """What the question asks of codings; a code that was decided is looked for among those that coders gave."""
    return [
        Where(where.sql.replace("decisions.", "codings."), where.values)
        for table, where in made.selection.by_table
        if table in ("codings", "codes")
    ]


def _sides(made: Pairs, values: Mapping[str, Value]) -> list[Where]:
    """The values of the cell that are of codings; of two codes, a unit has both, and a passage either."""
    codes: list[Where] = []
    others: list[Where] = []
    for side, value in values.items():
        variable = made.question.sides[side]
        if variable.of_codebook or variable.table == "codings":
            sql = f"{variable.sql.replace('decisions.', 'codings.')} IS NOT DISTINCT FROM ?"
            (codes if variable.of_codebook else others).append(Where(sql, (value,)))
    either = [f"({' OR '.join(each.sql for each in codes)})"] if codes else []
    return [*others, *(Where(sql, tuple(v for each in codes for v in each.values)) for sql in either)]


def texts(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the study has any words that can be quoted; a package may have been made without."""
    query = "SELECT 1 FROM {} WHERE trim({}) <> '' LIMIT 1"
    return any(con.execute(query.format(*of)).fetchone() for of in (("codings", "quote"), ("posts", "body")))
