"""What is behind one cell of a crosstab: the rows of each joined table, each with the run that wrote it."""

from collections.abc import Iterator
from typing import Any

from analysis.crosstab import Crosstab, Pairs, present
from analysis.values import Value, chosen, known
from codebook.ledger import open_runs, runs
from codebook.render import Rows
from codebook.study import Study

_SHOWN: dict[str, tuple[str, ...]] = {
    "threads": ("thread_id", "title", "url"),
    "matches": ("thread_id", "post_id", "keyword", "place"),
    "topics": ("thread_id", "unit_id", "topic"),
    "plan": ("thread_id", "unit_id", "coder", "stratum", "weight"),
    "exclusions": ("thread_id", "stage", "reason", "by"),
    "codings": ("thread_id", "unit_id", "coder", "code", "quote"),
    "decisions": ("thread_id", "unit_id", "by", "code", "reason"),
    "thread_platforms": ("thread_id", "platform", "why"),
    "thread_levels": ("thread_id", "platform", "level", "claims"),
    "thread_changes": ("thread_id", "platform", "change", "period", "claims"),
    "thread_models": ("thread_id", "model_id", "place"),
    "thread_findings": ("thread_id", "model_id", "finding_id", "tool", "rule", "cwe", "severity", "sha256", "line"),
    "models": ("model_id", "platform"),
    "model_files": ("model_id", "path", "sha256"),
    "contents": ("sha256", "suffix", "lines"),
    "outcomes": ("tool", "tool_version", "sha256", "status", "reason"),
    "findings": ("finding_id", "tool", "rule", "cwe", "severity", "sha256", "line"),
    "claims": ("claim_id", "platform", "mechanism", "level", "path", "line", "quote"),
}
_RUN = ("run_id", "command", "at")


def columns(made: Pairs) -> list[str]:
    """The columns of :func:`behind`: the table, what identifies its row and what it says, and the run."""
    shown = [name for table, names in _SHOWN.items() if table in made.question.tables for name in names]
    return ["table", *dict.fromkeys(shown), *_RUN]


def cell(made: Pairs, table: Crosstab, *given: str) -> dict[str, Value]:
    """The cell that a user names by labels or ids of its row, its column and, if there is one, its layer.

    Returns:
        The values by the columns of ``pairs``.

    Raises:
        StudyError: There is no such row, column or layer; the nearest is named.
    """
    question, book = table.question, table.book
    counted = {"r": table.rows, "c": table.cols}
    found = {}
    for (side, variable), text in zip(question.sides.items(), given, strict=False):
        there: list[Value] = [*counted.get(side, ()), *present(made.con, variable)]
        found[side] = chosen(variable, text, known(variable, there, book), book)
    return found


def behind(study: Study, made: Pairs, values: dict[str, Value]) -> Rows:
    """The rows behind a cell, thread by thread: of ``threads``, then of ``codings`` or ``decisions``, and so on.

    Each row has the columns that :func:`columns` names; those that its table does not have are absent. A cell without
    a layer is that of all layers.
    """
    ledger = {line["run_id"]: line for line in (*open_runs(study), *runs(study))}
    shown = [name for name in _SHOWN if name in made.question.tables]
    rows = [(place, each) for place, name in enumerate(shown) for each in _of_table(made, name, values)]
    rows.sort(key=lambda each: (str(each[1].get("thread_id", "")), each[0]))
    return [each | _run(ledger, each["run_id"]) for _, each in rows]


def _run(ledger: dict[str, dict[str, Any]], run_id: object) -> dict[str, object]:
    line = ledger.get(str(run_id), {})
    return {"command": line.get("command", "(not in the ledger)"), "at": line.get("at")}


def _of_table(made: Pairs, name: str, values: dict[str, Value]) -> Iterator[dict[str, object]]:
    """The distinct rows of one table; names come from the declarations here, values as parameters."""
    question = made.question
    names = (*_SHOWN[name], "run_id")
    selected = ", ".join(f'{name}."{column}"' for column in names)
    inside, within = _inside(made, values)
    queries, given = [], []
    for part in question.parts:
        here = {side: variable for side, variable in part.items() if side in values}
        condition = " AND ".join(f"{variable.sql} IS NOT DISTINCT FROM ?" for variable in here.values())
        queries.append(f"SELECT DISTINCT {selected} {made.joined()} AND {inside} AND {condition}")
        given += [*made.values, *within, *(values[side] for side in here)]
    cursor = made.con.execute(f"{' UNION '.join(queries)} ORDER BY ALL", given)
    while batch := cursor.fetchmany(1000):
        for each in batch:
            yield {"table": name} | dict(zip(names, each, strict=True))


def _inside(made: Pairs, values: dict[str, Value]) -> tuple[str, list[Value]]:
    """That a row is of a unit in the cell; every row with the values is, unless codes have a say in it."""
    question = made.question
    if not question.needs_codebook and len(question.parts) == 1:
        return "true", []
    condition = " AND ".join(f"{side} IS NOT DISTINCT FROM ?" for side in values)
    return f"{question.key} IN (SELECT unit FROM pairs WHERE {condition})", list(values.values())  # noqa: S608 - declared names
