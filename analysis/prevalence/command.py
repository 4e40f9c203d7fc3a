"""``analysis prevalence``."""

from collections.abc import Iterator
from pathlib import Path

import click
import duckdb

from analysis.figures.option import draw, draws_a_picture, only
from analysis.figures.prevalence import prevalence as drawn
from analysis.prevalence import counts, published
from codebook.command import say, show, shows_a_table, with_study
from codebook.errors import StudyError
from codebook.render import Rows
from codebook.study import Study

_LEAN = ("platform", "models", "published", "published_percent", "published_low", "published_high", "published_of_all")
_PARTS = {
    "platforms": counts.COLUMNS,
    "overlap": counts.OVERLAP,
    "formats": counts.FORMATS,
    "tags": counts.TAGS,
}


@click.command()
@click.option("--part", type=click.Choice(list(_PARTS)), default="platforms", show_default=True, help="What to show.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Tags per platform.")
@click.option("--published", "given", metavar="FILE", help="Show these counts instead of the study's: JSON or CSV.")
@draws_a_picture
@shows_a_table
@with_study
def prevalence(
    study: Study, part: str, top: int, given: str | None, picture: Path | None, fmt: str, output: Path | None
) -> None:
    """How many models need custom code, per platform: by the published criteria, and by what a loader executes.

    Every count is of repositories, each once, and every percentage of the row has one denominator: the repositories
    that were listed. `published_of_all` is the share of the repositories of all platforms together. Low and high are
    the 95 % Wilson interval, which begins where nothing unknown counts and ends where all of it does. The last rows
    are the sums, with mirrors counted beside their originals, and together with them as one.

    overlap: how many meet exactly which criteria. formats: weights in safetensors, pickle, both or none. tags: the
    commonest tags of those that meet a published criterion.

    --published FILE takes {"platform": [repositories, with custom code], ...}, at FILE#/a/b if it stands deeper, or CSV
    with platform, models, published; shared tables of papers can be recomputed with it.
    """
    only(picture, part, "platforms")
    if given:
        if part != "platforms":
            raise StudyError("published counts have no other parts", hint="Leave --part or --published out.")
        rows = counts.platforms(published.read(given))
        show(rows, _LEAN, fmt, output)
        if picture:
            draw(drawn(rows), picture)
        return
    with study.connect() as con:
        rows = _rows(con, part, top)
        if not rows:
            raise StudyError(
                "no models have been listed yet", where=str(study.table("models")), hint="Run: scan models"
            )
        for line in limits(con):
            say(line)
    show(rows, _PARTS[part], fmt, output)
    if picture:
        draw(drawn(rows), picture)


def _rows(con: duckdb.DuckDBPyConnection, part: str, top: int) -> Rows:
    if part == "overlap":
        return counts.overlap(con) if counts.count(con) else []
    if part == "formats":
        return counts.formats(con)
    if part == "tags":
        return counts.tags(con, top) if counts.count(con) else []
    return counts.platforms(counts.count(con))


_LIMITS = """
SELECT hub, count(*) FILTER (state <> 'complete'), count(*), string_agg(DISTINCT reason, '; ' ORDER BY reason)
    FILTER (state <> 'complete')
FROM shards GROUP BY hub HAVING count(*) FILTER (state <> 'complete') > 0 ORDER BY hub
"""


def limits(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """What the tables lack, one sentence each; nothing if there are no models."""
    for hub, lacking, of, why in con.execute(_LIMITS).fetchall():
        yield f"{hub}: shards that are not complete: {lacking} of {of} ({why or 'no reason'}). Models may be missing."
    *_, total, _ = counts.count(con) or (None, None)
    if total and (n := total.published_unknown):
        yield f"Repositories without the tag and without a full list of files: {n} of {total.models}."
    if total and (n := total.loader_unknown):
        yield f"Repositories of which it is not known what a loader executes: {n} of {total.models}."
