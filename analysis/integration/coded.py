"""Which codes a thread has, for joins: those of the decisions, else of the codings."""

from collections.abc import Iterable, Iterator

import duckdb

from analysis.joins import from_clause
from analysis.spelling import hint
from codebook.errors import StudyError
from codebook.recoded import STANDING
from codebook.study import Study


def lay_out(con: duckdb.DuckDBPyConnection, study: Study) -> str:
    """Make the temporary table ``coded(thread_id, code, theme)`` of the included threads that were read.

    A thread that was read and given no code has one row, in which both are null.

    Returns:
        ``decisions``, ``codings``, or nothing where there are neither.

    Raises:
        StudyError: There are codes, and no codebook that can be read.
    """
    origin = _origin(con)
    con.execute("CREATE OR REPLACE TEMP TABLE coded (thread_id VARCHAR, code VARCHAR, theme VARCHAR)")
    if not origin:
        return ""
    book = study.codebook
    con.execute("CREATE OR REPLACE TEMP TABLE codes (code VARCHAR, theme VARCHAR)")
    con.executemany("INSERT INTO codes VALUES (?, ?)", [(code, book.theme_of(code).id) for code in book.codes])
    threads = from_clause(["threads"])
    con.execute(
        f"""INSERT INTO coded SELECT DISTINCT thread_id, nullif(code, ''), theme FROM {from_clause([origin])}
        SEMI JOIN (SELECT thread_id FROM {threads} WHERE included) AS kept USING (thread_id)"""  # noqa: S608 - declared names
    )
    con.execute(
        "DELETE FROM coded WHERE code IS NULL AND thread_id IN (SELECT thread_id FROM coded WHERE code IS NOT NULL)"
    )
    return origin


def lay_out_read(con: duckdb.DuckDBPyConnection, codes: list[str]) -> None:
    """Make the temporary table ``read(thread_id, meant)`` of the included threads that were read.

    ``meant`` says whether a thread has one of ``codes``: all that some joins need, and quicker than all codes.
    """
    rows = "decisions" if _origin(con) == "decisions" else f"({STANDING})"
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE read AS
        FROM (SELECT thread_id, bool_or(code IN (SELECT unnest(?::VARCHAR[]))) AS meant FROM {rows} GROUP BY thread_id)
        SEMI JOIN (SELECT thread_id FROM {from_clause(["threads"])} WHERE included) AS kept USING (thread_id)""",  # noqa: S608 - declared names
        [codes],
    )


def _origin(con: duckdb.DuckDBPyConnection) -> str:
    """The table that codes come from; nothing if none has rows."""
    return next((t for t in ("decisions", "codings") if con.execute(f"SELECT 1 FROM {t} LIMIT 1").fetchone()), "")  # noqa: S608 - two fixed names


def meaningless(con: duckdb.DuckDBPyConnection, study: Study) -> str:
    """What to say where there are codes and no codebook, so that nobody knows what they mean; nothing elsewhere."""
    if study.has_codebook or not _origin(con):
        return ""
    return (
        "there are codes, and no codebook.yaml that says what they mean, so that neither themes nor concern are "
        "counted; write one, or bring one in with: codebook import"
    )


def meant(study: Study, ids: Iterable[str], key: str) -> list[str]:
    """The codes that are meant by ids of codes and themes: those, and all that stand under them.

    Args:
        study: The study, with a codebook if there are any ids.
        ids: As they stand in ``study.toml``.
        key: Where they stand there, for the error.

    Raises:
        StudyError: The codebook does not have one of them; the nearest is named.
    """
    wanted = list(ids)
    book = study.codebook if wanted else None
    for each in wanted:
        if book and each not in book.codes:
            raise StudyError(
                f"the codebook has no code {each!r}", where=f"study.toml, {key}", hint=hint(each, book.codes)
            )
    return [c for c in book.codes if {above.id for above in book.path(c)} & set(wanted)] if book else []


def notes(con: duckdb.DuckDBPyConnection, origin: str) -> Iterator[str]:
    """Where codes come from, and how many included threads have none because nobody read them."""
    if not origin:
        yield "no thread has been coded yet; run: coding pull, and coding adjudicate"
        return
    yield f"codes are those of the {origin}"
    threads = from_clause(["threads"])
    (left,) = con.execute(
        f"SELECT count(*) FROM {threads} WHERE included AND thread_id NOT IN (SELECT thread_id FROM coded)"  # noqa: S608 - a declared name
    ).fetchall()[0]
    if left:
        yield f"included threads without {origin}, not counted: {left}"


def themes(study: Study) -> list[str]:
    """The ids of the themes in the order of the codebook; none without one."""
    book = study.book
    return [code.id for code in book.themes()] if book else []
