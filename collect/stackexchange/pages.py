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
from collect.source import Seen, SeenGone, SeenPost, SeenSlice, SeenThread

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


def version(question: Item) -> str | None:
    """A text that changes with what a question, its answers and its comments say; None where the API dates nothing.

    A question's ``last_activity_date`` moves when it or an answer is written or edited, but not for a comment; comments
    are noticed by their number and the newest of their ids, in the question and in the answers that came in it. Of what
    comments come in an answer that did not come in its question, and of a comment's edit within its five minutes,
    nothing can be noticed. Votes are no change.
    """
    if not isinstance(question.get("last_activity_date"), int):
        return None
    posts = (question, *embedded_answers(question))
    comments = [c["comment_id"] for post in posts for c in with_id(post.get("comments"), "comment_id")]
    parts = (
        question["last_activity_date"],
        max(_number(post.get("last_edit_date")) for post in posts),
        _number(question.get("answer_count")),
        sum(_number(post.get("comment_count")) for post in posts),
        max(comments, default=0),
    )
    return "/".join(map(str, parts))


def sites_on(page: Page) -> set[str]:
    """The API's names of the sites that a page lists."""
    listed = _list(_table(page.json()).get("items")) if page.status == _OK else []
    return {_text(_table(each).get("api_site_parameter")) for each in listed}


def seen_on(page: Page) -> Iterator[Seen]:
    """Say what stands on a page."""
    path, _, query = page.path.partition("?")
    if page.status != _OK:
        return
    if path.endswith("/search/advanced/"):
        answer = page.json()
        yield from _search(answer, dict(parse_qsl(query)))
        for question in with_id(_table(answer).get("items"), "question_id"):
            yield from _question(question)
    elif by_id := re.search(r"/questions/([\d;]+)/$", path):
        yield from _by_id(page.json(), by_id[1].split(";"))
    elif re.search(r"/questions/[\d;]+/answers/$", path):
        for answer in with_id(_table(page.json()).get("items"), "answer_id"):
            yield from _answer(answer, str(answer.get("question_id")))
    elif re.search(r"/posts/[\d;]+/comments/$", path):
        yield from _comment_page(with_id(_table(page.json()).get("items"), "comment_id"))


def _by_id(answer: Any, asked: list[str]) -> Iterator[Seen]:
    """Questions that were asked for by id. The API has no deleted ones: those that do not come are that."""
    table = _table(answer)
    questions = with_id(table.get("items"), "question_id")
    for question in questions:
        yield from _question(question)
    if isinstance(table.get("items"), list) and table.get("has_more") is False:
        there = {str(question["question_id"]) for question in questions}
        yield from (SeenGone(native_id=number, why="deleted") for number in asked if number not in there)


def _search(answer: Any, asked: dict[str, str]) -> Iterator[SeenSlice]:
    """The window that a search page belongs to; none if it only showed that the window has to be halved.

    What is sorted by activity lists what changed; if all of it is on one page, it lists the window.
    """
    first, last = int(asked.get("fromdate", 0)), int(asked.get("todate", 0))
    total = _table(answer).get("total")
    total = total if isinstance(total, int) else None
    if too_many(total, first, last):
        return
    more, number = bool(_table(answer).get("has_more")), int(asked.get("page", 1))
    changes = asked.get("sort") == "activity" and (more or number > 1)
    cut = more and number >= PAGES and not changes
    yield SeenSlice(
        query=asked.get("q", ""),
        window_start=_time(first),
        window_end=_time(last),
        reported=total,
        hits=tuple(str(question["question_id"]) for question in with_id(_table(answer).get("items"), "question_id")),
        problem=f"the result goes on behind page {PAGES}, where the API ends" if cut else None,
        changes=changes,
    )


def _question(question: Item) -> Iterator[Seen]:
    thread = str(question["question_id"])
    answers = embedded_answers(question)
    author, names, _ = _author(question)
    yield SeenThread(
        native_id=thread,
        item="question",
        url=_text(question.get("link")),
        title=html.unescape(_text(question.get("title"))),
        state=_state(question),
        created_at=_time(question.get("creation_date")),
        author=author,
        author_names=names,
        labels=tuple(sorted(filter(None, map(_text, _list(question.get("tags")))))),
        n_reported=None if lacks_answers(question) else _posts_of(question, answers),
        uid=thread,
        version=version(question),
    )
    yield _post(question, thread, thread, "opening")
    yield from (_comment(comment, thread) for comment in _comments(question))
    for answer in answers:
        yield from _answer(answer, thread)


def _state(question: Item) -> str:
    if question.get("closed_date"):
        return "closed"
    if question.get("accepted_answer_id"):
        return "accepted"
    return "answered" if question.get("is_answered") else "open"


def _posts_of(question: Item, answers: list[Item]) -> int:
    return sum(1 + _number(post.get("comment_count")) for post in (question, *answers))


def _answer(answer: Item, thread: str) -> Iterator[SeenPost]:
    yield _post(answer, thread, str(answer["answer_id"]), "answer")
    yield from (_comment(comment, thread) for comment in _comments(answer))


def _comment_page(comments: list[Item]) -> Iterator[Seen]:
    """Comments by post. A comment names its post; its question, where that is another post, only in its link."""
    lost = 0
    for comment in comments:
        found = re.search(r"/(?:questions|q)/(\d+)", _text(comment.get("link")))
        on_question = comment.get("post_type") == "question"
        if found or on_question:
            yield _comment(comment, found[1] if found else str(comment.get("post_id")))
        else:
            lost += 1
    if lost:
        yield SeenSlice(query="comments of posts", problem=f"{lost} comments do not say which question they belong to")


def _comment(comment: Item, thread: str) -> SeenPost:
    return _post(comment, thread, f"c{comment['comment_id']}", "comment", reply_to=str(comment.get("post_id")))


def _post(
    item: Item,
    thread: str,
    native_id: str,
    role: Literal["opening", "answer", "comment"],
    reply_to: str | None = None,
) -> SeenPost:
    """A post. Questions and answers share one row of ids on a site, comments have their own: hence the ``c``."""
    author, names, kind = _author(item)
    return SeenPost(
        thread=thread,
        native_id=native_id,
        role=role,
        body=html.unescape(_text(item.get("body_markdown"))),
        created_at=_time(item.get("creation_date")),
        author=author,
        author_names=names,
        author_kind=kind,
        score=_number(item["score"]) if "score" in item else None,
        accepted=bool(item.get("is_accepted")) if role == "answer" else None,
        reply_to=reply_to,
        licence=_text(item.get("content_license")) or None,
    )


def _author(item: Item) -> tuple[str | None, tuple[str, ...], Literal["bot"] | None]:
    """Who wrote it, other names of theirs that may stand in text, and whether that is no person.

    The display name, as the account is called on other sites and in text; two people of one display name share one
    pseudonym. A mention leaves out its spaces. An account that is gone has no number: nobody is named as the author,
    and its name is one to be found in text unless it is the number that the site gives such accounts.
    """
    owner = _table(item.get("owner"))
    number, name = _number(owner.get("user_id")), html.unescape(_text(owner.get("display_name"))).strip()
    mentioned = "".join(name.split())
    if number and name:
        return name, (mentioned,) if mentioned != name else (), "bot" if number == _COMMUNITY else None
    return None, () if re.fullmatch(r"(user-?\d+)?", name) else tuple(dict.fromkeys((name, mentioned))), None


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
