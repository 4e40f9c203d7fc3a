"""PyTorch Hub: the repositories that the cards of pytorch/hub name, at the commit that ``torch.hub.load`` would take.

Without a ref ``torch.hub`` loads a repository's default branch, so that branch's commit is looked at. The cards are
read from a checkout on disk or from GitHub, the repositories from GitHub or from a folder of checkouts. Contents of
code are kept where they lie on disk; nothing is executed.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from pydantic import Field, field_validator

from codebook.blobs import FOLDER, Blobs
from codebook.errors import StudyError
from codebook.raw import Page
from codebook.wire import Answer, Dialect, Wire
from scan import github
from scan.client import Client
from scan.folder.contents import Reader
from scan.folder.inventory import Entry, children, everything, on_disk, said, shown
from scan.folder.options import FolderOptions
from scan.hub import Earlier, HubOptions, Registry, Seen
from scan.listed import Listed, in_turn
from scan.pytorch_hub.pages import CARDS, CHECKOUT, cards_on, is_card, seen_on
from scan.shapes import can_be_asked_for

_LARGEST_CARD = 1_000_000


class PyTorchHubOptions(HubOptions):
    """The keys of ``[hubs.*]`` that only the kind ``pytorch_hub`` knows.

    Args:
        path: A checkout of the cards' repository, from the study folder; without it they are read from GitHub, with a
            request for each card and two more.
        repo: The repository of the cards.
        checkouts: A folder with checkouts of the repositories that cards name, ``<owner>/<name>/``; without it each
            costs a request on GitHub, and a second one if its commit is not known.
        files_limit: Of how many repositories files are asked for, by name; all if it is not given, and none at 0.
    """

    accept: ClassVar[str] = github.AS_IT_IS

    path: str = ""
    repo: str = "pytorch/hub"
    checkouts: str = ""
    files_limit: int | None = Field(default=None, ge=0)

    @field_validator("repo")
    @classmethod
    def _is_a_repository(cls, given: str) -> str:
        if not can_be_asked_for(given):
            raise ValueError(f"{given!r} is not owner/name")
        return given

    def content(self, registry: Registry, native_id: str, revision: str | None, path: str) -> str | Path:
        """The file in its checkout, or on GitHub."""
        if self.checkouts:
            return registry.folder / self.checkouts / native_id / on_disk(path)
        return github.raw_url(registry.base_url, native_id, revision, path)


class PyTorchHub:
    """See :class:`scan.hub.Hub`."""

    Options: type[HubOptions] = PyTorchHubOptions

    def dialect(self, registry: Registry) -> Dialect:
        """As GitHub talks; of a folder nothing is asked."""
        return github.dialect(registry)

    def fetch(self, registry: Registry, wire: Wire, earlier: Earlier) -> Iterator[str]:
        """Read the cards, and the repositories that they name."""
        options, client = registry.options, Client(registry, wire, github.PUBLIC)
        read = _cards_on_disk if options.path else _cards_on_github
        page = _kept(wire, CARDS, f"/{options.repo}", lambda: {"cards": list(read(registry, client))})
        names = dict.fromkeys(each.repository for each in cards_on(page) if each.repository)
        listed = [Listed(name, None, 0) for name in names]
        for each, wanted in in_turn(listed, options.files_limit, wire, earlier):
            name = each.native_id
            if wanted and options.checkouts:
                _kept(wire, CHECKOUT, f"/{quote(name)}", partial(_checkout, registry, name))
            elif wanted:
                _ask_for(client, name, earlier)
            yield name

    def parse(self, page: Page, registry: Registry) -> Iterator[Seen]:
        """Say what stands on a stored page."""
        return seen_on(page, registry.options.repo)


def _kept(wire: Wire, method: str, url: str, make: Callable[[], Any]) -> Page:
    """What this run has stored under a name, or stores now."""
    answer = wire.exchange(method, url, b"", lambda: Answer(HTTPStatus.OK, {}, json.dumps(make()).encode()))
    return Page(wire.stored_form(method, url), answer.status, {}, answer.body, wire.run_id)


def _cards_on_disk(registry: Registry, _client: Client) -> Iterator[dict[str, Any]]:
    folder = registry.folder / registry.options.path
    try:
        found = [each for each in children(folder) if each.path.endswith(".md")]
    except OSError as error:
        raise StudyError(
            f"the checkout of the cards cannot be read: {said(error)}",
            where=str(folder),
            hint=f"Correct `path` in [hubs.{registry.name}].",
        ) from None
    for each in found:
        content, problem = _content(folder, each)
        if problem or is_card(content):
            yield _noted(shown(each.path), content, problem)


def _content(folder: Path, entry: Entry) -> tuple[bytes, str | None]:
    if entry.kind != "file" or entry.size > _LARGEST_CARD:
        return b"", entry.problem or f"it has {entry.size} bytes, and is not read"
    try:
        with (folder / entry.path).open("rb") as file:
            return file.read(_LARGEST_CARD), None
    except OSError as error:
        return b"", f"it cannot be read: {said(error)}"


def _noted(path: str, content: bytes, problem: str | None) -> dict[str, Any]:
    return {"path": path, "text": content.decode("utf-8", "backslashreplace"), "problem": problem}


def _cards_on_github(registry: Registry, client: Client) -> Iterator[dict[str, Any]]:
    name = registry.options.repo
    at, problem = github.head_of(client, name)
    files, untold = github.tree_of(client, name, at) if at else ({}, problem)
    if at is None or (untold and not files):
        raise StudyError(
            f"the cards cannot be read: {untold}", where=name, hint=f"Correct `repo` in [hubs.{registry.name}]."
        )
    for path in sorted(each for each in files if each.endswith(".md") and "/" not in each):
        content, lacking = github.content_of(client, name, at, path)
        if lacking or is_card(content):
            yield _noted(path, content, lacking)


def _ask_for(client: Client, name: str, earlier: Earlier) -> None:
    at, _ = github.head_of(client, name)
    if at and not earlier.has(name, at):
        github.tree_of(client, name, at)


def _checkout(registry: Registry, name: str) -> dict[str, Any]:
    """What a raw record holds of a repository on disk; contents of code and configuration are kept."""
    limits = registry.options.model_dump(include={"largest_file", "largest_model", "most_files"})
    options = FolderOptions(path=registry.options.checkouts, **limits)
    folder = options.folder(registry) / name
    if not folder.is_dir():
        return {"problem": f"there is no {name} in `checkouts`"}
    reader = Reader(folder, options, Blobs(registry.folder / "raw" / "scan" / FOLDER))
    return {"files": [reader.note(each) for each in everything(folder)]}
