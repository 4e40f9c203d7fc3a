"""What an import does to a study: ``codebook.yaml`` made of a file's codes, and a project's texts and codings kept."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from codebook.errors import StudyError
from codebook.exchange import stored
from codebook.exchange.archive import opened
from codebook.exchange.codes_xml import known_guids
from codebook.exchange.qdc import read_qdc
from codebook.exchange.qdpx_in import ProjectFile, read_qdpx
from codebook.exchange.sheets import read_csv
from codebook.exchange.taken_over import Taken, as_yaml, next_version, take_over
from codebook.ledger import Run
from codebook.rows.imported import ImportedCoding, ImportedText
from codebook.rows.shown import ShownText
from codebook.study import Study, file_sha256
from codebook.themes import Codebook
from codebook.versions.steps import number
from codebook.yaml_lines import tree

Tell = Callable[[str], None]

_LARGEST = 32 << 20
"""Bytes of a codebook file."""


def import_codes(study: Study, run: Run, path: Path, form: str, tell: Tell, *, replace: bool) -> None:
    """Make ``codebook.yaml`` of a ``.qdc`` or CSV file.

    Args:
        study: The study.
        run: The run that imports it.
        path: The file.
        form: ``qdc`` or ``csv``.
        tell: Gets what is to be said.
        replace: Overwrite a codebook that has other codes.

    Raises:
        StudyError: The file cannot be read, or there is a codebook with other codes.
    """
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise StudyError(f"is larger than {_LARGEST} bytes", where=path.name, hint="A codebook has a few hundred kB.")
    now = study.book
    if form == "csv":
        entries, version = read_csv(content, path.name)
        taken = take_over(entries, f"qualdev csv (codebook {version})", known_guids(now))
    else:
        taken = take_over(*read_qdc(content, path.name), known_guids(now))
    _put(study, run, path.name, taken, tell, replace=replace)


def import_project(study: Study, run: Run, path: Path, tell: Tell, *, replace: bool, keep: bool) -> None:
    """Take over a ``.qdpx`` file: its codes, and its texts and codings as tables of their own.

    Args:
        study: The study.
        run: The run that imports it.
        path: The file.
        tell: Gets what is to be said, what has no place here above all.
        replace: Overwrite a codebook that has other codes.
        keep: Leave the codebook as it is.

    Raises:
        StudyError: The file cannot be read, or there is a codebook with other codes.
    """
    now = study.book
    with opened(path) as archive:
        project = read_qdpx(archive)
        taken = take_over(project.codes(), project.origin, known_guids(now))
        if not keep:
            _put(study, run, path.name, taken, tell, replace=replace)
        counts = stored.keep(study, run, file_sha256(path)[:16], path.name, project.sources(taken.ids))
    said = ", stored before" if counts["there"] else ""
    tell(f"{path.name}: {counts['texts']} texts, {counts['codings']} codings{said}")
    _tell_left_out(path.name, project, tell)
    rebuild(study, tell, run=run)
    _tell_differing(study, file_sha256(path)[:16], tell)


def _tell_left_out(name: str, project: ProjectFile, tell: Tell) -> None:
    for what, count in sorted(project.left_out.items()):
        if count:
            tell(f"{name}: not taken over: {count} {what}")


def _tell_differing(study: Study, project: str, tell: Tell) -> None:
    """Say of how many units the text came back otherwise than it was shown, so that positions may not fit."""
    shown = {(row.unit_id, row.content_sha256): _sha(row.text) for row in study.read(ShownText)}
    rows = (row for row in study.read(ImportedText) if row.project == project)
    differing = sum(shown.get((row.unit_id, row.content_sha256), _sha(row.text)) != _sha(row.text) for row in rows)
    if differing:
        tell(f"{differing} texts are not as they were shown here; positions count the text in imported_texts")


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def rebuild(study: Study, tell: Tell, *, run: Run | None = None, folder: Path | None = None) -> None:
    """Write the tables of imported projects: in the study for a run, or into ``folder``."""
    found = stored.read(study)
    for damage in found.damage:
        tell(f"imported projects: {damage}")
    if run:
        run.write(ImportedText, found.texts)
        run.write(ImportedCoding, found.codings)
    else:
        study.write(ImportedText, found.texts, folder)
        study.write(ImportedCoding, found.codings, folder)


def _put(study: Study, run: Run, name: str, taken: Taken, tell: Tell, *, replace: bool) -> None:
    path, now = study.path / "codebook.yaml", study.book
    codes = {code.id: code for code in taken.codes}
    if now and now.codes == codes and taken.version in ("", now.version):
        tell(f"{name}: its codes are those of codebook.yaml, which stays as it is")
        return
    if now and not replace:
        raise StudyError(
            "is there already, and has other codes",
            where="codebook.yaml",
            hint=f"Keep a copy, then overwrite it with --replace: {name} has none of its comments.",
        )
    newer = now is None or number(taken.version) > number(now.version)
    version = taken.version if taken.version and newer else next_version(now)
    _write(study, version, taken, name, tell)
    run.outputs["codebook.yaml"] = file_sha256(path)
    tell(f"made codebook.yaml, version {version}: {len(codes)} codes")
    if now:
        tell("what differs, and which `changes:` should say so: codebook diff")
    if taken.made:
        tell(f"{len(taken.made)} ids are made from names, as {', '.join(taken.made[:5])}")
    if taken.undefined:
        tell(f"{len(taken.undefined)} codes have no definition, as {', '.join(taken.undefined[:5])}")


def _write(study: Study, version: str, taken: Taken, name: str, tell: Tell) -> None:
    """Put the codebook in its place once it has been read back, with the earlier changes as far as they fit."""
    path = study.path / "codebook.yaml"
    part = path.with_name(".codebook.part")
    changes = tree(path, path.read_bytes()).get("changes") if path.exists() else None
    try:
        try:
            _flushed(part, as_yaml(version, taken.codes, changes))
        except StudyError as error:
            if changes is None:
                raise StudyError(f"its codes make no codebook: {error.what}", where=name, hint=error.hint) from None
            tell(f"the earlier `changes:` do not fit these codes and are not kept: {error.what}")
            _flushed(part, as_yaml(version, taken.codes))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _flushed(part: Path, text: str) -> None:
    with part.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    Codebook.load(part)
