"""A Discourse forum on this machine: search, topics, posts, limits and refusals.

Shapes after Discourse's own test fixtures, rules after its search controller and its ``Search`` class: ten pages, one
hit a topic, ``after:`` and ``before:`` without the midnight they name, and older posts that are joined in at the offset
of the page. Posts are cooked from Markdown, as the forum does it.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml

from sites.corpus import CorpusPost, CorpusThread
from sites.server import Asked, Reply, as_json

_PAGES = 10
_SHOWN = 20
_SHORTEST = 3
_MENTION = re.compile(r"(?<![\w/])@([A-Za-z0-9][\w.-]*\w)")


def slow_down() -> Reply:
    """The search's own limit: it does not say how long."""
    return as_json({"failed": "FAILED", "message": "Too many requests, please try again later."}, status=429)


def limited(seconds: int, **headers: str) -> Reply:
    """Any other limit."""
    said = f"You've performed this action too many times, please try again in {seconds} seconds."
    body = {"errors": [said], "error_type": "rate_limit", "extras": {"wait_seconds": seconds, "time_left": "a while"}}
    return as_json(body, status=429, **headers)


def overloaded() -> Reply:
    """A search that a busy forum did not make."""
    result = {"more_full_page_results": None, "term": None, "error": "extreme load", "post_ids": []}
    return as_json({"posts": [], "topics": [], "users": [], "categories": [], "grouped_search_result": result})


def refused(status: int, kind: str, said: str) -> Reply:
    return as_json({"errors": [said], "error_type": kind}, status=status)


def cook(markdown: str) -> str:
    """Markdown as the forum shows it; HTML that its author typed is text."""
    md = MarkdownIt("commonmark", {"html": False, "breaks": True, "langPrefix": "lang-"}).enable("table")
    md.add_render_rule("text", _with_mentions)
    return str(md.render(markdown)).strip()


def _with_mentions(_self: Any, tokens: Sequence[Any], index: int, _options: Any, _env: Any) -> str:
    def link(found: re.Match[str]) -> str:
        return f'<a class="mention" href="/u/{found[1].lower()}">@{found[1]}</a>'

    return _MENTION.sub(link, escapeHtml(tokens[index].content))


@dataclass
class DiscourseSite:
    """Serves the threads whose site is ``pytorch_forum``.

    Args:
        threads: The world; ``number`` is the topic's id, ``CorpusPost.id`` a post's, and ``reply_to`` names a post's.
        page_size: Hits on a result page.
        recent_from: Posts from this id on have an index of their own; 0 for a small forum.
        refused: Topics that are not given, with the status; a search lists them if they are in the world.
        moved: Topics that the forum redirects from, with the one that it redirects to.
        chunk: The most posts that one request gives by their ids; forums as they are do not limit it.
        key: The only key that is accepted.
        members_only: Whether everything wants a key.
    """

    threads: list[CorpusThread]
    page_size: int = 50
    recent_from: int = 0
    refused: dict[int, int] = field(default_factory=dict)
    moved: dict[int, int] = field(default_factory=dict)
    chunk: int = 1000
    key: str = ""
    members_only: bool = False
    base_url: str = ""

    def __post_init__(self) -> None:
        self.topics = {t.number: t for t in self.threads if t.site == "pytorch_forum"}

    def answer(self, asked: Asked) -> Reply:
        given = asked.headers.get("api-key")
        if given is not None and given != self.key:
            said = "You are not permitted to view the requested resource. The API username or key is invalid."
            return refused(403, "invalid_access", said)
        if self.members_only and given is None:
            return refused(403, "not_logged_in", "You need to be logged in to do that.")
        topic = re.fullmatch(r"/t/(\d+)(/posts)?\.json", asked.path)
        if asked.path == "/search.json":
            return self._search(asked)
        number = int(topic[1]) if topic else 0
        if number in self.moved:
            return Reply(301, b"", {"Location": f"/t/{self.moved[number]}.json"})
        if number not in self.topics or number in self.refused:
            kind = "invalid_access" if self.refused.get(number) == 403 else "not_found"
            return refused(self.refused.get(number, 404), kind, "The requested URL or resource could not be found.")
        return self._posts(asked, number) if topic and topic[2] else self._topic(number)

    def _search(self, asked: Asked) -> Reply:
        if len(asked.first("q")) < _SHORTEST:
            return refused(400, "invalid_parameters", "You supplied invalid parameters to the request: q")
        number = int(asked.first("page", "1"))
        number = number if 1 <= number <= _PAGES else 1  # what is behind the last page is the first page
        offset = (number - 1) * self.page_size
        every = self._matching(asked.first("q"))
        recent = self._of_topics([hit for hit in every if hit[1].id >= self.recent_from])
        older = self._of_topics([hit for hit in every if hit[1].id < self.recent_from])
        found = recent[offset : offset + self.page_size + 1]
        if len(found) <= self.page_size:
            found += older[offset : offset + self.page_size + 1]
        shown = found[: self.page_size]
        result = {
            "more_posts": None,
            "more_users": None,
            "more_categories": None,
            "term": asked.first("q"),
            "search_log_id": 7,
            "more_full_page_results": True if len(found) > self.page_size else None,
            "can_create_topic": False,
            "error": None,
            "post_ids": [post.id for _, post in shown],
            "user_ids": [],
            "category_ids": [],
            "tag_ids": [],
            "group_ids": [],
        }
        topics = {thread.number: self._header(thread) | _bumped(thread) for thread, _ in shown}
        body = {"posts": [_hit(*each) for each in shown], "topics": list(topics.values()), "users": []}
        return as_json(body | {"categories": [], "tags": [], "groups": [], "grouped_search_result": result})

    def _matching(self, term: str) -> list[tuple[CorpusThread, CorpusPost]]:
        phrase = "".join(re.findall(r'"([^"]+)"', term)).lower()
        words = term.split()
        after, before = (_midnight(words, name) for name in ("after:", "before:"))
        found = []
        for thread in self.topics.values():
            for number, post in enumerate(thread.posts, 1):
                titled = number == 1 and phrase in thread.title.lower()
                text = titled if "in:title" in words else titled or phrase in post.body.lower()
                first = number == 1 or "in:first" not in words
                in_time = (after is None or post.at > after) and (before is None or post.at < before)
                if text and first and in_time and not post.hidden:
                    found.append((thread, post))
        return found

    @staticmethod
    def _of_topics(hits: list[tuple[CorpusThread, CorpusPost]]) -> list[tuple[CorpusThread, CorpusPost]]:
        """The latest hit of each topic, the latest first."""
        latest: dict[int, tuple[CorpusThread, CorpusPost]] = {}
        for thread, post in sorted(hits, key=lambda hit: (hit[1].at, hit[1].id), reverse=True):
            latest.setdefault(thread.number, (thread, post))
        return list(latest.values())

    def _header(self, thread: CorpusThread) -> dict[str, Any]:
        count = len(thread.posts) + (thread.state == "closed")  # the forum's note that it was closed is a post
        return {
            "id": thread.number,
            "title": thread.title,
            "fancy_title": escapeHtml(thread.title),
            "slug": _slug(thread.title),
            "posts_count": count,
            "reply_count": len(thread.posts) - 1,
            "created_at": _time(thread.opening.at),
            "highest_post_number": count,
            "last_posted_at": _time(thread.posts[-1].at),
            "visible": True,
            "closed": thread.state == "closed",
            "archived": thread.state == "archived",
            "archetype": "regular",
            "tags": list(thread.labels),
            "category_id": 1,
        }

    def _topic(self, number: int) -> Reply:
        thread, rows = self.topics[number], _rows(self.topics[number])
        solved = next((row for row in rows if row["accepted_answer"]), None)
        who = {"id": rows[0]["user_id"], "username": rows[0]["username"], "name": rows[0]["name"]}
        details = {"created_by": who, "participants": []}
        body = {
            "post_stream": {"posts": rows[:_SHOWN], "stream": [row["id"] for row in rows]},
            "timeline_lookup": [[1, 0]],
            "suggested_topics": [],
            **self._header(thread),
            "views": 100,
            "like_count": sum(post.score for post in thread.posts),
            "chunk_size": _SHOWN,
            "details": details,
        }
        if solved:
            body["accepted_answer"] = {"post_number": solved["post_number"], "username": solved["username"]}
        return as_json(body)

    def _posts(self, asked: Asked, number: int) -> Reply:
        wanted = [int(value) for name, value in asked.query if name == "post_ids[]"]
        rows = [row for row in _rows(self.topics[number]) if row["id"] in wanted]
        return as_json({"post_stream": {"posts": rows[: self.chunk]}, "id": number})


def _bumped(thread: CorpusThread) -> dict[str, Any]:
    """When a topic last came up: by a post, or by an edit of its last one."""
    return {"bumped": len(thread.posts) > 1, "bumped_at": _time(thread.posts[-1].touched)}


def _rows(thread: CorpusThread) -> list[dict[str, Any]]:
    """A topic's posts; a closed one ends with the forum's note that it was closed."""
    numbers = {post.id: number for number, post in enumerate(thread.posts, 1)}
    rows = [_row(thread, post, numbers) for post in thread.posts]
    if thread.state == "closed":
        last = thread.posts[-1]
        note = _row(thread, CorpusPost(id=last.id * 10 + 3, author="system", at=last.at, body="", bot=True), numbers)
        rows.append(note | {"post_number": len(rows) + 1, "post_type": 3, "action_code": "closed.enabled"})
    return rows


def _row(thread: CorpusThread, post: CorpusPost, numbers: dict[int, int]) -> dict[str, Any]:
    return {
        "id": post.id,
        "name": post.name,
        "username": post.author,
        "avatar_template": "/letter_avatar/{size}.png",
        "created_at": _time(post.at),
        "updated_at": _time(post.touched),
        "cooked": cook(post.body),
        "post_number": numbers.get(post.id),
        "post_type": 1,
        "reply_count": 0,
        "quote_count": 0,
        "reads": 9,
        "reply_to_post_number": numbers.get(post.reply_to or 0),
        "score": 1.5,
        "yours": False,
        "topic_id": thread.number,
        "topic_slug": _slug(thread.title),
        "version": 2 if post.edited else 1,
        "trust_level": 1,
        "actions_summary": [{"id": 2, "count": post.score}] if post.score else [],
        "moderator": False,
        "user_id": _user_id(post),
        "hidden": post.hidden,
        "deleted_at": None,
        "user_deleted": False,
        "accepted_answer": post.accepted,
        "topic_accepted_answer": any(p.accepted for p in thread.posts),
    }


def _hit(thread: CorpusThread, post: CorpusPost) -> dict[str, Any]:
    number = 1 + [p.id for p in thread.posts].index(post.id)
    return {
        "id": post.id,
        "name": post.name,
        "username": post.author,
        "created_at": _time(post.at),
        "like_count": post.score,
        "blurb": post.body[:200],
        "post_number": number,
        "topic_id": thread.number,
    }


def _user_id(post: CorpusPost) -> int | None:
    if post.author is None:
        return None
    return -1 if post.bot else zlib.crc32(post.author.encode())


def _midnight(words: list[str], name: str) -> datetime | None:
    day = next((w.removeprefix(name) for w in words if w.startswith(name)), None)
    return datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "topic"
