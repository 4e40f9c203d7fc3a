"""The tables of the report that count models."""

import duckdb

from analysis.interval import said
from analysis.prevalence import counts
from analysis.report.sheet import Sheet

_NOTE = (
    "Percentages are of the repositories of the row, with the 95 % Wilson interval; it begins where nothing unknown "
    "counts and ends where all of it does. Published criteria are a tag, names of files, and all of OpenMMLab; what a "
    "loader executes of a repository, its configuration and entry points say."
)


def models(con: duckdb.DuckDBPyConnection) -> list[Sheet]:
    """Prevalence and formats; both without rows if there are no models."""
    return [_prevalence(con), _formats(con)]


def _prevalence(con: duckdb.DuckDBPyConnection) -> Sheet:
    sums = counts.count(con)
    rows = counts.platforms(sums)
    names = ("platform", "repositories", "by published criteria", "share", "executed by the loader", "share")
    return Sheet(
        "prevalence",
        f"Repositories that need custom code, out of {sums[-2].models if sums else 0:,} listed",
        (*names, "not known of the loader", "mirrors"),
        [_line(row) for row in rows],
        _NOTE,
        "No models have been listed yet. They come with: scan models",
        counts.COLUMNS,
        rows,
    )


def _line(row: dict[str, object]) -> tuple[object, ...]:
    known = (row["platform"], row["models"], row["published"], said(row, "published"))
    return (*known, row["loader"], said(row, "loader"), row["loader_unknown"], row["mirrors"])


def _formats(con: duckdb.DuckDBPyConnection) -> Sheet:
    rows: list[tuple[object, ...]] = [
        (row["platform"], row["formats"], row["models"], row["of"], said(row)) for row in counts.formats(con)
    ]
    names = ("platform", "weights", "repositories", "of", "share")
    return Sheet("formats", "Formats of weights, out of the repositories of each platform", names, rows)
