"""``coding topics``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codebook.command import say, show, shows_a_table, with_study
from codebook.study import Study

if TYPE_CHECKING:
    from coding.topics.summary import By


@click.command("topics")
@with_study
@shows_a_table
@click.option("--by", type=click.Choice(["source", "year"]), help="Print the units of each topic by this.")
@click.option("--stored", is_flag=True, help="Make no topics; show those that were made before.")
@click.option(
    "--similarity",
    type=click.FloatRange(0, 1),
    default=0.35,
    show_default=True,
    help='With mode = "zero-shot": from which cosine similarity on a unit is a code\'s.',
)
@click.option(
    "--map",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a map of the units to this HTML file instead; it needs no network.",
)
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a static map to this file (.svg; .png has Latin letters only) instead.",
)
def command(
    study: Study,
    *,
    fmt: str,
    output: Path | None,
    by: "By | None",
    stored: bool,
    similarity: float,
    page: Path | None,
    picture: Path | None,
) -> None:
    """Group the units by what they are about, and show the groups.

    Vectors of the units' prose (without code, logs, quotations and addresses) are made once per text and model and kept
    in raw/coding/embeddings; BERTopic finds topics with the study's seed. [topics] names the model, the mode (free, or
    guided or zero-shot by the codebook's definitions and examples), and the smallest topic. The result is recorded, and
    what was made of the same texts in the same way is not made again. A topic is no coding. Topic -1 are outliers.
    """
    from coding.topics import maps, summary

    maps.must_fit(page, picture)
    if not stored:
        from coding.topics.make import make

        make(study, say, similarity=similarity)
    if page or picture:
        maps.write(study, page, picture, say)
        return
    if by:
        rows, names = summary.topics_by(study, by)
        show(rows, names, fmt, output)
        return
    show(summary.topics(study), summary.NAMES, fmt, output)
