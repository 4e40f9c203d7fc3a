"""What stands on the cards of PyTorch Hub and of the repositories that they name. Pure.

A card is a Markdown file at the top of pytorch/hub whose front matter has ``github-id``. A model is a repository that a
card names, each once: its cards are tags of it (``card:<file>``), beside the cards' own tags.

Source: pytorch/hub at c7895df7, ``docs/template.md`` and the 52 cards.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from codebook.raw import Page
from scan import github, said
from scan.bounded_yaml import read
from scan.client import refusal
from scan.front_matter import front_matter
from scan.hub import Seen, SeenFile, SeenModel, SeenShard
from scan.shapes import can_be_asked_for, commit, decoded, rows, sha256
from scan.shard_notes import is_note, seen_in

CARDS = "CARDS"
"""The method under which the record of all cards is stored; no server gets it."""

CHECKOUT = "CHECKOUT"
"""The same of a repository on disk."""

_OK = 200
_API = re.compile(r"/repos/([^/]+/[^/]+)/(commits/HEAD|git/trees/[0-9a-f]+)$")
_LOAD = re.compile(r"""torch\.hub\.(?:load|list|help)\(\s*(?:\w{1,20}\s*=\s*)?['"]([^'"\s]{1,200})['"]""")


@dataclass(frozen=True, slots=True)
class Card:
    """One card. ``loads`` are the repositories, with a ref if there is one, that its code loads from."""

    path: str
    repository: str | None
    tags: tuple[str, ...] = ()
    loads: tuple[str, ...] = ()
    problem: str | None = None


def is_card(content: bytes) -> bool:
    """Whether a Markdown file begins as a card does: README and the like have no front matter."""
    return front_matter(content) is not None


def card(path: str, content: bytes) -> Card:
    """Read a card; one that names no repository has a problem."""
    keys, problem = read(front_matter(content) or b"", twice=True)  # one of the real cards has a key twice
    if problem or not isinstance(keys, dict):
        return Card(path, None, problem=f"its front matter cannot be read: {problem or 'it has no keys'}")
    named = said.text(keys.get("github-id"))
    if named is None or not can_be_asked_for(named):
        return Card(
            path, None, problem="it has no `github-id`" if named is None else "its `github-id` is no owner/name"
        )
    tags = keys.get("tags")
    loads = dict.fromkeys(_LOAD.findall(content.decode("utf-8", "replace")))
    return Card(path, named, said.texts(tags if isinstance(tags, list) else [tags]), tuple(sorted(loads)))


def cards_on(page: Page) -> list[Card]:
    """The cards of a record of all cards."""
    found = []
    for each in rows(said.member(decoded(page.body), "cards")) if page.status == _OK else ():
        path, content, problem = said.text(each.get("path")), each.get("text"), said.text(each.get("problem"))
        if path:
            text = content if isinstance(content, str) else ""
            found.append(Card(path, None, problem=problem) if problem else card(path, text.encode("utf-8", "replace")))
    return found


def seen_on(page: Page, repo: str) -> Iterator[Seen]:
    """Say what stands on a page; those of ``repo``, where the cards lie, are read from the record of all cards."""
    if is_note(page):
        yield from seen_in(page)
    elif page.request.startswith(f"{CARDS} "):
        yield from _cards(page)
    elif page.request.startswith(f"{CHECKOUT} "):
        yield from _checkout(page, unquote(page.path[1:]))
    elif (found := _API.search(page.path.partition("?")[0])) and unquote(found[1]) != repo:
        name = unquote(found[1])
        yield from _commit(page, name) if found[2].startswith("commits") else _tree(page, name)


def _cards(page: Page) -> Iterator[Seen]:
    by_repository: dict[str, list[Card]] = {}
    for each in cards_on(page):
        hits = (each.repository,) if each.repository else ()
        yield SeenShard(query=f"card {each.path}", reported=1, hits=hits, problem=each.problem)
        if each.repository:
            by_repository.setdefault(each.repository, []).append(each)
    for name, cards in by_repository.items():
        paths = tuple(sorted(each.path for each in cards))
        yield SeenModel(
            native_id=name,
            tags=said.all_of(*(each.tags for each in cards), (f"card:{path}" for path in paths)),
            library="torch.hub",
            facts={"cards": paths, "loads": said.all_of(*(each.loads for each in cards))},
        )


def _commit(page: Page, name: str) -> Iterator[Seen]:
    body = decoded(page.body)
    at = commit(said.member(body, "sha")) if page.status == _OK else None
    problem = None if at else f"GitHub does not give it: {refusal(page.status, body)}"
    yield SeenModel(native_id=name, revision=at, version=at, problem=problem)


def _tree(page: Page, name: str) -> Iterator[Seen]:
    body = decoded(page.body)
    problem = github.whole_tree(page.status, body)
    yield SeenModel(native_id=name, files_whole=problem is None, problem=problem)
    for path, size in (github.files_in(body) if page.status == _OK else {}).items():
        yield SeenFile(model=name, path=path, bytes=size)


def _checkout(page: Page, name: str) -> Iterator[Seen]:
    """A repository on disk; its revision is a hash of what lies there, for nothing says that it is as git has it."""
    body = decoded(page.body)
    noted = said.member(body, "files")
    if page.status != _OK or not isinstance(noted, list):
        problem = said.text(said.member(body, "problem")) or "its files are not told"
        yield SeenModel(native_id=name, problem=problem)
        return
    files = {str(each["path"]): each for each in rows(noted) if said.text(each.get("path"))}
    yield SeenModel(native_id=name, revision=_revision(files), files_whole=True)
    for path, each in files.items():
        yield SeenFile(
            model=name,
            path=path,
            sha256=sha256(each.get("sha256")),
            bytes=said.count(each.get("bytes")),
            problem=said.text(each.get("problem")),
        )


def _revision(files: Mapping[str, Mapping[str, Any]]) -> str:
    seen = [[path, each.get("kind"), each.get("sha256") or each.get("bytes")] for path, each in sorted(files.items())]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()
