"""What stands on the pages of a Discourse forum: search results, topics, and posts of topics.

A post's native id is its number in its topic: it is what ``reply_to_post_number`` and a link to a post name.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import parse_qs

from codebook.harmless import one_line
from codebook.raw import Page
from collect.discourse.shapes import Hit, Post, Topic, User, readable
from collect.discourse.windows import PAGES, without_window
from collect.html_text import markdown
from collect.source import Seen, SeenGone, SeenPost, SeenSlice, SeenThread

_TOPIC = re.compile(r"/t/(\d+)(/posts)?\.json")
_SMALL_ACTION, _WHISPER = 3, 4
"""Post types: the site's own note that something was done (closed, moved), and what only the staff sees."""

_LIKE = 2
"""The id of a like in ``actions_summary``."""

_GONE: dict[int, Literal["private", "gone", "deleted"]] = {403: "private", 404: "gone", 410: "deleted"}
"""What a status says of a topic. Unless a forum sets ``detailed_404``, it has 404 for all that it does not give."""


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


@dataclass(frozen=True, slots=True)
class Listed:
    """A topic as a result page lists it: its version, if the page tells, and when its last post was edited, if it was.

    An edited last post makes a topic come up without a new post.
    """

    topic: str
    version: str | None = None
    edited_at: datetime | None = None


def listed_topics(body: Any, since: datetime | None) -> list[Listed]:
    """The topics of :func:`hits`, with what the result page says of them."""
    told = {str(topic.id): topic for topic in readable(listed(inside(body, "topics")), Topic, [], "topic")}
    return [
        Listed(hit, version(told[hit]), _edited_at(told[hit])) if hit in told else Listed(hit)
        for hit in hits(body, since)
    ]


def _edited_at(topic: Topic) -> datetime | None:
    came_up, posted = topic.bumped_at, topic.last_posted_at
    return came_up if came_up and posted and came_up > posted else None


def version(topic: Topic) -> str | None:
    """A text that changes with a topic, the same on a result page and on its own; None where its posts are not dated.

    Made of what both pages take from the same place (``ListableTopicSerializer`` and ``TopicViewSerializer`` in
    Discourse's ``app/serializers``; their ``highest_post_number`` are counted differently). A post's edit is in none
    of it: that of a last post moves ``bumped_at``, which only a result page has; of any other, a search tells nothing.
    """
    if topic.posts_count is None or topic.last_posted_at is None:
        return None
    state = ("closed" if topic.closed else "") + ("archived" if topic.archived else "")
    title = sha256(topic.title.encode()).hexdigest()[:8]
    return "/".join((topic.last_posted_at.isoformat(), str(topic.posts_count), str(topic.reply_count), state, title))


def other_topic(body: Any, topic: str) -> str | None:
    """The topic that a forum gives in place of one that was asked for; None if it is that one."""
    there = inside(body, "id")
    return str(there) if type(there) is int and str(there) != topic else None


def hits(body: Any, since: datetime | None) -> list[str]:
    """Topics of the posts on a result page, each once; posts before ``since`` belong to another window."""
    found = readable(listed(inside(body, "posts")), Hit, [], "hit")
    topics = (str(h.topic_id) for h in found if since is None or h.created_at is None or h.created_at >= since)
    return list(dict.fromkeys(topics))


def has_more(body: Any) -> bool:
    """Whether a result goes on behind this page."""
    return bool(inside(body, "grouped_search_result", "more_full_page_results"))


def shown(body: Any) -> set[int]:
    """Ids of the posts on a page."""
    ids = (inside(post, "id") for post in listed(inside(body, "post_stream", "posts")))
    return {i for i in ids if type(i) is int}


def not_shown(body: Any) -> list[int]:
    """Ids of a topic's posts that its own page does not show."""
    there = shown(body)
    stream = listed(inside(body, "post_stream", "stream"))
    return [i for i in dict.fromkeys(i for i in stream if type(i) is int) if i not in there]


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


def _refused(page: Page, topic: re.Match[str] | None, parameters: str) -> SeenSlice | SeenGone:
    if topic and not topic[2] and page.status in _GONE:
        return SeenGone(native_id=topic[1], why=_GONE[page.status])
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
    if whole and (now := other_topic(body, topic)):
        yield SeenGone(native_id=topic, why="renamed", now=now)
        return
    problems: list[str] = []
    stream = inside(body, "post_stream")
    if whole:
        for header in readable([body], Topic, problems, "topic"):
            yield _thread(header, stream, public_url)
        if not listed(inside(stream, "stream")):
            problems.append("the forum does not list the posts of a topic this long; only those of its page are here")
    for post in readable(listed(inside(stream, "posts")), Post, problems, "post"):
        if post.post_type not in (_SMALL_ACTION, _WHISPER):
            yield _post(post, topic, public_url)
    if problems:
        yield SeenSlice(query=f"topic {topic}", problem="; ".join(problems))


def _thread(topic: Topic, stream: Any, public_url: str) -> SeenThread:
    solved = bool(topic.accepted_answer) or any(
        inside(post, "accepted_answer") is True for post in listed(inside(stream, "posts"))
    )
    slug = topic.slug if topic.slug and re.fullmatch(r"[\w%-][\w%.-]*", topic.slug) else "-"
    author = topic.details.created_by if topic.details else None
    return SeenThread(
        native_id=str(topic.id),
        item="topic",
        url=f"{public_url}/t/{slug}/{topic.id}",
        title=topic.title,
        state="solved" if solved else "archived" if topic.archived else "closed" if topic.closed else "open",
        created_at=topic.created_at,
        author=author.username or None if author else None,
        author_names=_other_names(author) if author else (),
        labels=tuple(tag if isinstance(tag, str) else tag.name for tag in topic.tags or ()),
        n_reported=_reported(topic.posts_count, stream),
        uid=str(topic.id),
        version=version(topic),
    )


def _other_names(who: User | Post) -> tuple[str, ...]:
    """The display name, where the account has one."""
    name = (who.name or "").strip()
    return (name,) if name and name != who.username else ()


def _reported(count: int | None, stream: Any) -> int | None:
    """Posts that people wrote: the forum counts its own notes, such as "closed", and a cut page does not show them."""
    shown = listed(inside(stream, "posts"))
    if count is None or len(shown) < len(listed(inside(stream, "stream"))):
        return None
    return count - sum(inside(post, "post_type") in (_SMALL_ACTION, _WHISPER) for post in shown)


def _post(post: Post, topic: str, public_url: str) -> SeenPost:
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
        author_names=_other_names(post),
        # The accounts of a forum's own programs have ids below 1 (User#human? in Discourse's app/models/user.rb).
        author_kind=None if post.user_id is None else "person" if post.user_id > 0 else "bot",
        score=likes,
        accepted=post.accepted_answer,
        hidden=bool(post.hidden),
        reply_to=None if post.reply_to_post_number is None else str(post.reply_to_post_number),
    )
