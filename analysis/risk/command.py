"""``analysis risk``."""

from collections.abc import Callable, Iterator
from pathlib import Path

import click
import duckdb

from analysis.figures.option import draw, draws_a_picture
from analysis.figures.option import only as only_drawn
from analysis.figures.risk import risk as drawn
from analysis.risk import corpus, counts
from codebook.command import say, show, shows_a_table, with_study
from codebook.errors import StudyError
from codebook.render import Rows
from codebook.study import Study

_Part = tuple[tuple[str, ...], Callable[[duckdb.DuckDBPyConnection, int], Rows]]

_PARTS: dict[str, _Part] = {
    "tools": (counts.TOOLS, lambda con, _: counts.tools(con)),
    "cwe": (counts.top_columns("cwe"), lambda con, n: counts.top(con, "cwe", n)),
    "owasp": (counts.top_columns("owasp"), lambda con, n: counts.top(con, "owasp", n)),
    "rule": (counts.top_columns("rule"), lambda con, n: counts.top(con, "rule", n)),
    "severity": (
        counts.top_columns("rule", "severity"),
        lambda con, n: counts.top(con, "rule", n, "severity"),
    ),
    "category": (counts.top_columns("category"), lambda con, n: counts.top(con, "category", n)),
    "weaknesses": (counts.WEAKNESSES, counts.weaknesses),
    "agreement": (counts.AGREEMENT, lambda con, _: counts.agreement(con)),
    "not_scanned": (counts.NOT_SCANNED, lambda con, _: counts.not_scanned(con)),
}

_NOTHING = {
    "weaknesses": "no finding of the files that count has a weakness that tools can have in common",
    "agreement": "no two tools have scanned the same content",
    "not_scanned": "every tool has scanned each file of its kind",
}
"""Why a part has no rows though tools have looked."""


@click.command()
@click.option("--part", type=click.Choice(list(_PARTS)), default="tools", show_default=True, help="What to show.")
@click.option("--tool", "only", multiple=True, metavar="NAME", help="Only rows of this tool; repeatable.")
@click.option("--top", type=click.IntRange(1), metavar="N", help="At most N of each group. [default: 3, of severity 1]")
@click.option("--all", "every", is_flag=True, help="Count all files that are kept, not only what loading executes.")
@draws_a_picture
@shows_a_table
@with_study
def risk(
    study: Study,
    part: str,
    only: tuple[str, ...],
    top: int | None,
    *,
    every: bool,
    picture: Path | None,
    fmt: str,
    output: Path | None,
) -> None:
    """What scanners found in the code that loading a model executes, per platform and tool.

    Every tool has the same denominator: the models that have a file which loading executes, or of which that is not
    known. A model in which nothing was found is clean only if the tool has scanned all its files; else it is not
    known, and the interval (95 %, Wilson) reaches from none of those to all of them. Findings are of the version and
    rules of each tool that were run last. A finding counts in each file that has its content; `distinct` counts it
    once. Findings that the author of the code asks tools to ignore are counted, and told apart as `suppressed`.

    cwe, owasp, rule, category: the commonest. severity: the commonest rules of each severity. weaknesses: all tools
    together, reports of the same lines and an equivalent CWE as one. agreement: how much two tools both find in the
    contents that both have scanned. not_scanned: what no tool's silence may be read into.
    """
    only_drawn(picture, part, "tools")
    with study.connect() as con:
        _lay_out(con, study, every=every)
        names, count = _PARTS[part]
        rows = count(con, top or (1 if part == "severity" else 3))
        known = tools(con)
        for line in limits(con):
            say(line)
    for tool in only:
        if tool not in known:
            raise StudyError(f"no outcomes of a tool {tool!r}", hint=f"There are: {', '.join(known) or 'none'}.")
    shown = [row for row in rows if not only or row.get("tool", only[0]) in only]
    _say_why_empty(part, known, shown)
    show(shown, names, fmt, output)
    if picture:
        draw(drawn(shown), picture)


def _say_why_empty(part: str, known: list[str], shown: Rows) -> None:
    if not known:
        say("no tool has looked at it yet; run: scan code")
    elif not shown:
        say(_NOTHING.get(part, "no finding is in the files that count"))


def _lay_out(con: duckdb.DuckDBPyConnection, study: Study, *, every: bool) -> None:
    """Lay out the corpus.

    Raises:
        StudyError: There is nothing in it.
    """
    if not corpus.lay_out(con, every=every):
        raise StudyError(
            "no file of a model that loading executes is known",
            where=str(study.table("model_files")),
            hint="Run: scan models, scan fetch, and scan code; or add --all",
        )


def tools(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tools that have outcomes or findings."""
    return [tool for (tool,) in con.execute("SELECT DISTINCT tool FROM risk_seen ORDER BY tool").fetchall()]


_LACKING = """
SELECT tool, count(*), count(*) FILTER (state = 'not_scanned') FROM risk_seen WHERE state <> 'other'
GROUP BY tool HAVING count(*) FILTER (state = 'not_scanned') > 0 ORDER BY tool
"""

_LOST = "SELECT tool, count(*) FROM findings WHERE current AND sha256 IS NULL GROUP BY tool ORDER BY tool"

_ELSEWHERE = """
SELECT tool, count(DISTINCT finding_id) FROM findings WHERE current AND sha256 IS NOT NULL
AND finding_id NOT IN (SELECT finding_id FROM risk_found) GROUP BY tool ORDER BY tool
"""

_IDLE = """
SELECT tool FROM risk_seen GROUP BY tool HAVING bool_and(state = 'other' OR sha256 IS NULL) AND sum(findings) = 0
ORDER BY tool
"""

_RULES = """
SELECT tool, count(*) FROM rule_files JOIN (SELECT DISTINCT tool, rules_hash FROM outcomes WHERE current)
USING (tool, rules_hash) WHERE problem IS NOT NULL GROUP BY tool ORDER BY tool
"""


def limits(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """What the tables lack, one sentence each, on a connection on which the corpus is laid out."""
    for tool, files, lacking in con.execute(_LACKING).fetchall():
        yield f"{tool} has not scanned {lacking} of {files} files; analysis risk --part not_scanned says why."
    for tool, n in con.execute(_LOST).fetchall():
        yield f"{tool}: {n} findings are about files of which nobody has the content."
    for tool, n in con.execute(_ELSEWHERE).fetchall():
        yield f"{tool}: {n} findings are in files that loading does not execute as code; --all counts them."
    for (tool,) in con.execute(_IDLE).fetchall():
        yield f"{tool} looks at no file that counts here, so that it found nothing means nothing."
    for tool, n in con.execute(_RULES).fetchall():
        yield f"{tool}: {n} files of rules could not be used, or not whole; the table rule_files says why."
