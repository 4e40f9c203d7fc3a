"""What stands on the pages of the Stack Exchange API. Pure.

Under the safe filters that we use, Markdown and titles come HTML-escaped (https://api.stackexchange.com/docs/filters).
"""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import parse_qsl

from codebook.raw import Page
from collect.source import Seen, SeenPost, SeenSlice, SeenThread

PAGES = 25
"""Pages that the API gives of one result to whoever has no key."""

PAGE_SIZE = 100
"""The most items on a page."""

_OK = 200
_COMMUNITY = -1
"""The account in whose name the site itself edits and asks."""

Item = dict[str, Any]


def too_many(total: int | None, first: int, last: int) -> bool:
    """Whether a result does not end within 25 pages, while its window of seconds can still be halved."""
    return (total or 0) > PAGES * PAGE_SIZE and first < last


def with_id(listed: Any, id_field: str) -> list[Item]:
    """The items of a list that have an id."""
    return [item for item in map(_table, _list(listed)) if isinstance(item.get(id_field), int)]


def embedded_answers(question: Item) -> list[Item]:
    """The answers that came in a question."""
    return with_id(question.get("answers"), "answer_id")


def lacks_answers(question: Item) -> bool:
    """Whether fewer answers are embedded in a question than it has."""
    return len(embedded_answers(question)) < _number(question.get("answer_count"))


def lacks_comments(post: Item) -> bool:
    """Whether fewer comments with a text are embedded in a question or answer than it has."""
    return len(_comments(post)) < _number(post.get("comment_count"))


def _comments(post: Item) -> list[Item]:
    embedded = with_id(post.get("comments"), "comment_id")
    return [comment for comment in embedded if isinstance(comment.get("body_markdown"), str)]


def seen_on(page: Page, site: str) -> Iterator[Seen]:
    """Say what stands on a page of ``site`` (the API's name for it)."""
    path, _, query = page.path.partition("?")
    if page.status != _OK:
        return
    if path.endswith("/search/advanced/"):
        answer = page.json()
        yield from _search(answer, dict(parse_qsl(query)))
        for question in with_id(_table(answer).get("items"), "question_id"):
            yield from _question(question, site)
    elif re.search(r"/questions/[\d;]+/answers/$", path):
        for answer in with_id(_table(page.json()).get("items"), "answer_id"):
            yield from _answer(answer, str(answer.get("question_id")), site)
    elif re.search(r"/posts/[\d;]+/comments/$", path):
        yield from _comment_page(with_id(_table(page.json()).get("items"), "comment_id"), site)


def _search(answer: Any, asked: dict[str, str]) -> Iterator[SeenSlice]:
    """The window that a search page belongs to; none if it only showed that the window has to be halved."""
    first, last = int(asked.get("fromdate", 0)), int(asked.get("todate", 0))
    total = _table(answer).get("total")
    total = total if isinstance(total, int) else None
    if too_many(total, first, last):
        return
    cut = _table(answer).get("has_more") and int(asked.get("page", 1)) >= PAGES
    yield SeenSlice(
        query=asked.get("q", ""),
        window_start=_time(first),
        window_end=_time(last),
        reported=total,
        hits=tuple(str(question["question_id"]) for question in with_id(_table(answer).get("items"), "question_id")),
        problem=f"the result goes on behind page {PAGES}, where the API ends" if cut else None,
    )


def _question(question: Item, site: str) -> Iterator[Seen]:
    thread = str(question["question_id"])
    answers = embedded_answers(question)
    yield SeenThread(
        native_id=thread,
        item="question",
        url=_text(question.get("link")),
        title=html.unescape(_text(question.get("title"))),
        state=_state(question),
        created_at=_time(question.get("creation_date")),
        author=_author(question, site)[0],
        labels=tuple(sorted(filter(None, map(_text, _list(question.get("tags")))))),
        n_reported=None if lacks_answers(question) else _posts_of(question, answers),
    )
    yield _post(question, thread, thread, "opening", site)
    yield from (_comment(comment, thread, site) for comment in _comments(question))
    for answer in answers:
        yield from _answer(answer, thread, site)


def _state(question: Item) -> str:
    if question.get("closed_date"):
        return "closed"
    if question.get("accepted_answer_id"):
        return "accepted"
    return "answered" if question.get("is_answered") else "open"


def _posts_of(question: Item, answers: list[Item]) -> int:
    return sum(1 + _number(post.get("comment_count")) for post in (question, *answers))


def _answer(answer: Item, thread: str, site: str) -> Iterator[SeenPost]:
    yield _post(answer, thread, str(answer["answer_id"]), "answer", site)
    yield from (_comment(comment, thread, site) for comment in _comments(answer))


def _comment_page(comments: list[Item], site: str) -> Iterator[Seen]:
    """Comments by post. A comment names its post; its question, where that is another post, only in its link."""
    lost = 0
    for comment in comments:
        found = re.search(r"/(?:questions|q)/(\d+)", _text(comment.get("link")))
        on_question = comment.get("post_type") == "question"
        if found or on_question:
            yield _comment(comment, found[1] if found else str(comment.get("post_id")), site)
        else:
            lost += 1
    if lost:
        yield SeenSlice(query="comments of posts", problem=f"{lost} comments do not say which question they belong to")


def _comment(comment: Item, thread: str, site: str) -> SeenPost:
    return _post(comment, thread, f"c{comment['comment_id']}", "comment", site, reply_to=str(comment.get("post_id")))


def _post(
    item: Item,
    thread: str,
    native_id: str,
    role: Literal["opening", "answer", "comment"],
    site: str,
    reply_to: str | None = None,
) -> SeenPost:
    """A post. Questions and answers share one row of ids on a site, comments have their own: hence the ``c``."""
    author, kind = _author(item, site)
    return SeenPost(
        thread=thread,
        native_id=native_id,
        role=role,
        body=html.unescape(_text(item.get("body_markdown"))),
        created_at=_time(item.get("creation_date")),
        author=author,
        author_kind=kind,
        score=_number(item["score"]) if "score" in item else None,
        accepted=bool(item.get("is_accepted")) if role == "answer" else None,
        reply_to=reply_to,
        licence=_text(item.get("content_license")) or None,
    )


def _author(item: Item, site: str) -> tuple[str | None, Literal["bot"] | None]:
    """Who wrote it, and whether that is no person.

    The site's number of the account, not the display name: names are not unique and change, numbers stay. The site's
    name stands before it, so that account 7 here is not account 7 elsewhere. A deleted account has no number.
    """
    number = _number(_table(item.get("owner")).get("user_id"))
    return (f"{site}/users/{number}" if number else None), ("bot" if number == _COMMUNITY else None)


def _time(seconds: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _table(value: Any) -> Item:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
