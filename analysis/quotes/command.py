"""``analysis quotes``."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import click

from analysis import explain
from analysis.crosstab import Crosstab, count
from analysis.licences import strange
from analysis.notes import notes
from analysis.pairing import Pairs, pairs
from analysis.question import Asked, Origin, resolve
from analysis.quotes.candidates import texts
from analysis.quotes.choice import RULE
from analysis.quotes.masking import WARNING
from analysis.quotes.printed import printed
from analysis.quotes.quoted import COLUMNS, NOT_STATED, Quote, quotes
from analysis.values import Value, label
from codebook.command import put, say, show, shows_a_table, with_study
from codebook.errors import StudyError
from codebook.harmless import one_line
from codebook.study import Study


@click.command(name="quotes")
@click.argument("cell", nargs=-1, required=True, metavar="NAME=VALUE...")
@click.option("--n", type=click.IntRange(1, 1000), default=5, show_default=True, help="At most N quotes.")
@click.option("--where", multiple=True, metavar="NAME=VALUE", help="Only threads of which this is true. Repeatable.")
@click.option("--from", "origin", type=click.Choice(["codings", "decisions"]), help="Where codes come from.")
@click.option("--all", "every", is_flag=True, help="Quote excluded threads too.")
@click.option("--links", is_flag=True, help="Show the address of each thread, and addresses within quotes.")
@click.option("--hide-searchable", is_flag=True, help="Leave out the words that a search engine would find.")
@shows_a_table
@with_study
def command(
    study: Study,
    *,
    cell: tuple[str, ...],
    n: int,
    where: tuple[str, ...],
    origin: Origin | None,
    every: bool,
    links: bool,
    hide_searchable: bool,
    fmt: Literal["text", "csv", "json", "md", "latex"],
    output: Path | None,
) -> None:
    """Quote what is behind a cell of a crosstab, for example: analysis quotes theme=SECURITY source=github.

    The cell is named by its row, its column and, if there is one, its layer; one NAME=VALUE alone quotes a whole row.
    Quoted are passages that coders marked, and where they marked none, beginnings of posts. They are chosen by a rule,
    which is printed: decided codes and codes of several coders first, then sources, authors and threads in turn, then
    a random order (seeded by study.toml). What its author has taken down is not quoted.

    Names, addresses and credentials are masked, and links are shown with --links only. A quote in which six words
    follow each other as they were written is called searchable: a search engine finds its author by it. csv and json
    have a row per quote; latex is a quotation each.
    """
    named = [_given(text) for text in cell]
    with pairs(study, resolve(study, _asked(named, where, origin, every=every))) as made:
        table = count(made)
        if not table.n_all:
            for note in notes(made, table):
                say(note)
        values = explain.cell(made, table, *(value for _, value in named))
        found = quotes(study, made, values, n, links=links, hide=hide_searchable)
        say(_said(made, table, values, found))
        told = [*_notes(found, words=bool(found) or texts(made.con)), *strange(made.con, study)]
    if fmt in ("csv", "json"):
        show([asdict(quote) for quote in found], [*COLUMNS, *(["link"] if links else [])], fmt, output)
    elif found or output:
        put(printed(found, fmt), output)
    for line in told:
        say(line)


def _given(text: str) -> tuple[str, str]:
    parts = re.fullmatch(r"([^=!]+)=(.*)", text, re.DOTALL)
    if not parts:
        raise StudyError(
            f"{text!r} is not NAME=VALUE", hint="For example: analysis quotes theme=SECURITY source=github"
        )
    return parts[1].strip(), parts[2].strip()


def _asked(named: list[tuple[str, str]], where: tuple[str, ...], origin: Origin | None, *, every: bool) -> Asked:
    """The question whose cell is quoted; what one value stands against does not matter, so it is set beside itself."""
    names = [name for name, _ in named]
    if len(names) > 3:  # noqa: PLR2004 - row, column, layer
        raise StudyError(
            "a cell has a row, a column and at most a layer", hint="Put further conditions behind --where."
        )
    rows, cols, layers = (*names, None, None)[:3]
    return Asked(
        rows=str(rows),
        cols=str(cols or rows),
        layers=layers,
        unit="thread",
        where=where,
        every=every,
        origin=origin,
    )


def _said(made: Pairs, table: Crosstab, values: dict[str, Value], found: list[Quote]) -> str:
    """The cell, how many threads it has, and how many quotes are shown of it."""
    sides = table.question.sides
    labels = {side: one_line(label(sides[side], value, table.book), 60) for side, value in values.items()}
    named = ", ".join(f"{sides[side].name} {name}" for side, name in labels.items())
    inside = " AND ".join(f"{side} IS NOT DISTINCT FROM ?" for side in values)
    query = f"SELECT count(DISTINCT unit) FROM pairs WHERE {inside}"  # noqa: S608 - r, c and l
    ((threads,),) = made.con.execute(query, list(values.values())).fetchall()
    if not threads:
        return f"{named}: no threads; nothing is behind this cell"
    quoted = len({quote.thread_id for quote in found})
    return f"{named}: {threads} threads; {len(found)} quotes of {quoted} of them"


_NO_WORDS = "there are no words to quote: no posts yet (collect threads), or a package was made without them"


def _notes(found: list[Quote], *, words: bool) -> list[str]:
    """What whoever uses the quotes has to know."""
    if not found:
        return [] if words else [_NO_WORDS]
    lines = [f"chosen: {RULE}"]
    lines += [WARNING] if any(quote.searchable for quote in found) else []
    unknown = sorted({one_line(quote.source, 60) for quote in found if quote.licence == NOT_STATED})
    if unknown:
        lines.append(f"no licence is stated for {', '.join(unknown)}; say it in [analysis.licences] of study.toml")
    return lines
