"""``platforms matrix``."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from codebook import render
from codebook.command import put, say, show, with_study
from codebook.rows import Claim, Document
from codebook.study import Study
from platforms import reviews
from platforms.held import changed_since_quoted, held
from platforms.matrix import published
from platforms.matrix.cells import COLUMNS, Cell, cells, column, mechanisms, platforms
from platforms.matrix.compared import Compared, compared
from platforms.matrix.page import html

_CELL = ("mechanism", "platform", "levels", "claims")
_COMPARED = ("platform", "column", "published", "derived", "verdict", "why", "unread", "claims")
_LEAN = ("platform", "column", "published", "derived", "verdict", "why")

Table = Mapping[tuple[str, str], Cell]


@click.command()
@click.option("--columns", type=click.Choice(["mechanisms", "published"]), default="mechanisms", show_default=True)
@click.option("--published", "given", metavar="FILE", help="Set this published table beside it: JSON, CSV or Markdown.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="As it was at the end of this day (UTC).")
@click.option(
    "--format",
    "fmt",
    type=click.Choice([*render.FORMATS, "html"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file. Default: standard output.",
)
@with_study
def matrix(
    study: Study, columns: str, given: str | None, as_of: datetime | None, fmt: str, output: Path | None
) -> None:
    """Mechanisms by platform, with the levels that claims give.

    A cell has every level of the newest releases and pages that were read, weakest first; `not_documented` where pages
    were read and none mentions it, `unknown` where no rule could tell. Calls within a client that set a switch are no
    level of it. JSON has one object per cell: mechanism, platform, levels, and claims, the number of claims behind it.

    --columns published gives the five columns of the published comparison, one row a platform.

    --published FILE sets that table beside it, cell by cell: agree; differ (a mechanism is there for one and not for
    the other); finer (claims have more mechanisms, or a level from code); unknown. FILE is JSON {"platform": {"column":
    "text"}}, at FILE#/a/b if it stands deeper; CSV; or Markdown, where FILE#WORDS is the first table below a line with
    these words.

    --as-of takes the releases and pages of that day. HTML leads from each cell to the claims behind it.
    """
    moment = as_of.replace(hour=23, minute=59, second=59, tzinfo=UTC) if as_of else None
    claims, documents = list(study.read(Claim)), list(study.read(Document))
    if not claims:
        say("no claims about platforms are in this study")
    for line in _told(study, claims, documents):
        say(line)
    table = cells(held(claims, documents, moment))
    own = platforms(study.settings.platforms.names, (claim.platform for claim in claims))
    both = list(compared(table, own, published.read(given))) if given else []
    if fmt == "html":
        put(html(table, own, both, study.settings.study.title, moment), output)
    elif given:
        _show_both(both, fmt, output)
    elif claims or fmt != "text":
        _show(table, own, columns, fmt, output)


def _told(study: Study, claims: Sequence[Claim], documents: Sequence[Document]) -> list[str]:
    """What a reader is to know of quotations and reviews that are out of date."""
    gone = reviews.gone(claims, reviews.read(study)) if claims else []
    told = [
        f"{review.where}: claim {review.claim} is gone; the review of {review.reviewer} is left out" for review in gone
    ]
    return [*changed_since_quoted(claims, documents), *told]


def _show(table: Table, own: Sequence[str], columns: str, fmt: str, output: Path | None) -> None:
    if columns == "published":
        rows = [{"platform": p} | {name: column(table, name, p) for name in COLUMNS} for p in own]
        show(rows, ("platform", *COLUMNS), fmt, output)
    elif fmt == "json":
        cells_ = [_cell(table, m, p) for m in (mechanisms(table) if table else ()) for p in own]
        show(cells_, _CELL, fmt, output)
    else:
        heads = [f"{p} (platform)" if p == "mechanism" else p for p in own]
        lines = [{"mechanism": m} | dict(zip(heads, _levels(table, m, own), strict=True)) for m in mechanisms(table)]
        show(lines, ["mechanism", *heads], fmt, output)


def _levels(table: Table, mechanism: str, own: Sequence[str]) -> list[str]:
    return [" / ".join(table.get((mechanism, p), Cell(mechanism, p)).levels) for p in own]


def _cell(table: Table, mechanism: str, platform: str) -> dict[str, object]:
    cell = table.get((mechanism, platform), Cell(mechanism, platform))
    return {"mechanism": mechanism, "platform": platform, "levels": list(cell.levels), "claims": len(cell.claims)}


def _show_both(both: Sequence[Compared], fmt: str, output: Path | None) -> None:
    names = _COMPARED if fmt in ("json", "csv") else _LEAN
    rows = [
        {
            **{
                name: getattr(each, name)
                for name in ("platform", "column", "published", "derived", "verdict", "unread")
            },
            "why": list(each.why) if fmt == "json" else "; ".join(each.why),
            "claims": [claim.claim_id for claim in each.evidence],
        }
        for each in both
    ]
    show(rows, names, fmt, output)
    counts = {
        verdict: sum(each.verdict == verdict for each in both) for verdict in ("agree", "finer", "differ", "unknown")
    }
    say(", ".join(f"{n} {verdict}" for verdict, n in counts.items()))
