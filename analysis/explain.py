"""What is behind one cell of a crosstab: the rows of each joined table, each with the run that wrote it."""

from collections.abc import Iterator
from typing import Any

from analysis.crosstab import Crosstab, Pairs, present
from analysis.layout import Rows
from analysis.values import Value, chosen, known
from analysis.variables import Variable
from codebook.ledger import open_runs, runs
from codebook.study import Study

_SHOWN: dict[str, tuple[str, ...]] = {
    "threads": ("thread_id", "title", "url"),
    "exclusions": ("thread_id", "stage", "reason", "by"),
    "codings": ("thread_id", "unit_id", "coder", "code", "quote"),
    "decisions": ("thread_id", "unit_id", "by", "code", "reason"),
    "models": ("model_id", "platform"),
    "model_files": ("model_id", "path", "sha256"),
    "outcomes": ("tool", "tool_version", "sha256", "status", "reason"),
    "findings": ("finding_id", "tool", "rule", "cwe", "severity", "sha256", "line"),
    "claims": ("claim_id", "platform", "mechanism", "level", "path", "line", "quote"),
}
_RUN = ("run_id", "command", "at")


def columns(made: Pairs) -> list[str]:
    """The columns of :func:`behind`: the table, what identifies its row and what it says, and the run."""
    shown = [name for table, names in _SHOWN.items() if table in made.question.tables for name in names]
    return ["table", *dict.fromkeys(shown), *_RUN]


def cell(made: Pairs, table: Crosstab, row: str, col: str) -> tuple[Value, Value]:
    """The cell that a user names by labels or ids.

    Raises:
        StudyError: There is no such row or column; the nearest is named.
    """
    question, book = table.question, table.book
    found = []
    for variable, values, given in ((question.rows, table.rows, row), (question.cols, table.cols, col)):
        there: list[Value] = [*values, *present(made.con, variable)]
        found.append(chosen(variable, given, known(variable, there, book), book))
    return found[0], found[1]


def behind(study: Study, made: Pairs, row: Value, col: Value) -> Rows:
    """The rows behind a cell, thread by thread: of ``threads``, then of ``codings`` or ``decisions``, and so on.

    Each row has the columns that :func:`columns` names; those that its table does not have are absent.
    """
    ledger = {line["run_id"]: line for line in (*open_runs(study), *runs(study))}
    shown = [name for name in _SHOWN if name in made.question.tables]
    rows = [(place, each) for place, name in enumerate(shown) for each in _of_table(made, name, row, col)]
    rows.sort(key=lambda each: (str(each[1].get("thread_id", "")), each[0]))
    return [each | _run(ledger, each["run_id"]) for _, each in rows]


def _run(ledger: dict[str, dict[str, Any]], run_id: object) -> dict[str, object]:
    line = ledger.get(str(run_id), {})
    return {"command": line.get("command", "(not in the ledger)"), "at": line.get("at")}


def _of_table(made: Pairs, name: str, row: Value, col: Value) -> Iterator[dict[str, object]]:
    """The distinct rows of one table; names come from the declarations here, values as parameters."""
    question = made.question
    names = (*_SHOWN[name], "run_id")
    selected = ", ".join(f'{name}."{column}"' for column in names)
    units = "SELECT unit FROM pairs WHERE r IS NOT DISTINCT FROM ? AND c IS NOT DISTINCT FROM ?"
    queries, values = [], []
    for condition, wanted in _sides(question.rows, question.cols, row, col, together=question.together):
        queries.append(f"SELECT DISTINCT {selected} {made.joined()} AND {question.key} IN ({units}) AND {condition}")
        values += [*made.values, row, col, *wanted]
    cursor = made.con.execute(f"{' UNION '.join(queries)} ORDER BY ALL", values)
    while batch := cursor.fetchmany(1000):
        for each in batch:
            yield {"table": name} | dict(zip(names, each, strict=True))


def _sides(
    rows: Variable, cols: Variable, row: Value, col: Value, *, together: bool
) -> list[tuple[str, tuple[Value, ...]]]:
    """What a row behind the cell fulfils: both values, or either where a unit has them in different rows."""
    is_row, is_col = f"{rows.sql} IS NOT DISTINCT FROM ?", f"{cols.sql} IS NOT DISTINCT FROM ?"
    return [(is_row, (row,)), (is_col, (col,))] if together else [(f"{is_row} AND {is_col}", (row, col))]
