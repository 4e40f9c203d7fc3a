"""``coding agreement``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codebook.command import say, show, shows_a_table, with_study
from codebook.errors import StudyError
from codebook.study import Study

if TYPE_CHECKING:  # numpy, which the other commands do without
    from coding.agreement.interval import Resamples
    from coding.agreement.measured import By

BY = ("code", "theme", "overall", "source", "pair", "round", "month", "arm")


@click.command()
@with_study
@shows_a_table
@click.option(
    "--by",
    type=click.Choice(BY),
    multiple=True,
    help="What is measured (code, theme, overall; default: code), and in which parts (source, pair, round, month, "
    "arm). Repeatable.",
)
@click.option(
    "--resamples",
    type=click.IntRange(100, 1_000_000),
    help="Bootstrap resamples of threads for the intervals. Default: [agreement].resamples.",
)
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    is_flag=False,
    flag_value="",
    help="Write a page with pictures to this file instead; without FILE, to out/agreement.html of the study.",
)
@click.option(
    "--tables",
    type=click.Path(path_type=Path, file_okay=False),
    help="Only measure again what the table agreement has, and write it into this folder.",
)
def agreement(
    study: Study,
    *,
    fmt: str,
    output: Path | None,
    by: "tuple[By, ...]",
    resamples: int | None,
    html: Path | None,
    tables: Path | None,
) -> None:
    """Measure how well coders agree, with 95 % intervals: on each code, on themes, on whole sets of codes.

    The frame is every unit that a coder has read, those without a code among them; a unit read again in another round
    counts again. Decisions of an adjudicator never count, nor what coders change once the adjudicator has the unit. A
    code that came into the codebook later is measured in the readings that had it. What a coder made of a split code
    counts in the round of the first reading. By arm, it is measured within each arm and between any two: a unit then is
    a pair of readings by two coders, one per arm. Text, md and latex have a row per code, csv and json one per measure.
    A measure that the data cannot give is undefined, with the reason. Codes whose alpha is below [agreement].threshold
    are marked, as are those of which the interval does not rule that out.

    What is printed, and all other measures of the whole study and of each source, go into the table agreement, unless
    it has them already: for analysis agreement, crosstabs, and whoever gets the study without this command.
    """
    from coding.agreement import written
    from coding.agreement.interval import Resamples

    drawn = Resamples(resamples or study.settings.agreement.resamples, study.settings.study.seed)
    if tables is not None:
        written.again(study, tables)
        return
    if html is not None:
        _must_be_alone(html, fmt, output, by)
        from coding.agreement import page

        say(f"wrote {page.write(study, None if html == Path() else html, drawn)}")
        return
    found = _printed(study, by or ("code",), drawn, fmt, output)
    if written.write(study, by if found else (), drawn):
        say("wrote tables/agreement.parquet")


def _printed(study: Study, by: "tuple[By, ...]", drawn: "Resamples", fmt: str, output: Path | None) -> int:
    """Measure and print; how many measures there are."""
    from coding.agreement import layout
    from coding.agreement.measured import measured

    threshold = study.settings.agreement.threshold
    lines = list(measured(study, by, drawn, say))
    if not lines:
        say("one coder has read so far, so there is no pair")
    if fmt in ("csv", "json"):
        show(layout.long(lines, study.codebook, threshold), layout.LONG, fmt, output)
        return len(lines)
    rows, names = layout.wide(lines, threshold)
    show(rows, names, fmt, output)
    said = f"intervals: 95 %, BCa bootstrap over threads, {drawn.number} resamples"
    say(f"{said}; kappa: Cohen's of two coders, else Fleiss'")
    return len(lines)


def _must_be_alone(html: Path, fmt: str, output: Path | None, by: "tuple[By, ...]") -> None:
    """See that a page can be written, and that nothing else was asked for, which would be left out."""
    if output is not None or by or fmt != "text":
        raise StudyError("--html excludes --output, --format and --by", hint="Run the command twice.")
    if html != Path() and html.is_dir():
        raise StudyError("is a folder", where=str(html), hint="Name a file for --html.")
