"""Imported projects as raw records, and the tables that come of them.

``raw/exchange/projects`` has two kinds of records:

``IMPORT /<file>/texts?from=N``
    Texts with their codings, as read from the file; each has the form of an annotated task, by which the erasure of
    forgotten threads knows it.
``IMPORT /<file>/end``
    The end: how many texts there are. An import that was stopped has no such record, and so is none.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from codebook.exchange.project import Mark, Source
from codebook.ledger import Run
from codebook.pseudonyms import Pseudonyms
from codebook.raw import Page, RawStore
from codebook.rows.imported import ImportedCoding, ImportedText
from codebook.study import Study

_TEXTS, _CHARACTERS = 100, 4_000_000
"""How much one record has, about."""


def store(study: Study) -> RawStore:
    """The raw store of imported projects."""
    return study.raw("exchange", "projects")


def keep(study: Study, run: Run, project: str, name: str, sources: Iterable[Source]) -> Counter[str]:
    """Store a project, unless it is there already.

    Args:
        study: The study.
        run: The run that imports it.
        project: Its id, see :class:`codebook.rows.imported.ImportedText`.
        name: Of the file.
        sources: Its texts; they are read in any case, so that what cannot stand is found.

    Returns:
        How many texts and codings there are, and whether they had been stored before (``there``).
    """
    raw, counts = store(study), Counter[str]()
    there = project in {page.path.split("/")[1] for page in raw.pages() if page.path.endswith("/end")}
    for batch in _batches(sources):
        if not there:
            body = {"texts": [_task(source) for source in batch]}
            raw.append(_page(f"/{project}/texts?from={counts['texts']}", body, run))
        counts["texts"] += len(batch)
        counts["codings"] += sum(len(source.marks) for source in batch)
    if not there:
        raw.append(_page(f"/{project}/end", {"file": name, "number": counts["texts"]}, run))
    raw.close()
    counts["there"] = int(there)
    return counts


def _batches(sources: Iterable[Source]) -> Iterator[list[Source]]:
    batch: list[Source] = []
    for source in sources:
        batch.append(source)
        if len(batch) >= _TEXTS or sum(len(each.text) for each in batch) >= _CHARACTERS:
            yield batch
            batch = []
    if batch:
        yield batch


def _page(path: str, body: Mapping[str, Any], run: Run) -> Page:
    content = json.dumps(body, ensure_ascii=False, sort_keys=True, default=str).encode()
    return Page(f"IMPORT {path}", 200, {"content-type": "application/json"}, content, run.id)


def _task(source: Source) -> dict[str, Any]:
    data = {
        "unit_id": source.unit_id,
        "thread_id": source.thread_id,
        "content_sha256": source.content_sha256,
        "title": source.name,
        "text": source.text,
        "variables": dict(source.variables),
    }
    return {"data": data, "annotations": [_annotation(mark, source.text) for mark in source.marks]}


def _annotation(mark: Mark, text: str) -> dict[str, Any]:
    return {
        "coder": list(mark.who),
        "code": mark.code,
        "start": mark.start,
        "end": mark.end,
        "passage": _hash(text[mark.start : mark.end]),
        "memo": mark.memo,
        "confidence": mark.confidence,
        "coded_at": mark.at.isoformat() if mark.at else None,
    }


def _hash(passage: str) -> str:
    """What tells whether a passage still stands where it stood."""
    return hashlib.sha256(passage.encode()).hexdigest()[:16]


@dataclass
class Imported:
    """The rows that the raw records give.

    Args:
        texts: By their key.
        codings: All.
        damage: What could not be read of the records.
    """

    texts: list[ImportedText] = field(default_factory=list)
    codings: list[ImportedCoding] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)


def read(study: Study) -> Imported:
    """Read all imported projects; nothing of what is forgotten is in them."""
    raw, names, found = store(study), Pseudonyms(study.key), Imported()
    whole = {page.path.split("/")[1] for page in raw.pages() if page.path.endswith("/end")}
    pages = {page.path: page for page in raw.pages() if "/texts?" in page.path and page.path.split("/")[1] in whole}
    for page in pages.values():
        for task in page.json()["texts"]:
            data = task["data"]
            if data["thread_id"] and study.forgotten.thread(data["thread_id"]):
                continue
            project = page.path.split("/")[1]
            found.texts.append(_text(project, data, page.run_id))
            rows = (_coding(project, data, each, names, page.run_id) for each in task["annotations"])
            found.codings += {tuple(getattr(row, name) for name in row.KEY): row for row in rows}.values()
    found.damage = list(raw.damage)
    return found


def _text(project: str, data: Mapping[str, Any], run_id: str) -> ImportedText:
    return ImportedText(
        project=project,
        unit_id=data["unit_id"],
        content_sha256=data["content_sha256"],
        thread_id=data["thread_id"],
        name=data["title"],
        text=data["text"],
        variables=json.dumps(data["variables"], ensure_ascii=False, sort_keys=True),
        run_id=run_id,
    )


def _coding(
    project: str, data: Mapping[str, Any], given: Mapping[str, Any], names: Pseudonyms, run_id: str
) -> ImportedCoding:
    coder, number, arm = given["coder"]
    start, end, memo = given["start"], given["end"], given["memo"]
    if _hash(data["text"][start:end]) != given["passage"]:
        start = end = None  # what was marked has been erased since: the code counts for the text
    return ImportedCoding(
        project=project,
        unit_id=data["unit_id"],
        content_sha256=data["content_sha256"],
        coder=coder,
        round=number,
        arm=arm,
        code=given["code"],
        start=start,
        end=end,
        quote=None if start is None else data["text"][start:end],
        confidence=given["confidence"],
        memo=memo and names.in_text(memo),
        coded_at=datetime.fromisoformat(given["coded_at"]) if given["coded_at"] else None,
        run_id=run_id,
    )
