"""The command ``platforms status``."""

from pathlib import Path

import click

from codebook.command import say, show, shows_a_table, with_study
from codebook.study import Study

COLUMNS = (
    "platform",
    "evidence",
    "name",
    "items",
    "read",
    "partial",
    "not_read",
    "withdrawn",
    "files",
    "first",
    "last",
)

_STATUS = """
SELECT platform, 'releases' AS evidence, package AS name, count(*) AS items, count(*) FILTER (state = 'read') AS read,
       count(*) FILTER (state = 'partial') AS partial, count(*) FILTER (state = 'not_read') AS not_read,
       count(*) FILTER (yanked) AS withdrawn, sum(files)::BIGINT AS files,
       strftime(min(released), '%Y-%m-%d') AS first, strftime(max(released), '%Y-%m-%d') AS last
FROM releases GROUP BY platform, package
UNION ALL
SELECT platform, 'documents', NULL, count(*), count(*) FILTER (problem IS NULL), 0,
       count(*) FILTER (problem IS NOT NULL), count(*) FILTER (NOT current), count(*),
       strftime(min(coalesce(dated, read_at)), '%Y-%m-%d'), strftime(max(coalesce(dated, read_at)), '%Y-%m-%d')
FROM documents GROUP BY platform
ORDER BY 1, 2 DESC, 3
"""

_PROBLEMS = """
SELECT package || ' ' || version, problem FROM releases WHERE problem IS NOT NULL
UNION ALL SELECT url, problem FROM documents WHERE problem IS NOT NULL ORDER BY 1
"""
_SHOWN = 10


@click.command()
@shows_a_table
@with_study
def status(study: Study, fmt: str, output: Path | None) -> None:
    """Releases and documents that are kept, by platform, and of which there is a problem.

    A release is read if every member that an extractor wants is kept, partial if some are not. Withdrawn are releases
    that were yanked, and documents that are not there any more as they were read. Dates are those of releases, and
    those of documents where a manifest has them, else when they were read.
    """
    with study.connect() as con:
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in con.execute(_STATUS).fetchall()]
        problems = con.execute(_PROBLEMS).fetchall()
    if not rows:
        say("nothing has been got into this study; run: platforms fetch")
    for where, problem in problems[:_SHOWN]:
        say(f"{where}: {problem}")
    if len(problems) > _SHOWN:
        say(f"and {len(problems) - _SHOWN} more; the tables releases and documents say what")
    if rows or fmt != "text":
        show(rows, COLUMNS, fmt, output)
