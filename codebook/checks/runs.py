"""Whether every row says which run wrote it, and every table is as its last run left it."""

from collections.abc import Iterator

import duckdb

from codebook import ledger, tables
from codebook.checks.invariants import Result
from codebook.rows import TABLES
from codebook.study import Study, file_sha256

_RUN = "every row's run exists"
_LAST = "as its last run wrote it"


def of_table(
    con: duckdb.DuckDBPyConnection, study: Study, name: str, known: set[str], written: dict[str, str]
) -> Iterator[Result]:
    """The two results of one table that can be read.

    Args:
        con: A connection; opening one takes longer than the look at a small table.
        study: The study.
        name: The table.
        known: The runs there are, see :func:`known`.
        written: The hash that the last run gave to each file, see :func:`written`.
    """
    label = f"tables/{name}.parquet"
    query = f"SELECT run_id, count(*) FROM {tables.parquet(study.table(name))} GROUP BY run_id ORDER BY run_id"  # noqa: S608 - our names
    lost = [run for run, _ in con.execute(query).fetchall() if run not in known]
    what = f"rows of runs that runs.jsonl does not have: {', '.join(map(str, lost[:3]))}" if lost else ""
    yield _RUN, label, "failed" if lost else "ok", what
    if label not in written:
        yield _LAST, label, "not checked", "no finished run wrote it"
        return
    same = written[label] == file_sha256(study.table(name))
    yield _LAST, label, "ok" if same else "failed", "" if same else "its hash differs"


def known(study: Study) -> set[str]:
    """The ids of all runs, done and begun."""
    return {line["run_id"] for line in (*ledger.runs(study), *ledger.open_runs(study))}


def written(study: Study) -> dict[str, str]:
    """The hash of each file as the last run that wrote it left it."""
    last: dict[str, str] = {}
    for line in ledger.runs(study):
        last |= line.get("outputs", {})
    return last


def unwritten(study: Study) -> Iterator[str]:
    """One sentence per table that no run in the ledger has written so, or that has rows of a run that nobody knows."""
    runs, last = known(study), written(study)
    there = [name for name in TABLES if study.table(name).exists()]
    with tables.connect(study.path / "tables") as con:
        for name in there:
            try:
                wrong = [what for _, _, result, what in of_table(con, study, name, runs, last) if result == "failed"]
            except duckdb.Error:
                continue  # whoever reads the table says that it is damaged
            if wrong:
                yield f"The table {name} is not as the runs of this study wrote it: {'; '.join(wrong)}."
