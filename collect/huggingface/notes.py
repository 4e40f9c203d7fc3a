"""Notes among a Hub's pages: which repositories a run looked in, and which known discussions went with a repository.

Both follow from answers and from what earlier runs have got, so no page of the site says them. A note is a page of its
own, stored under a request that no server gets, so that a rebuild from raw knows it too.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Literal

from codebook.raw import Page
from codebook.wire import Answer, Wire
from collect.huggingface.pages import Repository
from collect.source import Seen, SeenGone, SeenSlice

_NOTE = "NOTE "
_OK = 200


@dataclass(frozen=True, slots=True)
class Candidates:
    """The repositories that one rule chose; ``reported`` as in :class:`~collect.source.SeenSlice`."""

    query: str
    repositories: Sequence[str]
    reported: int | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """Discussions of a repository that is not there any more, or has another name ``now``; both as on the web."""

    repository: str
    numbers: Sequence[int]
    why: Literal["deleted", "private", "renamed", "gone"]
    now: str | None = None


def keep(wire: Wire, note: Candidates | Gone) -> None:
    """Store a note, unless this run has stored just this one."""
    body = json.dumps(asdict(note)).encode()
    request = f"{_NOTE}{type(note).__name__.lower()}?sha256={sha256(body).hexdigest()[:16]}"
    if not wire.has(request):
        wire.keep(request, Answer(_OK, {}, body))


def is_note(page: Page) -> bool:
    """Whether a page is a note."""
    return page.request.startswith(_NOTE)


def seen_in(page: Page, repos: Collection[str]) -> Iterator[Seen]:
    """Say what a note says.

    Where a repository has gone, the slice of its list is empty now: pages of an earlier run do not count any more. One
    of ``repos``, which the study names, is left as the refusal of its list says.
    """
    if page.status != _OK:
        return
    said: dict[str, Any] = page.json()
    if page.path.startswith("candidates?"):
        hits, problem = tuple(said["repositories"]), said["problem"]
        yield SeenSlice(query=said["query"], reported=said["reported"], hits=hits, problem=problem)
    else:
        if said["why"] == "renamed" or (said["why"] != "private" and said["repository"] not in repos):
            yield SeenSlice(query=Repository.of(said["repository"]).query, reported=0)
        for number in said["numbers"]:
            now = f"{said['now']}#{number}" if said["now"] else None
            yield SeenGone(native_id=f"{said['repository']}#{number}", why=said["why"], now=now)
