"""What stands on the pages of the Hugging Face Hub's API. Pure.

Read from the raw JSON, because ``huggingface_hub``'s own reading stops at a deleted author (``author: null``) and at a
comment whose text is gone (no ``data.latest``). Nothing here trusts the type of a value.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from codebook.harmless import one_line
from codebook.raw import Page
from collect.source import Seen, SeenPost, SeenSlice, SeenThread

_OK = 200
_REFUSED = 400
_DISCUSSIONS = re.compile(r"/api/(model|dataset|space)s/([^/]+(?:/[^/]+)?)/discussions(?:/(\d{1,18}))?$")


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository: its kind (model, dataset, space) and its ``owner/name``."""

    kind: str
    name: str

    @classmethod
    def of(cls, given: str) -> "Repository":
        """Read ``owner/name``, ``datasets/owner/name`` or ``spaces/owner/name``."""
        head, _, rest = given.partition("/")
        return cls(head[:-1], rest) if head in ("datasets", "spaces") and rest else cls("model", given)

    @property
    def path(self) -> str:
        """Its path on the web: models have no prefix."""
        return self.name if self.kind == "model" else f"{self.kind}s/{self.name}"


def asked_for(path: str) -> tuple[Repository, int | None] | None:
    """Say which repository's discussions, or which one of them, the path of a URL stands for; None if it is neither."""
    found = _DISCUSSIONS.search(path)
    return (Repository(found[1], found[2]), int(found[3]) if found[3] else None) if found else None


def seen_on(page: Page, public_url: str) -> Iterator[Seen]:
    """Say what stands on a page.

    Args:
        page: A page from the raw store.
        public_url: Where links for readers lead, for the API does not say.
    """
    path, _, query = page.path.partition("?")
    asked = asked_for(path)
    if path.endswith("/api/models"):
        yield _candidates(page, query)
    elif asked and asked[1] is None:
        yield _list(page, asked[0], query)
    elif asked and page.status == _OK:
        yield from _thread(page, f"{asked[0].path}#{asked[1]}", f"{public_url}/{asked[0].path}/discussions/{asked[1]}")
    elif asked and page.status >= _REFUSED:
        what = f"discussion of {asked[0].kind} {asked[0].name}#{asked[1]}"
        yield SeenSlice(query=what, skipped=True, problem=_refusal(page))


def discussions(page: Any) -> list[dict[str, Any]]:
    """The discussions on a page of a list; each has a number ``num``."""
    listed = _table(page).get("discussions")
    items = map(_table, listed) if isinstance(listed, list) else ()
    return [item for item in items if isinstance(item.get("num"), int) and item["num"] > 0]


def count(page: Any) -> int | None:
    """How many discussions a page of a list says there are."""
    said = _table(page).get("count")
    return said if isinstance(said, int) else None


def time_of(value: Any) -> datetime | None:
    """A moment in ISO 8601, in UTC; None if it is none."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _candidates(page: Page, query: str) -> SeenSlice:
    """One page of the list of candidates. Its query names the limit; the Hub does not say how many there would be."""
    asked = urlencode([(name, value) for name, value in parse_qsl(query) if name != "cursor"])
    if page.status != _OK:
        return SeenSlice(query=f"models {asked}", problem=_refusal(page))
    models = page.json()
    hits = [_table(model).get("id") for model in models] if isinstance(models, list) else []
    return SeenSlice(query=f"models {asked}", hits=tuple(hit for hit in hits if isinstance(hit, str)))


def _list(page: Page, repository: Repository, query: str) -> SeenSlice:
    """One page of a list. The list has no dates and counts all discussions, so its slice has no window."""
    name = f"discussions of {repository.kind} {repository.name}"
    if page.status != _OK:
        first = dict(parse_qsl(query)).get("p", "0") == "0"
        return SeenSlice(query=name, skipped=first, problem=_refusal(page))
    reported = count(page.json())
    hits = tuple(f"{repository.path}#{item['num']}" for item in discussions(page.json()))
    problem = None if reported is not None else "the answer is no list of discussions"
    return SeenSlice(query=name, reported=reported, hits=hits, problem=problem)


def _refusal(page: Page) -> str:
    """Why the site did not give what was asked for, in its own words."""
    moved = asked_for(page.headers.get("location", "").partition("?")[0])
    if moved and page.status < _REFUSED:
        return f"moved to {moved[0].path}"
    try:
        said = _text(_table(json.loads(page.body)).get("error"))
    except ValueError:
        said = ""
    return one_line(f"HTTP {page.status} {said or page.headers.get('x-error-message', '')}", 200)


def _thread(page: Page, native_id: str, url: str) -> Iterator[Seen]:
    """A discussion with its posts: its ``comment`` events. All other events say what was done, not what was said."""
    body = _table(page.json())
    opened, author = time_of(body.get("createdAt")), _author(body)
    yield SeenThread(
        native_id=native_id,
        item="pull_request" if body.get("isPullRequest") else "discussion",
        url=url,
        title=_text(body.get("title")),
        state=_text(body.get("status")) or None,
        created_at=opened,
        author=author,
    )
    events = body.get("events")
    comments = [e for e in map(_table, events if isinstance(events, list) else ()) if e.get("type") == "comment"]
    if not comments:
        yield SeenPost(thread=native_id, native_id="0", role="opening", body="", created_at=opened, author=author)
    for position, event in enumerate(comments):
        yield _post(event, native_id, "comment" if position else "opening")


def _post(event: dict[str, Any], thread: str, role: Literal["opening", "comment"]) -> SeenPost:
    data = _table(event.get("data"))
    text = _table(data.get("latest")).get("raw")
    reactions = data.get("reactions")
    return SeenPost(
        thread=thread,
        native_id=_text(event.get("id")),
        role=role,
        body=_text(text),
        created_at=time_of(event.get("createdAt")),
        author=_author(event),
        score=sum(map(_votes, reactions)) if isinstance(reactions, list) else None,
        # A hidden comment keeps a sentence that says so in place of its text, or has no text at all.
        hidden=bool(data.get("hidden")) or not isinstance(text, str),
    )


def _votes(reaction: Any) -> int:
    """How many people reacted in one way."""
    times = _table(reaction).get("count")
    return times if isinstance(times, int) else 1


def _author(what: dict[str, Any]) -> str | None:
    """The account name; None where the account is deleted, which is null or no author at all."""
    return _text(_table(what.get("author")).get("name")) or None


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
