"""What was imported, as raw records: the file among the contents, and a record that says of which model it speaks."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from codebook.ledger import Run
from codebook.raw import Page, RawStore
from codebook.study import Study
from scan import said
from scan.shapes import decoded, sha256

FOLDER = "code/sarif"
"""Where the records lie below ``raw/scan``."""

_METHOD = "IMPORT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import: the file, the model that it is about, and where that was when the tool ran.

    Args:
        sha256: The file, among the contents of the study.
        name: What it was called.
        model_id: The model; None if the file itself says which contents it is about.
        root: See :class:`scan.sarif.places.Places`.
        run_id: The run that imported it.
    """

    sha256: str
    name: str
    model_id: str | None
    root: str
    run_id: str


def store(study: Study) -> RawStore:
    """The records of a study."""
    return study.raw("scan", FOLDER)


def keep(run: Run, made: Import) -> None:
    """Store a record, unless this run has done so before it was stopped."""
    if made in imports(run.study):
        return
    asked = [("sha256", made.sha256), ("root", made.root)] + ([("model", made.model_id)] if made.model_id else [])
    body = {"sha256": made.sha256, "name": made.name, "model": made.model_id, "root": made.root}
    records = store(run.study)
    records.append(Page(f"{_METHOD} /?{urlencode(asked)}", 200, {}, json.dumps(body).encode(), run.id))
    records.close()


def imports(study: Study) -> list[Import]:
    """All imports, oldest first."""
    return list(_read(store(study)))


def _read(records: RawStore) -> Iterator[Import]:
    for page in records.pages():
        body = decoded(page.body)
        content = sha256(said.member(body, "sha256"))
        if content:
            yield Import(
                sha256=content,
                name=said.text(said.member(body, "name")) or "a SARIF file",
                model_id=said.name(said.member(body, "model")),
                root=said.name(said.member(body, "root")) or "",
                run_id=page.run_id,
            )
