"""What stands on the pages of the Hugging Face Hub's API. Pure.

Read from the raw JSON, because ``huggingface_hub``'s own reading stops at a deleted author (``author: null``) and at a
comment whose text is gone (no ``data.latest``). Nothing here trusts the type of a value.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import parse_qsl

from codebook.harmless import one_line
from codebook.huggingface import VERSION
from codebook.raw import Page
from collect.source import Seen, SeenGone, SeenPost, SeenSlice, SeenThread

_OK = 200
_REFUSED = 400
_NOT_FOUND = 404
_GONE: dict[int, Literal["deleted", "private", "gone"]] = {401: "gone", 403: "private", 404: "deleted", 410: "deleted"}
_WORD = re.compile(r"\W+")
_QUERY = re.compile(r"discussions of (model|dataset|space) ([\w./-]+)")
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

    @property
    def query(self) -> str:
        """What the list of its discussions is called in ``slices``."""
        return f"discussions of {self.kind} {self.name}"


def asked_for(path: str) -> tuple[Repository, int | None] | None:
    """Say which repository's discussions, or which one of them, the path of a URL stands for; None if it is neither."""
    found = _DISCUSSIONS.search(path)
    return (Repository(found[1], found[2]), int(found[3]) if found[3] else None) if found else None


def seen_on(page: Page, repos: Collection[str], public_url: str) -> Iterator[Seen]:
    """Say what stands on a page.

    Args:
        page: A page from the raw store that is no note.
        repos: The repositories that ``study.toml`` names.
        public_url: Where links for readers lead, for the API does not say.
    """
    path, _, query = page.path.partition("?")
    asked = asked_for(path)
    if path.endswith("/api/models"):
        if page.status != _OK:
            yield SeenSlice(query=f"models {query}", problem=_refusal(page))
    elif asked and asked[1] is None:
        yield _list(page, asked[0], query, named=asked[0].path in repos)
    elif asked and page.status == _OK:
        link = f"{public_url}/{asked[0].path}/discussions/{asked[1]}"
        yield from _thread(page, f"{asked[0].path}#{asked[1]}", link, dict(parse_qsl(query)).get(VERSION))
    elif asked:
        yield from _refused(page, *asked)


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


def version_of(item: dict[str, Any]) -> str | None:
    """What the list shows of a discussion and what changes when something is said or done in it.

    These are its status, how many comments it has, how many people reacted, and a mark of its title and its reactions.
    The list shows no time of the last change: a comment that was edited or hidden alone does not show. The mark is of
    16 bits, for nobody shall be able to try names that were replaced in a title against it.

    Returns:
        None where the list does not show the number of comments.
    """
    comments, people, status = item.get("numComments"), item.get("numReactionUsers"), _text(item.get("status"))
    if not isinstance(comments, int):
        return None
    shown = json.dumps([status, item.get("title"), item.get("topReactions")], sort_keys=True)
    mark = hashlib.sha256(shown.encode()).hexdigest()[:4]
    return f"{_WORD.sub('', status)[:10]}-{comments}-{people if isinstance(people, int) else 0}-{mark}"


def repository_of(query: str) -> Repository | None:
    """The repository whose discussions a query in ``slices`` is about; None if it is about something else."""
    found = _QUERY.match(query)
    return Repository(found[1], found[2]) if found else None


def why_gone(status: int, body: Any) -> Literal["deleted", "private", "gone"] | None:
    """What an answer says of a thing that is not there for us any more; None if it does not speak of the thing.

    Without a token the Hub says 401 both of what is private and of what there never was.
    """
    said = _text(_table(body).get("error"))
    if not said or status not in _GONE:
        return None
    return "gone" if status == _NOT_FOUND and "repository" in said.lower() else _GONE[status]


def _list(page: Page, repository: Repository, query: str, *, named: bool) -> SeenSlice:
    """One page of a list. The list has no dates and counts all discussions, so its slice has no window.

    A renamed repository is asked for by its new name, and one that somebody has just mentioned need not be there: of
    both the answer is all that there is. One that the study names and the Hub refuses is skipped.
    """
    name = repository.query
    if page.status == _OK:
        reported = count(page.json())
        hits = tuple(f"{repository.path}#{item['num']}" for item in discussions(page.json()))
        problem = None if reported is not None else "the answer is no list of discussions"
        return SeenSlice(query=name, reported=reported, hits=hits, problem=problem)
    first = dict(parse_qsl(query)).get("p", "0") == "0"
    if first and (moved := _moved(page)):
        return SeenSlice(query=f"{name}, which is now {moved[0].path}", reported=0)
    if first and not named and why_gone(page.status, _body(page)) in ("deleted", "gone"):
        return SeenSlice(query=f"{name}, which is not there ({_refusal(page)})", reported=0)
    return SeenSlice(query=name, skipped=first, problem=_refusal(page))


def _refused(page: Page, repository: Repository, number: int | None) -> Iterator[Seen]:
    """What became of a discussion that is not given; refused for no reason of its own, it is missing from its list."""
    native_id, moved = f"{repository.path}#{number}", _moved(page)
    if moved and moved[1] is not None:
        yield SeenGone(native_id=native_id, why="renamed", now=f"{moved[0].path}#{moved[1]}")
    elif why := why_gone(page.status, _body(page)):
        yield SeenGone(native_id=native_id, why=why)
    elif page.status >= _REFUSED:
        yield SeenSlice(query=repository.query, problem=f"#{number}: {_refusal(page)}")


def _moved(page: Page) -> tuple[Repository, int | None] | None:
    """Where a redirect leads."""
    location = page.headers.get("location", "").partition("?")[0]
    return asked_for(location) if _OK < page.status < _REFUSED else None


def _refusal(page: Page) -> str:
    """Why the site did not give what was asked for, in its own words."""
    said = _text(_table(_body(page)).get("error"))
    return one_line(f"HTTP {page.status} {said or page.headers.get('x-error-message', '')}", 200)


def _body(page: Page) -> Any:
    try:
        return json.loads(page.body)
    except (ValueError, RecursionError):
        return None


def _thread(page: Page, native_id: str, url: str, version: str | None) -> Iterator[Seen]:
    """A discussion with its posts: its ``comment`` events. All other events say what was done, not what was said.

    The page has all that a thread is but a mark of its version: the list has that, and it is stored in the request. The
    id of the opening post stays when a repository is renamed; the discussion has no id that is shown.
    """
    body = _table(page.json())
    opened, author = time_of(body.get("createdAt")), _author(body)
    events = body.get("events")
    comments = [e for e in map(_table, events if isinstance(events, list) else ()) if e.get("type") == "comment"]
    yield SeenThread(
        native_id=native_id,
        item="pull_request" if body.get("isPullRequest") else "discussion",
        url=url,
        title=_text(body.get("title")),
        state=_text(body.get("status")) or None,
        created_at=opened,
        author=author,
        author_names=_names(body),
        uid=_text(comments[0].get("id")) or None if comments else None,
        version=version,
    )
    if not comments:
        names = _names(body)
        yield SeenPost(
            thread=native_id,
            native_id="0",
            role="opening",
            body="",
            created_at=opened,
            author=author,
            author_names=names,
        )
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
        author_names=_names(event),
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


def _names(what: dict[str, Any]) -> tuple[str, ...]:
    """The display name, beside the account's."""
    author = _table(what.get("author"))
    shown = _text(author.get("fullname"))
    return (shown,) if shown and shown != author.get("name") else ()


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
