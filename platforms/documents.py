"""The documents that the raw records speak of: each distinct content of a page or file once. Pure."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from pydantic import BaseModel, ValidationError

from codebook import moments
from codebook.blobs import Blobs
from codebook.language import language
from codebook.raw import Page
from codebook.rows import Document
from codebook.study import Study
from platforms import page_text
from platforms.contents import content_of
from platforms.fetch.folders import Shelf, Shelved
from platforms.fetch.records import DOCUMENTS, FOLDER, PAGE, PAGES, kind, named
from platforms.fetch.records import OK as GIVEN

_MARKUP = {".html": "text/html", ".htm": "text/html"}


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A document.

    Args:
        document: Its row.
        text: What it says, a block or line of the file a line; None where the row has a problem.
    """

    document: Document
    text: str | None


class _Came(BaseModel):
    """What a ``PAGE`` record says."""

    status: int
    content_type: str = ""
    sha256: str
    cut: bool = False


def documents(study: Study) -> Iterator[KeptDocument]:
    """The documents of a study, by their ids; also those that have changed or gone since they were read.

    Raises:
        StudyError: A content is gone or damaged.
    """
    blobs = Blobs.of(study, "platforms")
    made = [
        *_of_folders(study.raw("platforms", DOCUMENTS).pages(), blobs),
        *_of_pages(study.raw("platforms", PAGES).pages(), blobs),
    ]
    # What a manifest said of the same bytes before gives way to what it says now.
    found = {each.document.document_id: each for each in sorted(made, key=lambda each: each.document.current)}
    for document_id in sorted(found):
        yield found[document_id]


def _of_pages(records: Iterable[Page], blobs: Blobs) -> Iterator[KeptDocument]:
    """Pages by address: each content once, and what is no page only while it is the newest."""
    first, newest = dict[tuple[str, str, str], tuple[Page, _Came]](), dict[tuple[str, str], str]()
    for page in records:
        came = _came(page)
        if came:
            platform, address = named(page).get("platform", ""), named(page).get("address", "")
            first.setdefault((platform, address, came.sha256), (page, came))
            newest[platform, address] = came.sha256
    for (platform, address, sha256), (page, came) in first.items():
        is_current = newest[platform, address] == sha256
        shelved = Shelved(platform=platform, path=address, url=address, sha256=sha256)
        made = _made(shelved, page, blobs, came, current=is_current)
        if is_current or made.document.problem is None:
            yield made


def _came(page: Page) -> _Came | None:
    try:
        return _Came.model_validate_json(page.body) if kind(page) == PAGE and page.status == GIVEN else None
    except ValidationError:
        return None


def _of_folders(records: Iterable[Page], blobs: Blobs) -> Iterator[KeptDocument]:
    first, newest = dict[tuple[str, Shelved], Page](), dict[str, Shelf]()
    for page in records:
        shelf = _shelf(page)
        for each in shelf.documents if shelf else ():
            first.setdefault((named(page).get("folder", ""), each), page)
        if shelf:
            newest[named(page).get("folder", "")] = shelf
    for (folder, shelved), page in first.items():
        content_type = _MARKUP.get(PurePosixPath(shelved.path).suffix.lower(), "")
        came = _Came(status=GIVEN, content_type=content_type, sha256=shelved.sha256)
        yield _made(shelved, page, blobs, came, current=shelved in newest[folder].documents)


def _shelf(page: Page) -> Shelf | None:
    try:
        return Shelf.model_validate(json.loads(page.body)) if kind(page) == FOLDER else None
    except ValueError:
        return None


def _made(shelved: Shelved, page: Page, blobs: Blobs, came: _Came, *, current: bool) -> KeptDocument:
    content = content_of(blobs, came.sha256)
    said = page_text.read(content, content_type=came.content_type, status=came.status)
    if came.cut:
        said = replace(said, text=None, problem=f"it has more than {len(content)} bytes")
    platform = re.sub(r"[\s-]+", "_", shelved.platform.strip().lower())
    row = Document(
        document_id=f"{platform}:{shelved.path}@{came.sha256}",
        platform=platform,
        url=shelved.url,
        title=shelved.title or said.title,
        path=shelved.path,
        sha256=came.sha256,
        language=language(said.text) if said.text else None,
        problem=said.problem,
        read_at=moments.read(page.fetched_at),
        current=current,
        dated=shelved.dated,
        licence=shelved.licence,
        run_id=page.run_id,
    )
    return KeptDocument(row, said.text)
