"""``analysis agreement``."""

from pathlib import Path

import click

from analysis.agreement.measures import SUBJECTS, chosen, cut
from analysis.agreement.standing import standing
from analysis.figures.option import draw, draws_a_picture
from codebook import agreed
from codebook.command import say, show, shows_a_table, with_study
from codebook.errors import StudyError
from codebook.render import Rows
from codebook.rows import AgreementMeasure
from codebook.study import Study
from codebook.themes import Codebook


@click.command()
@click.option(
    "--by",
    type=click.Choice([*SUBJECTS, *agreed.PARTS]),
    multiple=True,
    help="What is shown (overall, theme, code; default: all three), and in which parts. Repeatable.",
)
@draws_a_picture
@shows_a_table
@with_study
def agreement(study: Study, by: tuple[str, ...], *, picture: Path | None, fmt: str, output: Path | None) -> None:
    """How well coders agree on everything together, on themes and on codes, as `coding agreement` has measured it.

    Kappa, Krippendorff's alpha and Gwet's AC1 with 95 % intervals; kappa is Cohen's of two coders, Fleiss' of more.
    Codes whose alpha is below [agreement].threshold are marked, as are those of which the interval does not rule that
    out. csv and json have a row per measure. The table always has the whole study and each source (--by source); other
    parts it has if `coding agreement` was asked for them. If codings have changed since, that is said.
    """
    threshold = study.settings.agreement.threshold
    book = study.book
    with study.connect() as con:
        said = standing(con, study, "agreement")
    every = list(study.read(AgreementMeasure))
    parts = [part for part in agreed.PARTS if part in by]
    found = chosen(every, [name for name in SUBJECTS if name in by] or list(SUBJECTS), parts, book)
    if every and parts and frozenset(parts) not in {cut(each) for each in every}:
        asked = " ".join(f"--by {part}" for part in parts)
        raise StudyError(
            f"agreement has not been measured by {' and '.join(parts)}", hint=f"Run: coding agreement {asked}"
        )
    if fmt in ("csv", "json"):
        show(agreed.long(found, book, threshold), agreed.LONG, fmt, output)
    else:
        rows, names = agreed.wide(found, threshold)
        show(*_named(rows, names, book), fmt, output)
    if found:
        say(f"intervals: 95 %, BCa bootstrap over threads, {found[0].resamples} resamples; threshold: {threshold:g}")
    if said:
        say(said)
    if picture:
        from analysis.figures.every import agreement_of

        draw(agreement_of(study), picture)


def _named(rows: Rows, names: list[str], book: Codebook | None) -> tuple[Rows, list[str]]:
    """The rows with the names of codes beside their ids."""
    codes = book.codes if book else {}
    place = names.index("of") + 1
    named = [row | {"name": codes[code].name if (code := str(row["of"])) in codes else None} for row in rows]
    return named, [*names[:place], "name", *names[place:]]
