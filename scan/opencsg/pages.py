"""What stands on the pages of a CSGHub server's API. Pure.

``GET /api/v1/models`` gives ``{"msg", "data": [...], "total"}``, of each model ``path``, ``tags`` with their category,
``updated_at``, ``source`` and where a mirror is from (``hf_path``, ``ms_path``, ``csg_path``). Its files come from the
route that is like Hugging Face's, ``GET /hf/api/models/{path}?blobs=true``: ``sha``, and ``siblings`` with sizes and,
of files in LFS, hashes.

Source: OpenCSGs/csghub-server at c1ada0e1: ``api/router/api.go:638`` and ``:1131-1196``, ``common/types/model.go``
(``Model``, ``SDKModelInfo``), ``common/types/file.go`` (``SDKFile``), ``component/model.go``.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote

from codebook.raw import Page
from scan import said
from scan.client import refusal
from scan.hub import Seen, SeenFile, SeenModel, SeenShard
from scan.listed import Listed
from scan.shapes import auto_map, can_be_asked_for, commit, decoded, rows, sha256
from scan.shard_notes import is_note, seen_in

PER = 100
"""Models on a page, at most (``GetPerAndPageFromContext``)."""

LIST = "/api/v1/models"
CONFIG = "config.json"

_INFO = re.compile(r"/hf/api/models/([^/]+/[^/]+)$")
_CONTENT = re.compile(r"/hf/([^/]+/[^/]+)/resolve/[^/]+/config\.json$")
_OK = 200
_PATHS = {"huggingface": "hf_path", "modelscope": "ms_path", "opencsg": "csg_path"}


def shard(source: str) -> str:
    """What the models of one source are called in ``shards``; all models if none is named."""
    return f"models of source {source}" if source else "models"


def listed(body: Any) -> list[Listed]:
    """The models on a page of a list."""
    items = ((said.text(item.get("path")), item) for item in rows(said.member(body, "data")))
    return [
        Listed(path, said.text(item.get("updated_at")), said.count(item.get("downloads")) or 0)
        for path, item in items
        if path
    ]


def total(body: Any) -> int | None:
    """How many models a page says that there are."""
    return said.count(said.member(body, "total"))


def seen_on(page: Page) -> Iterator[Seen]:
    """Say what stands on a page."""
    path, _, asked = page.path.partition("?")
    if is_note(page):
        yield from seen_in(page)
    elif path.endswith(LIST):
        yield from _list(page, dict(parse_qsl(asked)))
    elif found := _INFO.search(path):
        yield from _info(page, unquote(found[1]))
    elif found := _CONTENT.search(path):
        yield _config(page, unquote(found[1]))


def _list(page: Page, asked: dict[str, str]) -> Iterator[Seen]:
    query = shard(asked.get("source", ""))
    body = decoded(page.body)
    if page.status != _OK:
        yield SeenShard(query=query, problem=refusal(page.status, body))
        return
    items, reported = listed(body), total(body)
    yield SeenShard(
        query=query,
        reported=reported,
        hits=tuple(each.native_id for each in items),
        more=bool(items) and int(asked.get("page", "1")) * PER < (reported or 0),
        problem=None if reported is not None else "the answer does not say how many models there are",
    )
    for item in rows(said.member(body, "data")):
        if native_id := said.text(item.get("path")):
            yield _model(native_id, item)


def _model(native_id: str, item: dict[str, Any]) -> SeenModel:
    tags = rows(item.get("tags"))
    mirrored, unsaid = _mirror_of(item)
    odd = None if can_be_asked_for(native_id) else "its name cannot be asked for, so its files are not known"
    return SeenModel(
        native_id=native_id,
        version=said.text(item.get("updated_at")),
        tags=said.texts([tag.get("name") for tag in tags]),
        task=_tagged(tags, "task"),
        library=_tagged(tags, "framework"),
        downloads=said.count(item.get("downloads")),
        modified_at=said.moment(item.get("updated_at")),
        licence=said.text(item.get("license")) or _tagged(tags, "license"),
        mirror_of=mirrored,
        problem=said.problems(odd, unsaid),
    )


def _tagged(tags: list[dict[str, Any]], category: str) -> str | None:
    """The first tag of a category, in the order of names."""
    return min(said.texts([tag.get("name") for tag in tags if tag.get("category") == category]), default=None)


def _mirror_of(item: dict[str, Any]) -> tuple[str | None, str | None]:
    """The original of a mirror, and what is not said of it.

    ``source`` on the item is what counts: a list asked for with ``source=local`` has mirrors in it, too, whose copying
    is finished (``builder/store/database/repository.go:794``).
    """
    source = said.text(item.get("source"))
    for platform, key in _PATHS.items():
        original = said.text(item.get(key))
        if original and not (platform == "opencsg" and source != "opencsg"):
            return f"{platform}:{original}", None
    return None, "the hub says that it mirrors Hugging Face, and not which model" if source == "huggingface" else None


def _info(page: Page, native_id: str) -> Iterator[Seen]:
    body = decoded(page.body)
    siblings = said.member(body, "siblings")
    # Go writes an empty list of files as null.
    if page.status != _OK or not isinstance(body, dict) or not isinstance(siblings, list | None) or "id" not in body:
        yield SeenModel(native_id=native_id, problem=f"its files are not told: {refusal(page.status, body)}")
        return
    if said.text(body["id"]) != native_id:  # a mirror's original name leads to the mirror, and may be another's own
        other = f"asked for its files, the hub shows those of {said.text(body['id'])!r}"
        yield SeenModel(native_id=native_id, problem=other)
        return
    files = rows(siblings)
    facts: dict[str, tuple[str, ...]] = {} if any(f.get("rfilename") == CONFIG for f in files) else {"auto_map": ()}
    at = commit(body.get("sha"))
    unpinned = None if at else "the hub does not tell the commit of its branch"
    yield SeenModel(native_id=native_id, revision=at, files_whole=True, facts=facts, problem=unpinned)
    for each in {str(f["rfilename"]): f for f in files if said.text(f.get("rfilename"))}.values():
        yield SeenFile(
            model=native_id,
            path=each["rfilename"],
            sha256=sha256(said.member(each, "lfs", "sha256")),
            bytes=said.count(each.get("size")),
        )


def _config(page: Page, native_id: str) -> SeenModel:
    config = decoded(page.body)
    if page.status != _OK:
        return SeenModel(native_id=native_id, problem=f"{CONFIG} could not be had: {refusal(page.status, config)}")
    if not isinstance(config, dict):
        return SeenModel(native_id=native_id, problem=f"{CONFIG} is no JSON object")
    return SeenModel(native_id=native_id, facts={"auto_map": auto_map(config)})
