"""A Stack Exchange API on this machine: sites, filters, search, answers and comments by id, throttles and errors.

Shapes and rules after the API's documentation, and what users report of it: comments that are embedded in a question
or an answer come without their text, and a comment's ``body_markdown`` only with its ``body``. A comment is no activity
of its question, and a question that is not in the world is one that was deleted: nothing of it is served.
"""

import hashlib
import html
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sites.corpus import CorpusPost, CorpusThread
from sites.server import Asked, Reply, as_json

WEB_URL = "https://stackoverflow.example"

_LICENCES = [
    (datetime(2018, 5, 2, tzinfo=UTC), "CC BY-SA 4.0"),
    (datetime(2011, 4, 8, tzinfo=UTC), "CC BY-SA 3.0"),
]
_DEFAULT_FIELDS = frozenset(
    [
        *(f".{f}" for f in ("backoff", "error_id", "error_message", "error_name", "has_more", "items")),
        *(".quota_max", ".quota_remaining"),
        *(f"question.{f}" for f in ("accepted_answer_id", "answer_count", "closed_date", "closed_reason")),
        *(f"question.{f}" for f in ("content_license", "creation_date", "is_answered", "last_activity_date", "link")),
        *(f"question.{f}" for f in ("owner", "question_id", "score", "tags", "title", "view_count")),
        *(f"answer.{f}" for f in ("answer_id", "content_license", "creation_date", "is_accepted", "owner")),
        *(f"answer.{f}" for f in ("question_id", "score")),
        *(f"comment.{f}" for f in ("comment_id", "content_license", "creation_date", "edited", "owner", "post_id")),
        "comment.score",
    ]
)


_FILTERS = {"default": _DEFAULT_FIELDS}
"""Every filter that was ever made: they outlive the server, as those of the real API never expire."""


@dataclass
class StackExchangeSite:
    """Serves the threads whose site is ``stackoverflow``.

    Args:
        threads: The world; ``number`` is the question's id, ``CorpusPost.id`` an answer's or a comment's.
        key: The only key that is accepted, if not empty; requests without one are served up to page 25.
        embedded_answers: The most answers that come in a question.
        comment_text: Whether embedded comments have their text.
        backoff: Seconds, by path, that an answer asks to wait.
        sites_page: The body of ``/sites``, if not our own.
        quota: Requests that are left for today.
    """

    threads: list[CorpusThread]
    key: str = ""
    embedded_answers: int = 1000
    comment_text: bool = False
    backoff: dict[str, int] = field(default_factory=dict)
    sites_page: bytes = b""
    base_url: str = ""
    quota: int = 10_000
    filters: dict[str, frozenset[str]] = field(default_factory=lambda: _FILTERS)

    def answer(self, asked: Asked) -> Reply:
        if self.quota <= 0:
            return throttled("too many requests from this IP, more requests available in 45500 seconds")
        self.quota -= 1
        if asked.path == "/2.3/sites/":
            return self._sites()
        refusal = self._refusal(asked)
        if refusal:
            return refusal
        return self._create_filter(asked) if asked.path == "/2.3/filters/create/" else self._items(asked)

    def _refusal(self, asked: Asked) -> Reply | None:
        key, site, size = asked.first("key"), asked.first("site"), int(asked.first("pagesize", "30"))
        rules = [
            (key not in ("", self.key), 400, "bad_parameter", "`key` doesn't match a known application"),
            (size > 100, 400, "bad_parameter", "pagesize"),
            (site != "stackoverflow", 400, "bad_parameter", f"No site found for name `{site}`"),
            (asked.first("filter", "default") not in self.filters, 400, "bad_parameter", "Invalid filter specified"),
            (
                int(asked.first("page", "1")) > 25 and not key,
                403,
                "access_denied",
                "page above 25 requires access token or app key",
            ),
        ]
        return next((_error(number, name, words) for broken, number, name, words in rules if broken), None)

    def _items(self, asked: Asked) -> Reply:
        fields = self.filters[asked.first("filter", "default")]
        ids = {int(i) for i in re.findall(r"\d+", asked.path.removeprefix("/2.3"))}
        methods: dict[str, Callable[[], list[dict[str, Any]]]] = {
            r"/2\.3/search/advanced/": lambda: [self._question(t) for t in self._found(asked)],
            r"/2\.3/questions/[\d;]+/": lambda: [self._question(t) for t in self._mine() if t.number in ids],
            r"/2\.3/questions/[\d;]+/answers/": lambda: [
                self._answer(t, p) for t in self._mine() if t.number in ids for p in t.posts if p.role == "answer"
            ],
            r"/2\.3/posts/[\d;]+/comments/": lambda: [c for t in self._mine() for c in self._comments(t, ids)],
        }
        for pattern, method in methods.items():
            if re.fullmatch(pattern, asked.path):
                if len(ids) > 100:
                    return _error(400, "bad_parameter", "ids")
                found = [self._filtered(item, fields, nested=False) for item in method()]
                return self._page(asked, found, fields)
        return _error(404, "no_method", "no method found with this name")

    def _page(self, asked: Asked, found: list[dict[str, Any]], fields: frozenset[str]) -> Reply:
        size = int(asked.first("pagesize", "30"))
        start = (int(asked.first("page", "1")) - 1) * size
        wrapper = {"items": found[start : start + size], "has_more": start + size < len(found), "total": len(found)}
        wrapper |= {"quota_max": 10_000, "quota_remaining": self.quota}
        seconds = next((s for path, s in self.backoff.items() if path in asked.path), 0)
        wrapper |= {"backoff": seconds} if seconds else {}
        return as_json({k: v for k, v in wrapper.items() if f".{k}" in fields})

    def _sites(self) -> Reply:
        if self.sites_page:
            return Reply(200, self.sites_page, {"Content-Type": "application/json; charset=utf-8"})
        site = {"api_site_parameter": "stackoverflow", "name": "Stack Overflow", "site_url": WEB_URL}
        return as_json({"items": [site], "has_more": False, "quota_max": 10_000, "quota_remaining": self.quota})

    def _create_filter(self, asked: Asked) -> Reply:
        included = frozenset(asked.first("include").split(";"))
        fields = included | (_DEFAULT_FIELDS if asked.first("base", "default") == "default" else frozenset())
        name = "!" + hashlib.sha256(";".join(sorted(fields)).encode()).hexdigest()[:20]
        self.filters[name] = fields
        made = {"filter": name, "filter_type": "safe", "included_fields": sorted(fields)}
        return as_json({"items": [made], "has_more": False, "quota_max": 10_000, "quota_remaining": self.quota})

    def _mine(self) -> list[CorpusThread]:
        return [thread for thread in self.threads if thread.site == "stackoverflow"]

    def _found(self, asked: Asked) -> list[CorpusThread]:
        words = asked.first("q").strip('"').lower()
        first, last = int(asked.first("fromdate", "0")), int(asked.first("todate", str(2**40)))
        inside = [t for t in self._mine() if first <= _seconds(t.opening) <= last]
        matching = [t for t in inside if words in "\n".join((t.title, *(p.body for p in t.posts))).lower()]
        at = _activity if asked.first("sort", "activity") == "activity" else _creation
        return sorted(matching, key=lambda t: (at(t), t.number), reverse=asked.first("order", "desc") == "desc")

    def _question(self, thread: CorpusThread) -> dict[str, Any]:
        answers = [p for p in thread.posts if p.role == "answer"]
        accepted = next((p.id for p in answers if p.accepted), None)
        question = {
            "question_id": thread.number,
            "title": _escaped(thread.title),
            "tags": list(thread.labels),
            "link": f"{WEB_URL}/questions/{thread.number}/{_slug(thread)}",
            "is_answered": accepted is not None or any(p.score > 0 for p in answers),
            "answer_count": len(answers),
            "view_count": 50,
            "answers": [self._answer(thread, p) for p in answers[: self.embedded_answers]],
            "last_activity_date": _activity(thread),
        }
        question |= {"accepted_answer_id": accepted} if accepted else {}
        if thread.state == "closed":
            question |= {"closed_date": _seconds(thread.posts[-1]), "closed_reason": "Not suitable for this site"}
        return self._post(thread, thread.opening, thread.number) | question

    def _answer(self, thread: CorpusThread, post: CorpusPost) -> dict[str, Any]:
        ids = {"answer_id": post.id, "question_id": thread.number, "is_accepted": post.accepted}
        return self._post(thread, post, post.id) | ids

    def _post(self, thread: CorpusThread, post: CorpusPost, number: int) -> dict[str, Any]:
        comments = self._comments(thread, {number})
        edited = {"last_edit_date": int(post.edited.timestamp())} if post.edited else {}
        return _common(post) | edited | {"comments": comments, "comment_count": len(comments)}

    def _comments(self, thread: CorpusThread, posts: set[int]) -> list[dict[str, Any]]:
        answers = {p.id for p in thread.posts if p.role == "answer"}
        found = []
        for post in (p for p in thread.posts if p.role == "comment"):
            on = post.reply_to if post.reply_to in answers else thread.number
            if on in posts:
                place = f"{thread.number}/{_slug(thread)}" + (f"/{on}" if on in answers else "")
                link = f"{WEB_URL}/questions/{place}#comment{post.id}_{on}"
                kind = "answer" if on in answers else "question"
                ids = {"comment_id": post.id, "post_id": on, "post_type": kind, "link": link, "edited": False}
                found.append(_common(post) | ids | {"body": f"<p>{_escaped(post.body)}</p>"})
        return found

    def _filtered(self, item: dict[str, Any], fields: frozenset[str], *, nested: bool) -> dict[str, Any]:
        kind = "comment" if "comment_id" in item else "answer" if "answer_id" in item else "question"
        kept = {k: v for k, v in item.items() if f"{kind}.{k}" in fields}
        if kind == "comment" and ("body" not in kept or (nested and not self.comment_text)):
            kept.pop("body", None)
            kept.pop("body_markdown", None)
        for name in ("answers", "comments"):
            if name in kept:
                kept[name] = [self._filtered(inner, fields, nested=True) for inner in kept[name]]
        return {k: v for k, v in kept.items() if v != []} | ({"tags": item["tags"]} if "tags" in kept else {})


def _common(post: CorpusPost) -> dict[str, Any]:
    return {
        "body_markdown": _escaped(post.body),
        "owner": _owner(post),
        "score": post.score,
        "creation_date": _seconds(post),
        "content_license": next((name for since, name in _LICENCES if post.at >= since), "CC BY-SA 2.5"),
    }


def _owner(post: CorpusPost) -> dict[str, Any]:
    if post.author is None:
        return {"user_type": "does_not_exist", "display_name": f"user{post.id}"}
    number = -1 if post.bot else account(post.author)
    return {
        "account_id": number,
        "reputation": 101,
        "user_id": number,
        "user_type": "moderator" if post.bot else "registered",
        "display_name": _escaped(post.author),
        "link": f"{WEB_URL}/users/{number}",
    }


def account(author: str) -> int:
    """The number of an account."""
    return zlib.crc32(author.encode()) % 10_000_000 + 1


def _escaped(text: str) -> str:
    return html.escape(text).replace("&#x27;", "&#39;")


def _slug(thread: CorpusThread) -> str:
    return re.sub(r"[^a-z0-9]+", "-", thread.title.lower()).strip("-")


def _seconds(post: CorpusPost) -> int:
    return int(post.at.timestamp())


def _creation(thread: CorpusThread) -> int:
    return _seconds(thread.opening)


def _activity(thread: CorpusThread) -> int:
    """When a question or an answer was last written or edited."""
    return max(int(post.touched.timestamp()) for post in thread.posts if post.role != "comment")


def _error(number: int, name: str, message: str) -> Reply:
    return as_json({"error_id": number, "error_message": message, "error_name": name}, 400)


def throttled(message: str) -> Reply:
    """The answer to whoever asked too much."""
    return _error(502, "throttle_violation", message)
