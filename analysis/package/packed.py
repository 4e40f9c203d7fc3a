"""The tables of a study as a package has them: as they are, or without the words that it leaves out."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from analysis.integration.mentions import spoken
from analysis.integration.naming import NAMED
from analysis.package.words import Kind, Texts, left_out
from codebook import row_groups, tables
from codebook.errors import StudyError
from codebook.rows import TABLES, Row
from codebook.study import Study, file_sha256

_GONE = """
CREATE TEMP TABLE taken_down AS
    SELECT thread_id FROM threads WHERE gone IN ('deleted', 'private', 'gone');
CREATE TEMP TABLE with_gaps AS
    SELECT DISTINCT thread_id FROM posts WHERE gone AND thread_id NOT IN (FROM taken_down);
CREATE TEMP TABLE standing AS
    SELECT thread_id, string_agg(body, chr(10)) AS said FROM posts SEMI JOIN with_gaps USING (thread_id)
    WHERE NOT gone GROUP BY thread_id;
"""
"""Threads that are not where they were; threads of which a post is gone, with what still stands in them."""

_TOLD = f"""
CREATE TEMP TABLE told AS
WITH paths AS (
    SELECT thread_id, position, string_split(unnest(regexp_extract_all(lower(body), '{NAMED}')), '/') AS part FROM posts
    WHERE contains(body, '/') AND EXISTS (FROM models)
), pairs AS (
    SELECT thread_id, position,
           unnest([part[i] || '/' || rtrim(part[i + 1], '.-') for i in range(1, len(part))]) AS what FROM paths
), known AS (SELECT DISTINCT lower(owner || '/' || name) AS what FROM models),
texts AS (
    SELECT thread_id, position, lower(body) AS text FROM posts
    UNION ALL SELECT thread_id, 0, lower(title) FROM threads
), found AS (
    SELECT thread_id, position, what FROM pairs SEMI JOIN known USING (what)
    UNION ALL SELECT thread_id, position, unnest(regexp_extract_all(text, ?)) FROM texts
)
SELECT thread_id, position, string_agg(DISTINCT what, chr(10) ORDER BY what) AS told FROM found
GROUP BY thread_id, position
"""  # noqa: S608 - a constant
"""Per post the models of the study that it names, and the words for weaknesses in it: what joins look for in texts.

Those of a title are with the opening post.
"""

_ONLY_TOLD = (
    "coalesce((SELECT told FROM told WHERE told.thread_id = posts.thread_id AND told.position = posts.position), '')"
)

_TAKEN_DOWN = "{thread} IN (FROM taken_down)"
_NOT_STANDING = (
    "({thread} IN (FROM with_gaps) AND NOT coalesce((SELECT bool_or(contains(said, {column})) FROM standing "
    "WHERE standing.thread_id = {thread}), false))"
)


@dataclass
class Packed:
    """What became of the tables.

    Args:
        before: SHA-256 of each table in the study, by label.
        after: The same of each table in the package.
        emptied: Columns whose words are left out, by table, with the number of values.
    """

    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    emptied: dict[str, dict[str, int]] = field(default_factory=dict)


def pack(study: Study, folder: Path, texts: Texts) -> Packed:
    """Write every table of a study to ``folder / "tables"``.

    Args:
        study: The study.
        folder: Where the package is made.
        texts: Which words go along.

    Raises:
        StudyError: A table has not the columns of the data dictionary, or a request to forget is not carried out yet.
    """
    packed, place = Packed(), folder / "tables"
    place.mkdir(parents=True)
    with study.connect() as con:
        con.execute(_GONE)
        con.execute(_TOLD, [spoken()])
        for name, row_type in TABLES.items():
            if study.table(name).exists():
                packed.before[f"tables/{name}.parquet"] = file_sha256(study.table(name))
                _table(con, study, name, row_type, place / f"{name}.parquet", texts, packed)
                packed.after[f"tables/{name}.parquet"] = file_sha256(place / f"{name}.parquet")
    shutil.rmtree(place / ".spill", ignore_errors=True)
    return packed


def _table(
    con: duckdb.DuckDBPyConnection,
    study: Study,
    name: str,
    row_type: type[Row],
    path: Path,
    texts: Texts,
    packed: Packed,
) -> None:
    stated = {column.name: column for column in tables.columns(row_type)}
    found = {line[0] for line in con.execute(f"DESCRIBE {name}").fetchall()}
    if missing := sorted(set(stated) - found):
        raise tables.unreadable(study.table(name), ValueError(f"it lacks the columns {', '.join(missing)}"))
    blanks = _blanks(name, row_type, texts)
    counted = _changed(con, name, blanks)
    if not counted and found == set(stated):
        shutil.copyfile(study.table(name), path)
        return
    packed.emptied.update({name: counted} if counted else {})
    chosen = ", ".join(f'{blanks.get(column, _quoted(column))} AS "{column}"' for column in stated)
    order = ", ".join(f'"{column}" NULLS FIRST' for column in row_type.order())
    group = row_groups.largest(con, tables.one_file(study.table(name)))
    con.execute(
        f"COPY (SELECT {chosen} FROM {name} ORDER BY {order}) TO {tables.literal(path)} "  # noqa: S608 - names of the data dictionary
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {group})"
    )


def _blanks(name: str, row_type: type[Row], texts: Texts) -> dict[str, str]:
    """Per column of words, the SQL of what the package has in its place."""
    of = {column.name: column for column in tables.columns(row_type)}
    never = left_out(name, texts)
    blanks: dict[str, str] = {}
    for column, kind in left_out(name, "none").items():
        empty = _ONLY_TOLD if name == "posts" else "NULL" if of[column].nullable else "''"
        if column in row_type.KEY:  # rows stay apart
            empty = f"'sha256:' || sha256({_quoted(column)})"
        if column in never:
            blanks[column] = f"CASE WHEN {_quoted(column)} = '' THEN '' ELSE {empty} END"
        elif condition := _taken_down(name, column, kind, of):
            blanks[column] = f"CASE WHEN {condition} THEN {empty} ELSE {_quoted(column)} END"
    return blanks


def _taken_down(name: str, column: str, kind: Kind, of: dict[str, tables.Column]) -> str:
    """SQL that is true where these words are not where they were said any more; empty if they were said nowhere."""
    thread = f"{name}.thread_id" if "thread_id" in of else ""
    if name == "shown":
        thread = "(SELECT min(thread_id) FROM units WHERE units.unit_id = shown.unit_id)"
    if not thread or (kind == "said" and name != "threads"):
        return ""
    gone = [_TAKEN_DOWN.format(thread=thread)]
    if name == "posts":
        gone.append("posts.gone")
    elif kind == "passage":
        gone.append(_NOT_STANDING.format(thread=thread, column=_quoted(column)))
    elif name == "shown":
        gone.append(f"{thread} IN (FROM with_gaps)")
    return " OR ".join(gone)


def _changed(con: duckdb.DuckDBPyConnection, name: str, blanks: dict[str, str]) -> dict[str, int]:
    """How many values of each column the package has not."""
    counted = {}
    for column, blank in blanks.items():
        query = f"SELECT count(*) FROM {name} WHERE {_quoted(column)} IS DISTINCT FROM ({blank})"  # noqa: S608 - as above
        counted[column] = int((con.execute(query).fetchone() or (0,))[0])
    return {column: n for column, n in counted.items() if n}


def _quoted(column: str) -> str:
    return f'"{column}"'


def must_have_forgotten(open_commands: list[str]) -> None:
    """See that nobody who asked to be forgotten would be in the package.

    Raises:
        StudyError: ``collect forget`` was begun, and its tables are not made anew yet.
    """
    if "collect forget" in open_commands:
        raise StudyError(
            "somebody is to be forgotten, and that is not done",
            where="collect forget",
            hint="Run the same collect forget again, then: analysis package",
        )
