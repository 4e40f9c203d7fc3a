"""Raw records of what was got: what each says, and what all of a hub's say together. Pure.

There are three kinds. ``CONTENT`` is the answer about one file of one model at one revision: the hash and size of what
came, or why nothing was kept; a refusal stands as the hub gave it. ``FOLLOW`` says which models take code from another
repository. All others are the hub's own answers about such repositories, which its ``parse`` reads.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from codebook.harmless import valid_text
from codebook.raw import Page, RawStore
from codebook.wire import Answer, Wire
from scan import said
from scan.client import refusal
from scan.derive.merge import Found, merged
from scan.hub import Hub, Registry, SeenFile, SeenModel
from scan.shapes import decoded, sha256

CONTENTS = "contents"
"""The folder of these records, in that of their hub."""

CONTENT, FOLLOW = "CONTENT", "FOLLOW"
_OK = 200
_MOST_NAMED = 20

UNPINNED = "no revision is named, so that this is the newest one of the day"

Pinned = tuple[str, str | None]
"""A native id and a revision."""


def folder(registry: Registry) -> str:
    """Where these records lie below ``raw/scan``."""
    return f"{registry.name}/{CONTENTS}"


def url(native_id: str, revision: str | None, path: str = "") -> str:
    """What a record is stored under; the hub is asked for something else."""
    named = [("model", native_id), ("path", path), *([] if revision is None else [("revision", revision)])]
    return "/?" + urlencode(named)


def note(wire: Wire, method: str, where: str, **values: object) -> None:
    """Store what is decided here and asked of nobody, unless this run has done so."""
    request = wire.stored_form(method, where)
    if not wire.has(request):
        wire.keep(request, Answer(_OK, {}, json.dumps(values).encode()))


class Got(NamedTuple):
    """What is known of one content."""

    sha256: str | None
    bytes: int | None
    problem: str | None
    run_id: str


@dataclass(frozen=True, slots=True)
class Followed:
    """A reference into another repository: who makes it, and why it was not followed, if it was not."""

    by: tuple[Pinned, ...]
    named_by: tuple[str, ...]
    problem: str | None
    run_id: str


def got_on(page: Page) -> Got:
    """What a ``CONTENT`` record says."""
    body = decoded(page.body)
    if page.status != _OK:
        return Got(None, None, f"the hub does not give it: {refusal(page.status, body)}", page.run_id)
    found, problem = sha256(said.member(body, "sha256")), said.text(said.member(body, "problem"))
    size = said.count(said.member(body, "bytes"))
    return Got(found, size, problem or (None if found else "its raw record says nothing"), page.run_id)


def followed_on(page: Page) -> Followed:
    """What a ``FOLLOW`` record says."""
    body = decoded(page.body)
    by = said.member(body, "by")
    items = [each for each in by if isinstance(each, dict)] if isinstance(by, list) else []
    return Followed(
        tuple((str(each.get("model")), said.text(each.get("revision"))) for each in items),
        tuple(str(each.get("named")) for each in items),
        said.text(said.member(body, "problem")),
        page.run_id,
    )


@dataclass
class Contents:
    """What the records of one hub say.

    Args:
        files: By model and revision, what is known of its contents by path.
        repositories: What the hub says of a repository, by native id and the revision that was asked for.
        follows: References into these repositories, in the order in which they were found.
    """

    files: dict[Pinned, dict[str, Got]] = field(default_factory=dict)
    repositories: dict[Pinned, Found] = field(default_factory=dict)
    follows: dict[Pinned, Followed] = field(default_factory=dict)

    @classmethod
    def of(cls, hub: Hub, registry: Registry, store: RawStore) -> "Contents":
        """Read all records."""
        contents = cls()
        for page in store.pages():
            contents.add(hub, registry, page)
        return contents

    def add(self, hub: Hub, registry: Registry, page: Page) -> None:
        """Take the next record: a later one stands, but what was had once is not lost by a later refusal."""
        method = page.request.partition(" ")[0]
        if method not in (CONTENT, FOLLOW):
            self._see(page, hub, registry)
            return
        asked = dict(parse_qsl(page.path.partition("?")[2], keep_blank_values=True))
        of = (asked.get("model", ""), asked.get("revision"))
        if method == FOLLOW:
            self.follows[of] = followed_on(page)
            return
        known, got = self.files.setdefault(of, {}), got_on(page)
        before = known.get(asked.get("path", ""))
        if got.sha256 or before is None or before.sha256 is None:
            known[asked.get("path", "")] = got

    def _see(self, page: Page, hub: Hub, registry: Registry) -> None:
        seen = list(hub.parse(page, registry))
        for each in seen:
            if not isinstance(each, SeenModel):
                continue
            at, before = (each.native_id, each.asked), self.repositories.get((each.native_id, each.asked))
            files = {valid_text(f.path): f for f in seen if isinstance(f, SeenFile) and f.model == each.native_id}
            if before is None or each.files_whole or each.revision is not None:
                self.repositories[at] = Found(each, files, page.run_id)
            else:  # a later page of the same repository, such as one with its configuration
                self.repositories[at] = replace(before, model=merged(before.model, each), run_id=page.run_id)

    def over(self, found: Found) -> Found:
        """A model with what is known of its contents."""
        known = self.files.get((found.model.native_id, found.model.revision))
        if not known:
            return found
        files = {path: _with(seen, known.get(path)) for path, seen in found.files.items()}
        return replace(found, files=files, runs={path: got.run_id for path, got in known.items()})

    def followed(self, listed: set[Pinned]) -> Iterator[Found]:
        """The repositories that models take code from and that no list shows, each once, with what is known of them."""
        there, made = set(listed), dict[Pinned, Found]()
        left = dict(self.follows)
        while ready := [of for of, follow in left.items() if there & set(follow.by)]:
            for of in ready:
                found = self._found(of, left.pop(of))
                at = (found.model.native_id, found.model.revision)
                made[at] = _joined(made[at], found) if at in made else found
            there |= made.keys()
        for at in sorted(made.keys() - listed, key=lambda each: (each[0], each[1] or "")):
            yield self.over(made[at])

    def _found(self, of: Pinned, follow: Followed) -> Found:
        seen = self.repositories.get(of)
        model = seen.model if seen else SeenModel(native_id=of[0])
        unpinned = UNPINNED if of[1] is None and model.revision else None
        problem = said.problems(model.problem, follow.problem, unpinned)
        return Found(
            replace(model, problem=problem),
            seen.files if seen else {},
            seen.run_id if seen else follow.run_id,
            named_by=follow.named_by[:_MOST_NAMED],
        )


def _with(seen: SeenFile, got: Got | None) -> SeenFile:
    if got is None:
        return seen
    return replace(
        seen,
        sha256=got.sha256 or seen.sha256,
        bytes=seen.bytes if got.bytes is None else got.bytes,
        problem=said.problems(*dict.fromkeys((seen.problem, got.problem))),
    )


def _joined(one: Found, other: Found) -> Found:
    """Two references that lead to one commit."""
    problem = said.problems(*dict.fromkeys((one.model.problem, other.model.problem)))
    return replace(
        one,
        model=replace(one.model, problem=problem),
        named_by=tuple(sorted({*one.named_by, *other.named_by}))[:_MOST_NAMED],
    )
