"""What stands on the pages of a Discourse forum: search results, topics, and posts of topics.

A post's native id is its number in its topic: it is what ``reply_to_post_number`` and a link to a post name.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from codebook.harmless import one_line, valid_text
from codebook.raw import Page
from collect.discourse_windows import PAGES, without_window
from collect.html_text import markdown
from collect.source import Seen, SeenPost, SeenSlice, SeenThread

_TOPIC = re.compile(r"/t/(\d+)(/posts)?\.json")
_SMALL_ACTION, _WHISPER = 3, 4
"""Post types: the site's own note that something was done (closed, moved), and what only the staff sees."""

_LIKE = 2
"""The id of a like in ``actions_summary``."""


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("is not a moment of our calendar") from None


Text = Annotated[str, BeforeValidator(lambda value: valid_text(value) if isinstance(value, str) else value)]
Moment = Annotated[datetime, AfterValidator(_utc)]
Number = Annotated[int, Field(ge=-(2**53), le=2**53)]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Hit(_Shape):
    topic_id: Number
    created_at: Moment | None = None


class _Action(_Shape):
    id: Number
    count: Number | None = None


class _Post(_Shape):
    post_number: Number
    cooked: Text
    topic_id: Number | None = None
    post_type: Number = 1
    username: Text | None = None
    user_id: Number | None = None
    created_at: Moment | None = None
    actions_summary: tuple[_Action, ...] | None = None
    accepted_answer: bool | None = None
    hidden: bool | None = None
    reply_to_post_number: Number | None = None


class _Tag(_Shape):
    name: Text


class _User(_Shape):
    username: Text | None = None


class _Details(_Shape):
    created_by: _User | None = None


class _Topic(_Shape):
    id: Number
    title: Text
    slug: Text | None = None
    posts_count: Number | None = None
    created_at: Moment | None = None
    closed: bool | None = None
    archived: bool | None = None
    accepted_answer: Any = None
    tags: tuple[_Tag | Text, ...] | None = None
    details: _Details | None = None


M = TypeVar("M", bound=_Shape)


def readable_json(body: bytes) -> Any:
    """A body as JSON, None if it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def inside(value: Any, *keys: str) -> Any:
    """What stands at a path of keys, None if there is nothing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def listed(value: Any) -> list[Any]:
    """A list as it is, anything else as an empty one."""
    return value if isinstance(value, list) else []


def hits(body: Any, since: datetime | None) -> list[str]:
    """Topics of the posts on a result page, each once; posts before ``since`` belong to another window."""
    found = _readable(listed(inside(body, "posts")), _Hit, [], "hit")
    topics = (str(h.topic_id) for h in found if since is None or h.created_at is None or h.created_at >= since)
    return list(dict.fromkeys(topics))


def has_more(body: Any) -> bool:
    """Whether a result goes on behind this page."""
    return bool(inside(body, "grouped_search_result", "more_full_page_results"))


def not_shown(body: Any) -> list[int]:
    """Ids of a topic's posts that its own page does not show."""
    shown = {inside(post, "id") for post in listed(inside(body, "post_stream", "posts"))}
    stream = listed(inside(body, "post_stream", "stream"))
    return [i for i in dict.fromkeys(i for i in stream if type(i) is int) if i not in shown]


def refusal(status: int, body: Any) -> str:
    """What the site says instead of what was asked for."""
    said = " ".join(str(e) for e in listed(inside(body, "errors"))) or str(inside(body, "message") or "")
    return f"HTTP {status}" + (f": {one_line(said, 200)}" if said else "")


def parse(page: Page, public_url: str) -> Iterator[Seen]:
    """Say what stands on a page; ``public_url`` is where readers reach the forum."""
    path, _, parameters = page.path.partition("?")
    topic = _TOPIC.fullmatch(path)
    if page.status != HTTPStatus.OK:
        yield _refused(page, topic, parameters)
    elif path == "/search.json":
        yield from _search(page.json(), parameters)
    elif topic:
        yield from _topic(page.json(), topic[1], public_url, whole=not topic[2])


def _asked(parameters: str) -> tuple[str, int]:
    values = parse_qs(parameters)
    number = "".join(values.get("page", ["1"]))
    return "".join(values.get("q", ())), int(number) if number.isdecimal() else 1


def _refused(page: Page, topic: re.Match[str] | None, parameters: str) -> SeenSlice:
    problem = refusal(page.status, readable_json(page.body))
    if topic:
        return SeenSlice(query=f"topic {topic[1]}", problem=problem)
    query, window = without_window(_asked(parameters)[0])
    start, last = (window.first, window.last) if window else (None, None)
    return SeenSlice(query=query, window_start=start, window_end=last, problem=problem)


def _search(body: Any, parameters: str) -> Iterator[Seen]:
    """The window that a result page belongs to; none if it only showed that the window has to be halved."""
    asked, number = _asked(parameters)
    query, window = without_window(asked)
    more = has_more(body)
    if window and number == 1 and window.must_be_halved(more=more):
        return
    start, last = (window.first, window.last) if window else (None, None)
    cut = more and number >= PAGES
    yield SeenSlice(
        query=query,
        window_start=start,
        window_end=last,
        hits=tuple(hits(body, start)),
        problem=f"one day has more than the {PAGES} pages that the search gives" if cut else None,
    )


def _topic(body: Any, topic: str, public_url: str, *, whole: bool) -> Iterator[Seen]:
    problems: list[str] = []
    stream = inside(body, "post_stream")
    if whole:
        for header in _readable([body], _Topic, problems, "topic"):
            yield _thread(header, stream, public_url)
        if not listed(inside(stream, "stream")):
            problems.append("the forum does not list the posts of a topic this long; only those of its page are here")
    for post in _readable(listed(inside(stream, "posts")), _Post, problems, "post"):
        if post.post_type not in (_SMALL_ACTION, _WHISPER):
            yield _post(post, topic, public_url)
    if problems:
        yield SeenSlice(query=f"topic {topic}", problem="; ".join(problems))


def _thread(topic: _Topic, stream: Any, public_url: str) -> SeenThread:
    solved = bool(topic.accepted_answer) or any(
        inside(post, "accepted_answer") is True for post in listed(inside(stream, "posts"))
    )
    slug = topic.slug if topic.slug and re.fullmatch(r"[\w%-][\w%.-]*", topic.slug) else "-"
    author = topic.details.created_by.username if topic.details and topic.details.created_by else None
    return SeenThread(
        native_id=str(topic.id),
        item="topic",
        url=f"{public_url}/t/{slug}/{topic.id}",
        title=topic.title,
        state="solved" if solved else "archived" if topic.archived else "closed" if topic.closed else "open",
        created_at=topic.created_at,
        author=author or None,
        labels=tuple(tag if isinstance(tag, str) else tag.name for tag in topic.tags or ()),
        n_reported=_reported(topic.posts_count, stream),
    )


def _reported(count: int | None, stream: Any) -> int | None:
    """Posts that people wrote: the forum counts its own notes, such as "closed", and a cut page does not show them."""
    shown = listed(inside(stream, "posts"))
    if count is None or len(shown) < len(listed(inside(stream, "stream"))):
        return None
    return count - sum(inside(post, "post_type") in (_SMALL_ACTION, _WHISPER) for post in shown)


def _post(post: _Post, topic: str, public_url: str) -> SeenPost:
    likes = None
    if post.actions_summary is not None:
        likes = sum(action.count or 0 for action in post.actions_summary if action.id == _LIKE)
    return SeenPost(
        thread=topic if post.topic_id is None else str(post.topic_id),
        native_id=str(post.post_number),
        role="opening" if post.post_number == 1 else "reply",
        body=markdown(post.cooked, public_url),
        created_at=post.created_at,
        author=post.username or None,
        # The accounts of a forum's own programs have ids below 1 (User#human? in Discourse's app/models/user.rb).
        author_kind=None if post.user_id is None else "person" if post.user_id > 0 else "bot",
        score=likes,
        accepted=post.accepted_answer,
        hidden=bool(post.hidden),
        reply_to=None if post.reply_to_post_number is None else str(post.reply_to_post_number),
    )


def _readable(values: list[Any], shape: type[M], problems: list[str], name: str) -> Iterator[M]:
    for value in values:
        try:
            yield shape.model_validate(value)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"])) or "it"
            problems.append(f"a {name} cannot be read: {one_line(field, 40)}: {one_line(first['msg'], 80)}")
