"""``analysis package``."""

import shutil
from pathlib import Path

import click

from analysis.licences import strange
from analysis.package import zipped
from analysis.package.again import COLUMNS, again
from analysis.package.folder import Built, build
from analysis.package.made import missing
from analysis.package.words import TEXTS, Texts
from codebook import render
from codebook.command import put, say, with_study
from codebook.errors import DoesNotHold, StudyError
from codebook.harmless import file_name
from codebook.ledger import PACKING
from codebook.study import Study, file_sha256


@click.command()
@click.option("--output", type=click.Path(path_type=Path), help="A new folder, or FILE.zip. [default: out/package.zip]")
@click.option(
    "--texts",
    type=click.Choice(TEXTS),
    default="quotes",
    show_default=True,
    help="Words of people that go along: none; titles, notes and passages that coders marked; or all.",
)
@click.option("--rebuild", is_flag=True, help="In a package: make all of out/ again, and compare with the manifest.")
@click.option(
    "--format", "fmt", type=click.Choice(render.FORMATS), default="text", help="How --rebuild prints. [default: text]"
)
@with_study
def package(study: Study, *, output: Path | None, texts: Texts, rebuild: bool, fmt: str) -> None:
    """Make the replication package: everything that a stranger needs to make each table and figure again.

    It is a study folder without raw records: pseudonymised tables, codebook (also .qdc), settings and run ledger
    without keys, addresses of servers and folders of this machine, findings as SARIF, the report, every table and
    figure with the command that makes it, a data dictionary, licences by source, and SHA-256 of all (BagIt manifest),
    described as an RO-Crate 1.1. The same study gives the same bytes.

    Whole posts are left out unless --texts all. What was taken down or edited away where it was said, accounts, and
    whoever asked to be forgotten are never in it. Names of coders are those of study.toml. Reports are made from
    the tables as they are packed, so that numbers are those of the study, and words only where the package has them.

    Unpacked, `codebook check` confirms the hashes; --rebuild makes every output again and exits with 1 if one differs.
    """
    if rebuild:
        _rebuild(study, output, fmt)
        return
    place = output or study.path / "out" / "package.zip"
    _must_be_free(study, place)
    with study.connect() as con:
        for line in strange(con, study):
            say(line)
    with study.writing(PACKING):
        built = _write(study, place, texts)
    for line in missing(built.made):
        say(f"not in it: {line}")
    say(f"{len(built.hashes)} files, {len(built.packed.after)} tables, words of people: {texts}")
    if place.is_file():
        say(f"SHA-256 {file_sha256(place)}")
    put(str(place), None)


def _write(study: Study, place: Path, texts: Texts) -> Built:
    """Put it together aside, and give it its name when it is whole."""
    is_file = place.suffix.lower() == ".zip"
    aside = place.with_name(f"{place.name}.folder" if is_file else f"{place.name}.part")
    shutil.rmtree(aside, ignore_errors=True)  # of a packing that was killed
    aside.mkdir(parents=True)
    try:
        built = build(study, aside, texts)
        if is_file:
            zipped.write(aside, place, file_name(study.settings.study.title).lower())
        else:
            aside.replace(place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return built


def _must_be_free(study: Study, place: Path) -> None:
    inside = place.resolve()
    if inside == study.path or any(inside.is_relative_to(study.path / n) for n in ("raw", "tables", ".private")):
        raise StudyError("is a place of the study itself", where=str(place), hint="Name another --output.")
    if place.suffix.lower() != ".zip" and place.exists() and (place.is_file() or any(place.iterdir())):
        raise StudyError("is there already", where=str(place), hint="Name a new folder, or a FILE.zip.")


def _rebuild(study: Study, output: Path | None, fmt: str) -> None:
    rows = again(study, output)
    put(render.table(rows, COLUMNS, fmt), None)
    different = sum(row["result"] != "identical" for row in rows)
    if different:
        raise DoesNotHold(f"{different} of {len(rows)} files do not come out the same", hint="The table says which.")
