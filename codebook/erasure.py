"""Takes forgotten people and threads out of raw records; everything else stays byte for byte.

Walks through the JSON of a page, whatever its shape. What it has to know of the sites stands in the lists of keys
below, once for all of them. What remains of a forgotten thread is what tells that a thing is that thread, so that
counts stay true; of a forgotten person's post, that there was a post. A repository's address keeps its owner's name,
because it says where others' threads are. What others quoted of a person stays theirs, under a neutral name.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from codebook.names import in_context, replaced_by_lookup
from codebook.raw import Page

NAMELESS = "[forgotten]"
"""In the place of an account's name; no site has such an account."""

SOMEONE = "someone"
"""In the place of a name in text."""

_NAMES = ("login", "username", "display_name", "fullname", "display_username", "screen_name", "email", "name")
_LISTED_NAMES = ("editors", "users", "last_poster_username")
_WRITERS = ("user", "author", "owner", "created_by", "creator")
_TEXTS = frozenset(
    (
        *("title", "fancy_title", "slug", "topic_slug", "topic_title", "body", "body_markdown", "body_html"),
        *("body_text", "bodyText", "bodyHTML", "bodyMarkdown", "cooked", "raw", "blurb", "excerpt", "text", "html"),
        *("diff_hunk", "diff"),
    )
)
_TITLES = frozenset(("title", "fancy_title", "slug", "topic_slug", "topic_title"))
_TOLD = frozenset(("title", "html", "text"))
_IDS = frozenset(
    [
        *(
            "id",
            "node_id",
            "number",
            "databaseId",
            "question_id",
            "answer_id",
            "comment_id",
            "post_id",
            "topic_id",
            "num",
        ),
        *("post_number", "post_type", "nameWithOwner", "__typename", "type", "unit_id", "thread_id", "content_sha256"),
        *("project", "isPullRequest"),
    ]
)
_ADDRESSES = re.compile(r"(?:\w*_)?url|link|href|\w+Url")
_REPOSITORY = re.compile(r"(?:(?:datasets|spaces)/)?[\w.-]+/[\w.-]+")
_MENTION = re.compile(r"(?<![\w@/.])@(\w(?:[\w.-]*\w)?)")
_QUOTED = re.compile(r"(\[quote=\\?[\"']?|data-username=\\?[\"'])([^\"',\]\\\n]{1,80})")
_API = re.compile(r"/repos/([^/]+/[^/]+)(?:/(?:issues|pulls)/(\d+))?(?:[/?]|\Z)")
_WEB = re.compile(r"https?://[^/]+/([\w.-]+/[\w.-]+)/(issues|pull|discussions)/(\d+)(?:[/?#]|\Z)")
_QUESTION = re.compile(r"(/questions/(\d+))/[^/#?]*")
_TOPIC = re.compile(r"/t/(\d+)(?:/posts)?\.json")
_HUB = re.compile(r"/api/(model|dataset|space)s/([^/]+(?:/[^/]+)?)/discussions/(\d+)")
_OWNED = frozenset(("repos", "models", "datasets", "spaces", "repositories"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Eraser:
    """What is to be taken out of the pages of one raw store.

    Args:
        site: The site's name; empty where pages give threads by their whole id.
        author: Whether a name is forgotten.
        thread: Whether a thread is, by its id.
        shortened: Whether a thread stays but loses its title, and its text where coders were shown it.
        lengths: How many words forgotten names have, longest first.
    """

    site: str
    author: Callable[[str], bool]
    thread: Callable[[str], bool]
    shortened: Callable[[str], bool]
    lengths: tuple[int, ...]

    def page(self, page: Page) -> Page:
        """A page without what is forgotten; the same object if there is nothing of it."""
        try:
            body = json.loads(page.body)
        except (ValueError, RecursionError):
            return self._plain(page)
        left = _emptied(body) if self.is_forgotten(page) else self._value(body, "")
        headers = {name: self.text(value) for name, value in page.headers.items()}
        if left == body and headers == page.headers:
            return page
        return replace(page, body=page.body if left == body else json.dumps(left).encode(), headers=headers)

    def is_forgotten(self, page: Page) -> bool:
        """Whether all of a page is about a forgotten thread."""
        return any(map(self._forgotten, _asked_for(page)))

    def text(self, text: str) -> str:
        """Text in which forgotten people are someone."""
        text = _MENTION.sub(lambda m: f"@{SOMEONE}" if self.author(m[1]) else m[0], text)
        text = _QUOTED.sub(lambda m: m[1] + SOMEONE if self.author(m[2]) else m[0], text)
        return replaced_by_lookup(in_context(text, self._put), self._put, self.lengths)

    def _put(self, name: str) -> str | None:
        return SOMEONE if self.author(name) else None

    def _forgotten(self, native_id: str) -> bool:
        return self.thread(f"{self.site}:{native_id}" if self.site else native_id)

    def _plain(self, page: Page) -> Page:
        try:
            text = page.body.decode("utf-8")
        except UnicodeDecodeError:
            return page
        left = self.text(text)
        return page if left == text else replace(page, body=left.encode())

    def _value(self, value: Any, key: str) -> Any:
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            return [self._value(each, key) for each in value]
        return self._string(value, key) if isinstance(value, str) else value

    def _object(self, value: dict[str, Any]) -> Any:
        ids = _threads_of(value)
        if any(map(self._forgotten, ids)) or self._is_task(value, self.thread):
            return _emptied(value)
        if self._is_person(value):
            return {k: NAMELESS if k in _NAMES and v else _nothing(v) for k, v in value.items()}
        cut: frozenset[str] = frozenset()
        if any(map(self._names, (value.get(k) for k in _WRITERS))) or self._names(value) or self._opened(value):
            cut = _TEXTS
        elif any(self.shortened(f"{self.site}:{i}") for i in ids):
            cut = _TITLES
        elif self._is_task(value, self.shortened):
            told = {k: "" if k in _TOLD else v for k, v in value["data"].items()}
            return {k: told if k == "data" else self._value(_unquoted(v), k) for k, v in value.items()}
        return {k: self._cut(v, k, cut) for k, v in value.items()}

    def _cut(self, value: Any, key: str, texts: frozenset[str]) -> Any:
        """A field of an object, without its text if its author or title is forgotten."""
        if key in texts and value is not None and not isinstance(value, dict):
            return [] if isinstance(value, list) else ""
        if _is_repository(value):  # an address: its owner tells where others' threads are
            return value
        if texts and key == "link" and isinstance(value, str):
            return _QUESTION.sub(r"\1/-", self._string(value, key))
        if texts == _TEXTS and isinstance(value, dict) and key not in _WRITERS:
            return {k: self._cut(v, k, texts) for k, v in self._maybe_person(value).items()}
        return self._value(value, key)

    def _maybe_person(self, value: dict[str, Any]) -> dict[str, Any]:
        left = self._object(value) if self._is_person(value) else value
        assert isinstance(left, dict)  # noqa: S101 - a person stays an object
        return left

    def _names(self, value: Any) -> bool:
        if isinstance(value, str):
            return self.author(value)
        return isinstance(value, dict) and any(
            isinstance(value.get(k), str) and self.author(value[k]) for k in _NAMES if k != "name" or len(value) > 1
        )

    def _is_person(self, value: dict[str, Any]) -> bool:
        about_a_post = any(
            k in value for k in ("cooked", "blurb", "title", "body", "text", "post_number", "owner", "color")
        )
        return not about_a_post and self._names(value)

    def _opened(self, value: dict[str, Any]) -> bool:
        details = value.get("details")
        return isinstance(details, dict) and self._names(details.get("created_by"))

    def _is_task(self, value: dict[str, Any], asked: Callable[[str], bool]) -> bool:
        data = value.get("data")
        named = data.get("thread_id") if isinstance(data, dict) else None
        return isinstance(named, str) and asked(named)

    def _string(self, value: str, key: str) -> str:
        if (key in _NAMES or key in _LISTED_NAMES or key in _WRITERS) and self.author(value):
            return NAMELESS
        if _REPOSITORY.fullmatch(value) or (key in _IDS and not re.search(r"[\s@]", value)):
            return value
        if re.fullmatch(r"(?:https?:/)?/\S+", value):
            return self._address(value)
        return self.text(value)

    def _address(self, url: str) -> str:
        """An address without a person's name; the owner of a repository stays."""
        parts = re.split(r"([/?#&=])", url)
        for i in range(0, len(parts), 2):
            owner = i + 2 < len(parts) and parts[i + 1] == "/" and parts[i + 2] != ""
            under = parts[i - 2] if i > 1 else ""
            place = owner and (under in _OWNED or "." in under or ":" in under)
            if parts[i] and not place and self.author(parts[i]):
                parts[i] = SOMEONE
        return "".join(parts)


def _is_repository(value: Any) -> bool:
    return isinstance(value, dict) and "owner" in value and not value.keys().isdisjoint(("name", "nameWithOwner"))


def _unquoted(value: Any) -> Any:
    """Annotations without the words that coders marked; what they wrote themselves is a list of texts, and stays."""
    if isinstance(value, list):
        return [_unquoted(each) for each in value]
    if isinstance(value, dict):
        return {k: "" if k == "text" and isinstance(v, str) else _unquoted(v) for k, v in value.items()}
    return value


def _nothing(value: Any) -> Any:
    if isinstance(value, str):
        return ""
    if isinstance(value, bool) or value is None:
        return value
    return 0 if isinstance(value, int | float) else [] if isinstance(value, list) else None


def _emptied(value: Any) -> Any:
    """What is left of a forgotten thread: what tells which it is, in the shape that readers expect."""
    if not isinstance(value, dict):
        return [] if isinstance(value, list) else value
    kept: dict[str, Any] = {}
    for key, inner in value.items():
        if key in _IDS or _REPOSITORY.fullmatch(str(inner)):
            kept[key] = inner
        elif _ADDRESSES.fullmatch(key) and isinstance(inner, str):
            kept[key] = _QUESTION.sub(r"\1", inner)
        elif isinstance(inner, dict) and key not in _WRITERS:
            kept[key] = _emptied(inner)
        elif not re.search(r"_(?:at|date)\Z|At\Z", key):
            kept[key] = False if isinstance(inner, bool) else _nothing(inner)
    return kept


def _threads_of(value: dict[str, Any]) -> set[str]:
    """The native ids of threads that an object may be, or belong to."""
    found = {str(value[k]) for k in ("question_id", "topic_id") if isinstance(value.get(k), int)}
    if isinstance(value.get("id"), int) and ("fancy_title" in value or "post_stream" in value or "slug" in value):
        found.add(str(value["id"]))
    for key in ("url", "html_url", "issue_url", "pull_request_url", "repository_url", "link", "permalink"):
        found |= _addressed(value.get(key), value.get("number"))
    repository, number = value.get("repository"), value.get("number")
    if isinstance(repository, dict) and isinstance(repository.get("nameWithOwner"), str):
        found |= {f"{repository['nameWithOwner']}#{number}", f"{repository['nameWithOwner']}#d{number}"}
    repo = value.get("repo")
    if "num" in value and isinstance(repo, dict):
        kind = f"{repo.get('type')}s/" if repo.get("type") in ("dataset", "space") else ""
        found.add(f"{kind}{repo.get('name')}#{value['num']}")
    if isinstance(value.get("url"), str) and "text" in value and "title" in value:
        found.add(hashlib.sha256(value["url"].encode("utf-8", "replace")).hexdigest()[:16])
    return found


def _addressed(url: Any, number: Any) -> set[str]:
    if not isinstance(url, str):
        return set()
    found = {f"{m[1]}#{m[2] or number}" for m in [_API.search(url)] if m}
    found |= {f"{m[1]}#{'d' if m[2] == 'discussions' else ''}{m[3]}" for m in [_WEB.match(url)] if m}
    return found | {m[1] for m in [re.search(r"/questions/(\d+)", url)] if m}


def _asked_for(page: Page) -> set[str]:
    """The native ids of threads that a whole page may be about, by what was asked."""
    path = page.path.partition("?")[0]
    found = {f"{m[1]}#{m[2]}" for m in [_API.match(path)] if m and m[2]} | {m[1] for m in [_TOPIC.fullmatch(path)] if m}
    for m in [_HUB.search(path)]:
        if m:
            found.add(f"{'' if m[1] == 'model' else m[1] + 's/'}{m[2]}#{m[3]}")
    try:
        asked = json.loads(page.asked or "{}").get("variables") or {}
    except (ValueError, AttributeError):
        return found
    if all(k in asked for k in ("owner", "repo", "number")):
        found |= {f"{asked['owner']}/{asked['repo']}#{d}{asked['number']}" for d in ("", "d")}
    return found
