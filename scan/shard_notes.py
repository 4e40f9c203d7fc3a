"""Notes among a hub's pages: what a run concludes of a shard, which no page of the hub says by itself.

A note is a page of its own, stored under a request that no server gets, so that a rebuild from raw knows it, too.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

from codebook.raw import Page
from codebook.wire import Answer, Wire
from scan.hub import SeenShard

_NOTE = "NOTE /shard"
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is concluded of a shard; the names mean what they mean in :class:`scan.hub.SeenShard`."""

    query: str
    reported: int | None = None
    hits: Sequence[str] = ()
    problem: str | None = None
    skipped: bool = False


def keep(wire: Wire, note: Note) -> None:
    """Store a note, unless this run has stored just this one."""
    body = json.dumps(asdict(note)).encode()
    request = f"{_NOTE}?sha256={sha256(body).hexdigest()[:16]}"
    if not wire.has(request):
        wire.keep(request, Answer(_OK, {}, body))


def is_note(page: Page) -> bool:
    """Whether a page is a note."""
    return page.request.startswith(_NOTE)


def seen_in(page: Page) -> Iterator[SeenShard]:
    """Say what a note says."""
    if page.status == _OK:
        told = page.json()
        yield SeenShard(**told | {"hits": tuple(told["hits"])})
