"""What stands on a page of a folder of models. Pure."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from codebook.raw import Page
from scan.front_matter import LONGEST, values
from scan.hub import Seen, SeenFile, SeenModel, SeenShard
from scan.said import count, member, name, problems, text, texts
from scan.shapes import decoded, rows


def noted_on(page: Page, native_id: str) -> list[dict[str, Any]]:
    """What a page holds of the files of one model."""
    models = rows(member(decoded(page.body), "models"))
    return next((rows(each.get("files")) for each in models if each.get("native_id") == native_id), [])


def seen_on(page: Page) -> Iterator[Seen]:
    """What one page says: of a platform its models, of models their files."""
    path, _, part = page.path.partition("?")
    body = decoded(page.body)
    listed = member(body, "models")
    if not isinstance(listed, list) or not path.startswith("/"):
        return
    if part:
        for each in rows(listed):
            if name(each.get("native_id")):
                yield from _model(each, str(each["native_id"]))
        return
    problem = text(member(body, "problem"))
    hits = tuple(each for each in listed if name(each))
    yield SeenShard(query=unquote(path[1:]), reported=len(hits), hits=hits, problem=problem)


def _model(noted: Mapping[str, Any], native_id: str) -> Iterator[Seen]:
    files = {str(each["path"]): each for each in rows(noted.get("files")) if name(each.get("path"))}
    head, wrong = values(text(noted.get("front_matter")) or "")
    if noted.get("front_matter_bytes"):
        wrong = f"the front matter of README.md is longer than {LONGEST} bytes, and is not read"
    elif unread := text(files.get("README.md", {}).get("problem")):
        wrong = f"README.md, with the tags, is not read: {unread}"
    yield SeenModel(
        native_id=native_id,
        platform=native_id.partition("/")[0],
        revision=_revision(files) if files else None,
        version=text(noted.get("version")),
        tags=texts(head.get("tags")),
        task=text(head.get("pipeline_tag")),
        library=text(head.get("library_name")),
        licence=text(head.get("license")),
        files_whole="files" in noted,
        problem=problems(text(noted.get("problem")), wrong),
    )
    for path, each in files.items():
        size = count(each.get("bytes")) if each.get("kind") == "file" else None
        problem = text(each.get("problem"))
        yield SeenFile(model=native_id, path=path, sha256=text(each.get("sha256")), bytes=size, problem=problem)


def _revision(files: Mapping[str, Mapping[str, Any]]) -> str:
    """A hash of a listing: of the paths, what they are, and the hashes of contents or, without one, sizes."""
    seen = [[path, each.get("kind"), each.get("sha256") or each.get("bytes")] for path, each in sorted(files.items())]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()
