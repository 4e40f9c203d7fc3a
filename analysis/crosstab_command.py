"""``analysis crosstab``."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analysis import explain, layout
from analysis.crosstab import Crosstab, Pairs, by_layer, count, pairs
from analysis.figures.option import draw, draws_a_picture, only
from analysis.notes import notes
from analysis.question import Asked, resolve
from analysis.units import UNITS
from analysis.values import Value, label
from analysis.variables import Variable
from codebook import command, render
from codebook.command import say
from codebook.errors import StudyError
from codebook.harmless import one_line
from codebook.study import Study

if TYPE_CHECKING:  # scipy is slow to import, and is not wanted without tests
    from analysis.figures.picture import Picture
    from analysis.tested import Tested

Layers = dict[Value, Crosstab]


_HELP = """\
Count distinct units by two variables, for example: analysis crosstab theme source.

ROWS, COLS and LAYERS are any variables that joins connect; "analysis variables" lists them. A unit counts in every
cell whose values it has, and once in a total. Codes come from the decisions if there are any, else from the
codings: there a unit has a code if at least one coder gave it; "(none)" are units that were read and given no
code. A code on a whole thread counts for each of its posts.

With LAYERS, or --by NAME, there is a table for each value of it, all with the same rows and columns, and one of
all layers, in which a unit counts once. "--by coder" sets the tables of the coders beside each other.

With --weighted, each unit also counts as many times as its design weight says: an estimate for everything that
`coding sample` could have drawn. Units outside the plan have no weight and are left out of these numbers only.

Rows are tested against columns, whole units at a time: chi-square, Fisher's exact test or simulated tables by the
size of cells, corrected for the number of rows. What was tested and how is said beside the table; [analysis] of
study.toml has the level, the number of resamples and what a small cell is. In tables, * stands at small cells, and
a row with a dagger is a code on which coders agree less than [agreement].threshold.

JSON has one object per cell: row, col, n, row_n, col_n, n_all, row_percent, col_percent, and the ids row_id and
col_id behind the labels; with layers also layer and layer_id, both null in the table of all; with weights also
weighted_n, weighted_row_percent and weighted_col_percent; with tests also expected and residual of the cell, test,
p, p_holm, p_bh, p_max, v, v_low and v_high of the row, and flags. All other formats have one column per value and
totals.
"""


@click.command(help=_HELP)
@click.argument("rows")
@click.argument("cols")
@click.argument("more", nargs=-1, metavar="[LAYERS]")
@click.option("--by", metavar="NAME", help="The same as LAYERS: one table for each value of NAME, and one of all.")
@click.option("--unit", metavar="|".join(UNITS), help="What is counted. Default: thread for discussions.")
@click.option("--level", type=click.Choice(["theme", "code"]), help="Count theme or code in place of the other.")
@click.option(
    "--where", multiple=True, metavar="NAME=VALUE", help="Count only rows that say so, or != do not. Repeatable."
)
@click.option("--from", "origin", type=click.Choice(["codings", "decisions"]), help="Where codes come from.")
@click.option("--all", "every", is_flag=True, help="Count excluded threads too.")
@click.option("--percent", type=click.Choice(["row", "col", "all"]), help="Percentages of row, column or all units.")
@click.option("--weighted", is_flag=True, help="Count by the design weights of the plan, too.")
@click.option("--tests/--no-tests", "with_tests", default=True, help="Test rows against columns. Default: do.")
@click.option("--top", type=click.IntRange(1), metavar="N", help="Show the N commonest rows and columns only.")
@click.option(
    "--explain", "cell", nargs=2, metavar="ROW COL", help="List what is behind one cell instead; a layer may follow."
)
@click.option(
    "--figure", type=click.Choice(["heatmap", "mosaic"]), default="heatmap", show_default=True, help="What to draw."
)
@draws_a_picture
@command.shows_a_table
@command.with_study
def crosstab(
    study: Study,
    more: tuple[str, ...],
    by: str | None,
    cell: tuple[str, str] | None,
    top: int | None,
    percent: layout.Percent | None,
    fmt: str,
    output: Path | None,
    *,
    with_tests: bool,
    figure: str,
    picture: Path | None,
    **asked: Any,
) -> None:
    """Count distinct units by two variables; what users read stands in ``_HELP``."""
    layers, given = _named(more, by, cell)
    with pairs(study, resolve(study, Asked(layers=layers, **asked))) as made:
        table = count(made)
        if given:
            only(picture, "behind a cell", "the table")
        for note in notes(made, table) if not given or not table.n_all else ():
            say(note)
        if given:
            _explained(study, made, table, given, fmt, output)
            return
        tables = by_layer(made, table)
        parts = _tested(study, made, table, tables) if with_tests else []
    _shown(table, tables, parts, percent, top, fmt, output)
    if picture:
        draw(_drawn(table, parts[-1] if parts else None, figure), picture)


def _drawn(table: Crosstab, told: "Tested | None", figure: str) -> "Picture":
    """The picture of the table; of all layers, where there are layers."""
    from analysis.figures.heatmap import heatmap
    from analysis.figures.mosaic import mosaic

    if figure == "mosaic":
        return mosaic(table, told.residuals if told else None)
    return heatmap(table, told.marks if told else None, told.greyed if told else ())


def _named(
    more: tuple[str, ...], by: str | None, cell: tuple[str, str] | None
) -> tuple[str | None, tuple[str, ...] | None]:
    """The variable of the layers, and the values of the cell to explain: what follows them is its layer.

    Raises:
        StudyError: There is a word too many.
    """
    words = [*([by] if by else []), *more]
    layers = words.pop(0) if words else None
    given = (*cell, *words[:1]) if cell else None
    if len(words) > (1 if cell else 0):
        raise StudyError(
            f"there is a word too many: {words[-1]!r}",
            hint="Name rows, columns and at most one variable of layers: analysis crosstab ROWS COLS [LAYERS].",
        )
    return layers, given


def _tested(study: Study, made: Pairs, table: Crosstab, layers: Layers) -> "list[Tested]":
    """What the tests say of each layer, and of all; said, too."""
    from analysis.tested import described, tested

    found = tested(study, made, table)
    for line in found.lines:
        say(line)
    return [*(described(study, layer, found) for layer in layers.values()), found]


def _shown(
    table: Crosstab,
    layers: Layers,
    parts: "list[Tested]",
    percent: layout.Percent | None,
    top: int | None,
    fmt: str,
    output: Path | None,
) -> None:
    """Print the table, or those of the layers and that of all, with what the tests say of each (if they do)."""
    if parts and fmt in ("text", "md", "latex"):
        from analysis.tested.signs import signed

        layers = {value: signed(layer, part) for (value, layer), part in zip(layers.items(), parts, strict=False)}
        table = signed(table, parts[-1])
    if top:
        say(layout.left_out(table, top))
        table = layout.topmost(table, top)
        layers = {value: layout.topmost(layer, top, table) for value, layer in layers.items()}
    elif fmt in ("text", "md", "latex") and len(table.cols) > layout.READABLE:
        say(f"{len(table.cols)} columns are hard to read like this: add --top N for the commonest, or --format csv")
    if fmt == "json":
        command.show(*_long(table, layers, parts), fmt, output)
    elif table.question.layers and fmt == "text":
        command.put("\n\n".join(_blocks(table, table.question.layers, layers, percent)), output)
    else:
        command.show(*layout.stacked(table, layers, percent), fmt, output)


def _long(table: Crosstab, layers: Layers, parts: "list[Tested]") -> tuple[render.Rows, list[str]]:
    lines, names = layout.long(table, layers), layout.long_columns(table)
    if not parts:
        return lines, names
    from analysis.tested import signs

    return signs.long(lines, parts), [*names, *signs.LONG]


def _blocks(table: Crosstab, variable: Variable, layers: Layers, percent: layout.Percent | None) -> Iterator[str]:
    """Each table under the name of its layer, that of all at the end."""
    for value, layer in layers.items():
        head = one_line(f"{variable.name}: {label(variable, value, table.book)}", 100)
        yield f"{head}\n\n{render.table(*layout.wide(layer, percent), 'text')}"
    yield f"{variable.name}: all of them\n\n{render.table(*layout.wide(table, percent), 'text')}"


def _explained(
    study: Study, made: Pairs, table: Crosstab, given: tuple[str, ...], fmt: str, output: Path | None
) -> None:
    values = explain.cell(made, table, *given)
    lines = explain.behind(study, made, values)
    question, named = table.question, []
    for side, value in values.items():
        variable = question.sides[side]
        named.append(f"{variable.name} {one_line(label(variable, value, table.book), 60)}")
    counted = by_layer(made, table).get(values["l"]) if "l" in values else table
    n = counted.n.get((values["r"], values["c"]), 0) if counted else 0
    say(f"{', '.join(named)}: {n} {question.unit.name if n == 1 else question.unit.plural}")
    if not n:
        say("nothing is behind this cell: it is empty")
    command.show(lines, explain.columns(made), fmt, output)
