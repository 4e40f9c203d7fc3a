"""``codebook export`` and ``codebook import``."""

from collections.abc import Callable
from pathlib import Path

import click

from codebook import ledger
from codebook.command import say, with_study
from codebook.errors import StudyError
from codebook.exchange import install, stored
from codebook.exchange.gathered import Gathered, gather
from codebook.exchange.qdc import as_qdc
from codebook.exchange.qdpx_out import write_qdpx
from codebook.exchange.sheets import as_csv, as_markdown
from codebook.harmless import one_line
from codebook.study import Study, file_sha256

FORMATS = ("qdc", "qdpx", "csv", "md")
_SUFFIXES = {".qdc": "qdc", ".qdpx": "qdpx", ".csv": "csv", ".md": "md", ".markdown": "md"}

_as = click.option("--as", "form", type=click.Choice(FORMATS), help="The format. Default: by the file's suffix.")


def _form(path: Path, given: str | None) -> str:
    form = given or _SUFFIXES.get(path.suffix.lower())
    if form is None:
        hint = f"Name a file with one of {', '.join(_SUFFIXES)}, or give --as {'|'.join(FORMATS)}."
        raise StudyError("no known format", where=str(path), hint=hint)
    return form


@click.command("export")
@with_study
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_as
@click.option("--passages", is_flag=True, help="Of a project: codes of whole units as passages, too, as for QualCoder.")
def export(study: Study, file: Path, *, form: str | None, passages: bool) -> None:
    """Write the codebook to FILE for other programs: REFI-QDA (.qdc), CSV or Markdown; or the whole project (.qdpx).

    A project has the codebook, every unit's text as it was shown, and all codings with their passages, notes, coders
    and times, for NVivo, ATLAS.ti, MAXQDA, QualCoder and others. The same study gives the same bytes.
    """
    wanted = _form(file, form)
    _must_not_be_of_the_study(study, file)
    codebook = study.codebook
    if wanted == "qdpx":
        _export_project(study, file, passages=passages)
        return
    if passages:
        raise StudyError("--passages is for a project (.qdpx)")
    made: dict[str, Callable[[], str]] = {
        "qdc": lambda: as_qdc(codebook),
        "csv": lambda: as_csv(codebook),
        "md": lambda: as_markdown(codebook, study.settings.study.title),
    }
    part = file.with_name(file.name + ".part")
    try:
        part.write_bytes(made[wanted]().encode())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    say(f"wrote {file}: {len(codebook.codes)} codes")
    if codebook.changes:
        say(f"not in it: what changed from version to version ({len(codebook.changes)} changes)")


def _must_not_be_of_the_study(study: Study, file: Path) -> None:
    place = file.resolve()
    own = {study.path / name for name in ("study.toml", "codebook.yaml", "runs.jsonl")}
    if place in own or any(place.is_relative_to(study.path / name) for name in ("raw", "tables", ".private")):
        raise StudyError("is a file of the study itself", where=str(file), hint="Name another FILE to write.")


def _export_project(study: Study, file: Path, *, passages: bool) -> None:
    gathered = gather(study)
    write_qdpx(file, gathered, passages=passages)
    codings = sum(map(len, gathered.marks.values()))
    people = len({who.coder for who in gathered.users})
    say(f"wrote {file}: {len(gathered.thread_of)} texts, {codings} codings, {people} coders")
    for line in left_out(gathered):
        say(f"not in it: {line}")


def left_out(gathered: Gathered) -> list[str]:
    """What the format has no place for, or the study does not have."""
    units, codings = len(gathered.without_text), sum(gathered.without_text.values())
    unknown = ", ".join(one_line(code, 40) for code in sorted(gathered.unknown)[:5])
    why = "without a text in the table shown (nobody worked on them yet)"
    lines = {
        f"{units} units {why}, and their {codings} codings": units,
        f"{sum(gathered.unknown.values())} codings whose codes codebook.yaml does not have ({unknown})": unknown,
        f"{gathered.replaced} codings that their coder coded again, as a code was split": gathered.replaced,
        f"{gathered.waiting} codings whose code was split, and that wait for their coder": gathered.waiting,
        f"{gathered.apart} annotations that are kept apart (table quarantine)": gathered.apart,
        "lead times, Label Studio's ids, the codebook's version per coding, decisions, suggestions": gathered.marks,
    }
    return [line for line, there in lines.items() if there]


@click.command("import")
@with_study
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_as
@click.option("--replace", is_flag=True, help="Overwrite a codebook.yaml that has other codes.")
@click.option("--keep", is_flag=True, help="Of a project: leave codebook.yaml as it is, take texts and codings.")
@click.option("--from-raw", is_flag=True, help="Read no FILE; rebuild the tables of imported projects.")
@click.option("--tables", type=click.Path(path_type=Path, file_okay=False), help="With --from-raw: write them here.")
def import_(
    study: Study,
    file: Path | None,
    *,
    form: str | None,
    replace: bool,
    keep: bool,
    from_raw: bool,
    tables: Path | None,
) -> None:
    """Make codebook.yaml of FILE: REFI-QDA (.qdc), CSV, or a project (.qdpx) of another program.

    Ids of codes are kept where FILE tells them, else made from the names. Texts and codings of a project come into the
    tables imported_texts and imported_codings, apart from what coders did here; what has no place is said.
    """
    if from_raw == (file is not None) or (tables and not from_raw):
        raise StudyError("needs either a FILE, or --from-raw (with --tables, if wanted)")
    if file is None:
        _rebuild(study, tables)
        return
    wanted = _form(file, form)
    if wanted == "md":
        raise StudyError("Markdown is for readers only", where=str(file), hint="Import .qdc, .qdpx or .csv.")
    if keep and (wanted != "qdpx" or replace):
        raise StudyError("--keep is for a project (.qdpx), and without --replace")
    arguments = {"file": file.name, "as": wanted, "replace": replace, "keep": keep}
    with ledger.run(study, "codebook import", arguments, [file_sha256(file), wanted]) as run:
        run.used(file)
        if wanted == "qdpx":
            install.import_project(study, run, file, say, replace=replace, keep=keep)
        else:
            install.import_codes(study, run, file, wanted, say, replace=replace)


def _rebuild(study: Study, tables: Path | None) -> None:
    if not stored.store(study).segments():
        raise StudyError("no project was imported", where=str(study.path), hint="Run: codebook import FILE.qdpx")
    if tables:
        install.rebuild(study, say, folder=tables)
        return
    with ledger.run(study, "codebook rebuild", {}) as run:
        install.rebuild(study, say, run=run)
