"""``codebook check``: whether a study folder is what it says it is.

Rebuilding a stage's tables is the stage's own work; it is called as a command in a process of its own, so that this
package imports no stage.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from codebook import tables
from codebook.checks import invariants, packaged, runs
from codebook.errors import StudyError
from codebook.rebuilding import compared, made_again, measured_again
from codebook.rows import TABLES
from codebook.study import Study, file_sha256
from codebook.versions import recorded

REBUILDS = {
    "collect": ("collect", "threads", "--from-raw"),
    "coding": ("coding", "pull", "--from-raw"),
    "scan": ("scan", "models", "--from-raw"),
    "platforms": ("platforms", "fetch", "--from-raw"),
    "exchange": ("codebook", "import", "--from-raw"),
}
"""Per folder of raw records, the command that rebuilds its tables from them."""

REFERENCES = (
    ("posts", "thread_id", "threads"),
    ("exclusions", "thread_id", "threads"),
    ("screenings", "thread_id", "threads"),
    ("screened", "thread_id", "threads"),
    ("ranking", "thread_id", "threads"),
    ("units", "thread_id", "threads"),
    ("offered", "thread_id", "threads"),
    ("withheld", "thread_id", "threads"),
    ("codings", "thread_id", "threads"),
    ("taken", "thread_id", "threads"),
    ("proposals", "thread_id", "threads"),
    ("recode", "thread_id", "threads"),
    ("decisions", "thread_id", "threads"),
    ("frozen", "thread_id", "threads"),
    ("topics", "thread_id", "threads"),
    ("suggestions", "thread_id", "threads"),
    ("model_files", "model_id", "models"),
)
"""Columns whose values must be keys of another table."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of one check.

    Args:
        check: What was checked.
        where: File or table.
        result: ok, failed, or not checked.
        what: What is wrong, or why it was not checked.
    """

    check: str
    where: str
    result: str
    what: str = ""


def check(study: Study) -> Iterator[Checked]:
    """Run every check; ``study.toml`` has been validated by opening the study."""
    yield Checked("settings are valid", "study.toml", "ok")
    yield _codebook(study)
    yield _recorded(study)
    readable: list[str] = []
    with tables.connect(study.path / "tables") as con:
        yield from _tables(con, study, readable)
    yield from (Checked(*each) for each in invariants.results(study, readable))
    yield from _contents(study)
    yield from (Checked(*each) for each in packaged.results(study))
    for stage in REBUILDS:
        yield from _rebuilt(study, stage)
    yield from (Checked("equals what measuring again gives", *each) for each in measured_again(study))


def _tables(con: duckdb.DuckDBPyConnection, study: Study, readable: list[str]) -> Iterator[Checked]:
    """Every table by itself, and what it refers to; ``readable`` fills with those that fit the data dictionary."""
    for name in TABLES:
        if study.table(name).exists():
            result = _schema(con, study, name)
            readable.append(name) if result.result == "ok" else None
            yield result
    known, written = runs.known(study), runs.written(study)
    for name in readable:
        yield from (Checked(*each) for each in runs.of_table(con, study, name, known, written))
    yield from _references(con, study, readable)


def _contents(study: Study) -> Iterator[Checked]:
    """Whether the contents of models' files and of releases, each kept under its hash, are still those."""
    for stage in ("scan", "platforms"):
        name, label = "every content has the hash that is its name", f"raw/{stage}/blobs"
        found = sorted((study.path / label).glob("??/*"))
        wrong = [
            each.name for each in found if each.is_symlink() or not each.is_file() or file_sha256(each) != each.name
        ]
        what = f"{len(wrong)} of {len(found)} do not: {', '.join(wrong[:2])}" if wrong else ""
        if found:
            yield Checked(name, label, "failed" if wrong else "ok", what)


def _codebook(study: Study) -> Checked:
    name = "codebook is valid"
    if not study.has_codebook:
        return Checked(name, "codebook.yaml", "not checked", "the study has none yet")
    try:
        book = study.codebook
    except StudyError as error:
        return Checked(name, error.where or "codebook.yaml", "failed", error.what)
    used = _values(study, "codings", "code") | _values(study, "decisions", "code")
    unknown = sorted(code for code in used if code and code not in book.codes)
    what = f"codings name codes that it does not have: {', '.join(unknown[:5])}" if unknown else ""
    return Checked(name, "codebook.yaml", "failed" if unknown else "ok", what)


def _recorded(study: Study) -> Checked:
    """Whether ``codebook.yaml`` is a version that is recorded, or is newer than all of them."""
    name, where = "codebook has a version for every edit", "codebook.yaml"
    if not (study.path / where).exists() or not recorded.chain(study).books:
        return Checked(name, where, "not checked", "no version is recorded yet")
    try:
        recorded.check(study)
    except StudyError as error:
        return Checked(name, where, "failed", error.what)
    return Checked(name, where, "ok")


def _values(study: Study, table: str, column: str) -> set[str]:
    if not study.table(table).exists():
        return set()
    try:
        with tables.connect(study.path / "tables") as con:
            query = f'SELECT DISTINCT "{column}" FROM {tables.parquet(study.table(table))}'  # noqa: S608 - our names
            return {v for (v,) in con.execute(query).fetchall()}
    except duckdb.Error:
        return set()  # the table's own row says that it cannot be read


def _schema(con: duckdb.DuckDBPyConnection, study: Study, name: str) -> Checked:
    source, label = tables.parquet(study.table(name)), f"tables/{name}.parquet"
    expected = {c.name: c for c in tables.columns(TABLES[name])}
    try:
        found = {n: t for n, t, *_ in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}  # noqa: S608 - a path
        if found != {n: c.sql_type for n, c in expected.items()}:
            different = sorted(set(found.items()) ^ {(n, c.sql_type) for n, c in expected.items()})
            return Checked("rows fit the dictionary", label, "failed", f"columns differ: {different[:4]}")
        wrong = [n for n, c in expected.items() if _breaks(con, source, c)]
    except duckdb.Error as error:
        return Checked("rows fit the dictionary", label, "failed", str(error).splitlines()[0])
    what = f"values that the data dictionary does not allow in: {', '.join(wrong)}" if wrong else ""
    return Checked("rows fit the dictionary", label, "failed" if wrong else "ok", what)


def _breaks(con: duckdb.DuckDBPyConnection, source: str, column: tables.Column) -> bool:
    tests = [] if column.nullable else [f'"{column.name}" IS NULL']
    words = "[" + ", ".join(tables.literal(c) for c in column.choices) + "]"
    if column.choices and column.many:
        tests.append(f'NOT list_has_all({words}, "{column.name}")')
    elif column.choices:
        tests.append(f'NOT list_contains({words}, "{column.name}")')
    if not tests:
        return False
    query = f"SELECT 1 FROM {source} WHERE {' OR '.join(tests)} LIMIT 1"  # noqa: S608 - names and words are our own
    return con.execute(query).fetchone() is not None


def _references(con: duckdb.DuckDBPyConnection, study: Study, readable: list[str]) -> Iterator[Checked]:
    for table, column, other in REFERENCES:
        if table not in readable:
            continue
        name, label = f"every {column} is in {other}", f"tables/{table}.parquet"
        if other not in readable and study.table(other).exists():
            yield Checked(name, label, "not checked", f"{other} cannot be read")
            continue
        lost = _without_row(con, study, table, column, other)
        yield Checked(name, label, "failed" if lost else "ok", f"{lost} rows have no row in {other}" if lost else "")


def _without_row(con: duckdb.DuckDBPyConnection, study: Study, table: str, column: str, other: str) -> int:
    lost = f"SELECT count(*) FROM {tables.parquet(study.table(table))}"  # noqa: S608 - our names
    if study.table(other).exists():
        lost += f" ANTI JOIN {tables.parquet(study.table(other))} USING ({column})"
    (count,) = con.execute(lost).fetchone() or (0,)
    return int(count)


def _rebuilt(study: Study, stage: str) -> Iterator[Checked]:
    name = "equals what its raw records give"
    if not any((study.path / "raw" / stage).glob("*/*.jsonl.gz")):
        yield Checked(name, f"raw/{stage}", "not checked", "there are no raw records")
        return
    with TemporaryDirectory(prefix="check-", dir=study.private) as folder:
        done = made_again(study, REBUILDS[stage], Path(folder))
        if done.returncode:
            yield Checked(name, f"raw/{stage}", "failed", done.stderr.strip()[-300:])
            return
        for line in done.stderr.splitlines():
            yield Checked("raw records are whole", f"raw/{stage}", "failed", line)
        made = sorted(Path(folder).glob("*.parquet"))
        if not made:
            yield Checked(name, f"raw/{stage}", "failed", "the rebuild made no table")
        yield from (Checked(name, *compared(study, rebuilt)) for rebuilt in made)
