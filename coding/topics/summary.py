"""Topics as tables for people: with words, size and representative units, and by source or year."""

from collections.abc import Sequence
from typing import Literal

from codebook.errors import StudyError
from codebook.render import Rows
from codebook.study import Study
from coding.topics.limits import OUTLIERS

By = Literal["source", "year"]

NAMES = ("topic", "code", "units", "share", "words", "representative", "example")

_TOPICS = """
SELECT topic, any_value(code) AS code, count(*) AS units, count(*) / (SELECT count(*) FROM topics) AS share,
    any_value(topics.words) AS words,
    list(unit_id ORDER BY representative) FILTER (representative IS NOT NULL) AS representative,
    any_value(title) FILTER (representative = 1) AS example
FROM topics LEFT JOIN threads USING (thread_id) GROUP BY topic ORDER BY topic = -1, topic
"""

_BY = """
SELECT topic, any_value(topics.words) AS words, {value} AS value, count(*) AS units
FROM topics LEFT JOIN threads USING (thread_id) LEFT JOIN posts ON posts.post_id = unit_id
GROUP BY topic, value ORDER BY topic = -1, topic, value
"""

_VALUES = {
    "source": "coalesce(threads.source, 'unknown')",
    "year": "coalesce(CAST(year(coalesce(posts.created_at, threads.created_at)) AS VARCHAR), 'no year')",
}


def topics(study: Study) -> Rows:
    """The topics by number, the outliers last.

    Raises:
        StudyError: There are none.
    """
    with study.connect() as con:
        rows = con.execute(_TOPICS).fetchall()
    return [dict(zip(NAMES, row, strict=True)) for row in _some(study, rows)]


def topics_by(study: Study, by: By) -> tuple[Rows, list[str]]:
    """Units per topic and source or year: the rows, with their sum last, and the names of the columns.

    Raises:
        StudyError: There are none.
    """
    with study.connect() as con:
        found = _some(study, con.execute(_BY.format(value=_VALUES[by])).fetchall())
    values = sorted({value for _, _, value, _ in found})
    columns = {value: value if value not in ("topic", "words") else f"{value} ({by})" for value in values}
    rows: dict[int, dict[str, object]] = {}
    total: dict[str, object] = {"topic": "all", "words": ()} | dict.fromkeys(columns.values(), 0)
    for topic, words, value, units in found:
        row = rows.setdefault(topic, {"topic": topic, "words": words} | dict.fromkeys(columns.values(), 0))
        row[columns[value]] = units
        total[columns[value]] = int(str(total[columns[value]])) + units
    return [*rows.values(), total], ["topic", *columns.values(), "words"]


def _some(study: Study, rows: Sequence[tuple[object, ...]]) -> list[tuple]:  # type: ignore[type-arg] # of DuckDB
    if not rows:
        raise StudyError("there are no topics yet", where=str(study.table("topics")), hint="Run: coding topics")
    return list(rows)


def is_outlier(row: dict[str, object]) -> bool:
    """Whether a row is that of the outliers."""
    return row["topic"] == OUTLIERS
