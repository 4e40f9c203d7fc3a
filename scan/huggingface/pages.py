"""What stands on a page of the Hub's list of models. Pure; nothing here trusts the type of a value.

Read from the raw JSON, because ``huggingface_hub``'s own reading stops at one model that it cannot make sense of.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote

from codebook.harmless import one_line
from codebook.raw import Page
from scan.hub import Seen, SeenFile, SeenModel, SeenShard
from scan.said import count, member, moment, name, text, texts
from scan.shapes import auto_map, commit, decoded, rows, sha256

PATH = "/api/models"

_OK = 200
_NEXT = re.compile(r"""<[^>]*>\s*;[^,]*\brel\s*=\s*"?next\b""")
_MOVED = re.compile(rf"(?:https?://[^/]+)?{PATH}/([^/?#]+/[^/?#]+)(?:[/?#]|$)")
_NOT_OF_THE_SHARD = frozenset({"expand", "limit", "cursor"})


def query_of(parameters: list[tuple[str, str]]) -> str:
    """What a shard is called: what it was asked for with, without how it is shown."""
    named = sorted(f"{key}={value}" for key, value in parameters if key not in _NOT_OF_THE_SHARD)
    return "models " + " ".join(named) if named else "all models"


def seen_on(page: Page) -> Iterator[Seen]:
    """What one page of the list says. Where the study sets a limit, the last page, too, may say that more follows."""
    path, _, asked = page.path.partition("?")
    if path.startswith(f"{PATH}/"):
        yield from _one(page, path.removeprefix(f"{PATH}/"))
    if path != PATH:
        return
    parameters = parse_qsl(asked, keep_blank_values=True)
    body = decoded(page.body)
    if page.status != _OK or not isinstance(body, list):
        said = text(member(body, "error")) or "no list of models"
        problem = f"the Hub answers HTTP {page.status}: {one_line(said, 200)}"
        yield SeenShard(query=query_of(parameters), problem=problem)
        return
    named = [(str(item["id"]), item) for item in rows(body) if text(item.get("id"))]
    odd = len(body) - len(named)
    yield SeenShard(
        query=query_of(parameters),
        hits=tuple(native_id for native_id, _ in named),
        more=_NEXT.search(page.headers.get("link", "")) is not None,
        problem=f"{odd} models on a page have no id" if odd else None,
    )
    for native_id, item in named:
        yield from _model(native_id, item)


def _one(page: Page, path: str) -> Iterator[Seen]:
    """What a page about one repository says; it goes by the name that it was asked for under."""
    quoted, _, revision = path.partition("/revision/")
    native_id, asked, body = unquote(quoted), unquote(revision) or None, decoded(page.body)
    if page.status != _OK or not isinstance(body, dict):
        moved = page.headers.get("location")
        said = f"it is at {moved} now" if moved else text(member(body, "error")) or "nothing about it"
        problem = f"the Hub answers HTTP {page.status}: {one_line(said, 200)}"
        there = _MOVED.match(moved or "")
        yield SeenModel(
            native_id=native_id, asked=asked, problem=problem, moved_to=unquote(there[1]) if there else None
        )
        return
    for seen in _model(native_id, body):
        yield replace(seen, asked=asked, revision=commit(seen.revision)) if isinstance(seen, SeenModel) else seen


def _model(native_id: str, item: dict[str, Any]) -> Iterator[Seen]:
    listed = item.get("siblings")
    files = {str(each["rfilename"]): each for each in rows(listed) if name(each.get("rfilename"))}
    config = item.get("config")
    whole = isinstance(listed, list) and len(files) == len(listed)
    yield SeenModel(
        native_id=native_id,
        revision=text(item.get("sha")),
        version=text(item.get("sha")),
        tags=texts(item.get("tags")),
        task=text(item.get("pipeline_tag")),
        library=text(item.get("library_name")),
        downloads=count(item.get("downloads")),
        modified_at=moment(item.get("lastModified")),
        licence=_licence(item),
        facts=_facts(config, files.keys() if whole else None),
        files_whole=whole,
        problem=_problem(item, whole=whole),
    )
    for path, each in files.items():
        lfs = each.get("lfs")
        yield SeenFile(
            model=native_id,
            path=path,
            bytes=count(each.get("size")),
            sha256=sha256(member(lfs, "sha256") or member(lfs, "oid")),
        )


def _facts(config: Any, paths: Any) -> dict[str, tuple[str, ...]]:
    """Where the list has a configuration, what it maps; where there can be none, that it maps nothing."""
    if isinstance(config, dict):
        return {"auto_map": auto_map(config)}
    return {"auto_map": ()} if paths is not None and "config.json" not in paths else {}


def _licence(item: dict[str, Any]) -> str | None:
    said = member(item, "cardData", "license")
    named = texts([said] if isinstance(said, str) else said)
    tagged = tuple(tag.removeprefix("license:") for tag in texts(item.get("tags")) if tag.startswith("license:"))
    return ", ".join(named or tagged) or None


def _problem(item: dict[str, Any], *, whole: bool) -> str | None:
    if item.get("disabled") is True:
        return "the Hub has disabled it"
    return None if whole else "the Hub does not list its files"
