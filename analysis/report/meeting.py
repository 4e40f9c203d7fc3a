"""Where what people say and what is there meet, as the report shows what the joins count."""

from collections.abc import Iterable, Iterator, Mapping

import duckdb

from analysis.integration import gap
from analysis.integration.joint import JOINTS, unanswerable
from analysis.interval import said as with_interval
from analysis.lacking import lacking
from analysis.report.sheet import Sheet, of_table
from codebook.render import Rows
from codebook.study import Study


def meeting(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[Sheet]:
    """Concern beside risk per platform, then every join; a join without rows says what is missing.

    Args:
        con: A connection of its own: joins lay tables out on it.
        study: The study.
    """
    rows = gap.rows(con, study)
    yield _gap(rows, _said((*gap.notes(con, study), *gap.said(rows, study))) if rows else "")
    for name, joint in JOINTS.items():
        unanswered = unanswerable(con, study, joint)
        rows = [] if unanswered else joint.rows(con, study)
        notes = _said(joint.notes(con, study)) if rows else ""
        lacks = _said([unanswered, *lacking(con, joint.needs)]) or "no row of the one meets one of the other."
        yield of_table(
            f"join-{name}", joint.meaning, rows, joint.columns, note=notes, missing=f"{joint.meaning}: {lacks}"
        )


def _gap(rows: Rows, note: str) -> Sheet:
    names = ("platform", "coded threads", "concerned", "share", "models", "with findings", "per 1,000", "not known")
    lines = [
        (
            *(row.get(name) for name in ("platform", "threads", "concern")),
            with_interval(row, "concern"),
            *(row.get(name) for name in ("models", "with_findings")),
            _per_thousand(row),
            *(row.get(name) for name in ("not_known", "level_now", "rank_difference")),
        )
        for row in rows
    ]
    return Sheet(
        "gap",
        "Concern beside risk: per platform, how many of the coded threads are concerned, and in how many of 1,000 "
        "models with files that loading executes a scanner found a weakness (CWE)",
        (*names, "weakest gate now", "rank difference"),
        lines,
        note,
        "No platform has both threads and models yet. They come with: collect threads, coding pull, scan models, "
        "scan code",
        gap.COLUMNS,
        rows,
    )


def _per_thousand(row: Mapping[str, object]) -> str:
    known = (row.get("risk_per_1000"), row.get("risk_low"), row.get("risk_high"))
    if not all(isinstance(value, float) for value in known):
        return "-"
    return f"{known[0]:.0f} ({known[1]:.0f} to {known[2]:.0f})"


def _said(lines: Iterable[str]) -> str:
    """Notes as sentences."""
    return " ".join(f"{line[0].upper()}{line[1:].rstrip('.')}." for line in lines if line)
