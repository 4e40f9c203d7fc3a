"""The tables of the report that count findings."""

import duckdb

from analysis.interval import said
from analysis.report.sheet import Sheet
from analysis.risk import counts
from codebook.render import Rows

_NOTE = (
    "Of each platform, the models that have a file which loading executes. Not known are those without a finding of "
    "which a file was not scanned; the 95 % Wilson interval begins where none of them has one and ends where all have. "
    "A finding counts in each file that has its content. A tool with no files here looks at others only, such as "
    "weights, which `analysis risk --all` counts: that it found nothing says nothing."
)


def findings(con: duckdb.DuckDBPyConnection) -> list[Sheet]:
    """Tools, weaknesses, and what was not scanned; all without rows if no tool has looked at anything.

    Args:
        con: A connection on which the corpus is laid out.
    """
    return [_tools(counts.tools(con)), _weaknesses(counts.weaknesses(con, 5)), _not_scanned(counts.not_scanned(con))]


def _tools(rows: Rows) -> Sheet:
    names = ("platform", "tool", "models", "with findings", "share", "not known", "files", "not scanned", "findings")
    lines = [
        (
            *(row[name] for name in ("platform", "tool", "models", "with_findings")),
            said(row),
            *(row[name] for name in ("not_known", "files", "not_scanned", "findings")),
            "-" if row["per_kloc"] is None else f"{row['per_kloc']:.2f}",
        )
        for row in rows
    ]
    caption = "What scanners found in code that loading executes, out of the models that have such files"
    missing = "No scanner has looked at anything yet. It comes with: scan models, scan fetch, scan code"
    return Sheet("risk", caption, (*names, "per 1,000 lines"), lines, _NOTE, missing, counts.TOOLS, rows)


def _weaknesses(rows: Rows) -> Sheet:
    lines = [
        tuple(row[n] for n in ("platform", "cwe", "weaknesses", "by_one_tool", "by_two", "by_more")) for row in rows
    ]
    names = ("platform", "weakness", "found", "by one tool", "by two", "by more")
    note = "Reports of several tools about the same lines and an equivalent weakness are one. The five commonest."
    return Sheet("weaknesses", "Weaknesses, each once", names, lines, note)


def _not_scanned(rows: Rows) -> Sheet:
    lines = [tuple(row[n] for n in ("tool", "status", "reason", "contents", "files", "models")) for row in rows[:20]]
    more = f"{len(rows) - 20} more reasons are not shown." if len(rows) > 20 else ""  # noqa: PLR2004 - as above
    return Sheet("not-scanned", "Not scanned, so not clean", counts.NOT_SCANNED, lines, more)
