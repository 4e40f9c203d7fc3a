"""What was imported, as raw records: the file among the contents, and a record that says of which model it speaks."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
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
        files: The contents that the model had, by path, when it was imported.
        run_id: The run that imported it.
    """

    sha256: str
    name: str
    model_id: str | None
    root: str
    run_id: str
    files: Mapping[str, str] = field(default_factory=dict)


def store(study: Study) -> RawStore:
    """The records of a study."""
    return study.raw("scan", FOLDER)


def keep(run: Run, made: Import) -> None:
    """Store a record, unless this run has done so before it was stopped."""
    if made in imports(run.study):
        return
    asked = [("sha256", made.sha256), ("root", made.root)] + ([("model", made.model_id)] if made.model_id else [])
    body = {
        "sha256": made.sha256,
        "name": made.name,
        "model": made.model_id,
        "root": made.root,
        "files": dict(made.files),
    }
    records = store(run.study)
    records.append(Page(f"{_METHOD} /?{urlencode(asked)}", 200, {}, json.dumps(body).encode(), run.id))
    records.close()


def imports(study: Study) -> list[Import]:
    """All imports, oldest first."""
    return list(read(store(study)))


def read(records: RawStore) -> Iterator[Import]:
    """The imports of records, oldest first; what is damaged is noted in ``records``."""
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
                files=_files(said.member(body, "files")),
            )


def _files(stated: Any) -> dict[str, str]:
    files = stated.items() if isinstance(stated, dict) else ()
    return {path: found for path, content in files if (found := sha256(content))}
