"""Questions, answers and comments of a Stack Exchange site, by StackAPI.

The search is asked once per keyword, oldest question first, in windows of time that end within 25 pages: the API gives
no page behind that without a key (``page above 25 requires access token or app key``). Answers come embedded in their
questions. So do comments, but without their text, whatever the filter asks for; they are asked for again by post.

A later run asks for each window that is known by its latest activity. A comment is no activity; a new one is noticed
where its question is listed anyway, which in a window of up to 100 questions is always.

Sources: https://api.stackexchange.com/docs (``advanced-search``, ``questions-by-ids``, ``filters``, ``paging``,
``throttle``, ``error-handling``, ``types/question``).
"""

import json
import re
from collections.abc import Generator, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pydantic import Field

from codebook.errors import StudyError
from codebook.harmless import one_line
from codebook.raw import Page
from codebook.wire import Answer, Dialect, Verdict, Wire, asked_to_wait
from collect.covered import Stretch, stretches
from collect.source import Earlier, Expected, Seen, Site, SourceOptions, Whole
from collect.stackexchange.client import Client
from collect.stackexchange.listing import Listing, room
from collect.stackexchange.pages import (
    PAGES,
    Item,
    embedded_answers,
    lacks_answers,
    lacks_comments,
    seen_on,
    too_many,
    version,
    with_id,
)

_SECOND = timedelta(seconds=1)
_PER_SECOND = 25
"""The API drops an address that asks more than 30 times a second."""

_TOGETHER = 1000
"""Questions whose comments are asked for together, so that few requests name fewer than 100 posts."""

_LATE = 3600
"""Seconds by which the search may know less than the site, and our clock may be wrong."""

_REFUSED = frozenset({400, 401, 402, 403, 404, 405, 406, 407, 410})
"""HTTP statuses, and ids of the API's errors, that are about the request or the key; all others pass."""

_THROTTLED = 502
_PENALTY = 30.0
"""Seconds to wait after asking too early, where the API does not say; it speaks of "30 seconds to a few minutes"."""


class StackExchangeOptions(SourceOptions):
    """The keys of ``[sources.*]`` that only the kind ``stackexchange`` knows."""

    site: str = Field(default="stackoverflow", pattern=r"^[a-z0-9.-]+$")

    def expected(self, site: Site, earlier: Earlier) -> Expected:
        """See :meth:`collect.source.SourceOptions.expected`."""
        parts = [each for keyword in site.keywords for each in _stretches(site, _phrase(keyword), earlier)]
        known = sum(each.known is not None for each in parts)
        set_up = 2 if earlier.since is None else 0
        note = f"{set_up} to begin, {known} known windows, {len(parts) - known} new ones with 100 questions a page"
        return Expected(set_up + len(parts), 60, note)


class StackExchange:
    """Any site of the Stack Exchange network; see :class:`collect.source.Source`."""

    Options: type[SourceOptions] = StackExchangeOptions

    def dialect(self, site: Site) -> Dialect:
        """Judge answers by what their JSON says: ``backoff``, and errors, which all have HTTP status 400."""

        def verdict(answer: Answer) -> Verdict | None:
            said = _said(answer)
            if said is None:
                return None
            if isinstance(said.get("error_id"), int):
                return _judged(said, site)
            if not isinstance(said.get("items"), list):
                wait = asked_to_wait(answer.headers)
                return Verdict(again=True, wait=wait, reason="the answer is JSON, but not that of the API")
            backoff = said.get("backoff")
            return Verdict(wait=backoff + 1.0) if isinstance(backoff, int) else None

        secrets = frozenset({"key", "access_token"})
        return Dialect(verdict=verdict, secret_parameters=secrets, seconds_between=1 / _PER_SECOND)

    def fetch(self, site: Site, wire: Wire, earlier: Earlier) -> Iterator[str]:
        """Search for every keyword as a phrase, and complete the questions that are new or have changed."""
        run = _Run(Client(site, wire, earlier), earlier)
        for phrase in map(_phrase, site.keywords):
            for stretch in _stretches(site, phrase, earlier):
                yield from run.search(phrase, stretch)
        run.ask_for_missing()
        yield from run.complete()

    def parse(self, page: Page, site: Site) -> Iterator[Seen]:  # noqa: ARG002 - the contract has it
        """Say what stands on a stored page."""
        return seen_on(page)


def _said(answer: Answer) -> dict[str, Any] | None:
    """The JSON that came, as a table; None where something else came that may pass.

    Raises:
        StudyError: Something else came that will not pass, such as a proxy's page.
    """
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        if answer.status in _REFUSED:
            raise StudyError(f"HTTP {answer.status}, and not from the API", hint="Is `base_url` right?") from None
        return None
    return said if isinstance(said, dict) else {}


def _judged(said: dict[str, Any], site: Site) -> Verdict:
    """What to do about an error of the API.

    Raises:
        StudyError: Asking again cannot help. Raised here, the answer is not stored, and a corrected study is tried.
    """
    message = one_line(str(said.get("error_message", "")), 200)
    if said["error_id"] in _REFUSED:
        hint = f"Correct [sources.{site.name}]" + (f", or the key in ${site.token_env}." if site.token else ".")
        raise StudyError(f"the API refuses the request: {message}", where=site.options.site, hint=hint)
    seconds = re.search(r"more requests available in (\d+) second", message)
    wait = float(seconds[1]) + 1 if seconds else _PENALTY if said["error_id"] == _THROTTLED else None
    return Verdict(again=True, wait=wait, reason=message)


class _Run:
    """One run over a site: what it has been shown, and what of it still has to be asked for."""

    def __init__(self, api: Client, earlier: Earlier) -> None:
        self.api, self.earlier = api, earlier
        self.listed = set[int]()
        self.waiting: list[Item] = []
        self.doubted: list[Stretch] = []
        """Windows from which questions seem to be missing."""

    def search(self, phrase: str, stretch: Stretch) -> Iterator[str]:
        """List what is new or has changed in a stretch of time; yield the questions of which all is stored by now."""
        pages: Iterator[list[Item]]
        if stretch.known is None:
            pages = self._list(phrase, _seconds(stretch.start), _seconds(stretch.end))
        else:
            pages = self._list_changes(phrase, stretch, stretch.known)
        for questions in pages:
            self._note(questions)
            if len(self.waiting) >= _TOGETHER:
                yield from self.complete()

    def ask_for_missing(self) -> None:
        """Ask for questions of doubted windows that no search lists any more, by their ids."""
        missing = sorted(
            int(number)
            for number, known in self.earlier.threads.items()
            if number.isdecimal()
            and int(number) not in self.listed
            and any(known.created_at is None or w.start <= known.created_at <= w.end for w in self.doubted)
        )
        self._note(with_id(self.api.by_id("questions/{ids}", missing), "question_id"))

    def complete(self) -> Iterator[str]:
        """Have what is not embedded in questions stored: answers that were cut, and comments, whose text never is."""
        questions, self.waiting = self.waiting, []
        whole = [question for question in questions if not lacks_answers(question)]
        cut = [question["question_id"] for question in questions if lacks_answers(question)]
        answers = [answer for question in whole for answer in embedded_answers(question)]
        answers += with_id(self.api.by_id("questions/{ids}/answers", cut), "answer_id")
        posts = [(q, q["question_id"]) for q in questions] + [(a, a["answer_id"]) for a in answers]
        self.api.by_id("posts/{ids}/comments", [number for post, number in posts if lacks_comments(post)])
        yield from (str(question["question_id"]) for question in questions)

    def _note(self, questions: list[Item]) -> None:
        new = {q["question_id"]: q for q in questions if q["question_id"] not in self.listed}
        self.listed |= new.keys()
        self.waiting += (q for number, q in new.items() if not self.earlier.has(str(number), version(q)))

    def _list(self, phrase: str, first: int, last: int, at_most: int | None = None) -> Generator[list[Item], None, int]:
        """Yield the questions that were asked from second ``first`` to second ``last``, page by page.

        A site that does not heed the window reports for both halves what it did for the whole: more than ``at_most``.

        Returns:
            The total that the site reported.
        """
        listing = Listing(first, last, at_most)
        total: int = 0
        for number in range(1, PAGES + 1):
            found = self._page(phrase, listing, number, sort="creation", order="asc")
            total = found["total"]
            if too_many(total, first, last):
                break
            yield with_id(found["items"], "question_id")
            if not found["has_more"]:
                return total
        if first < last:
            middle = (first + last) // 2
            older = yield from self._list(phrase, first, middle, room(total))
            yield from self._list(phrase, middle + 1, last, room(total, older))
        return total

    def _list_changes(self, phrase: str, stretch: Stretch, known: Whole) -> Iterator[list[Item]]:
        """Yield the questions of a known window, latest activity first, as long as there has been any; all if in doubt.

        The site's total says whether that is all. It is not if questions were deleted, or match now as they did not.
        """
        first, last = _seconds(stretch.start), _seconds(stretch.end)
        seen, listing = set[int](), Listing(first, last)
        number, more = 0, True
        while more and number < PAGES:
            number += 1
            found = self._page(phrase, listing, number, sort="activity", order="desc")
            questions = with_id(found["items"], "question_id")
            seen |= {question["question_id"] for question in questions}
            yield questions
            more = found["has_more"] and any(self._is_recent(question, known) for question in questions[-1:])
        total = known.got + sum(str(question) not in self.earlier.threads for question in seen)
        if found["total"] < total:
            self.doubted.append(stretch)
        if found["total"] != total and (number > 1 or found["has_more"]):
            yield from self._list(phrase, first, last)

    def _page(self, phrase: str, listing: Listing, number: int, **order: str) -> dict[str, Any]:
        window = {"fromdate": listing.first, "todate": listing.last}
        return self.api.questions("search/advanced", number, listing, q=phrase, **window, **order)

    def _is_recent(self, question: Item, known: Whole) -> bool:
        """Whether there was activity since the window was last asked for, or shortly before, when it was not listed."""
        since, at = known.asked or self.earlier.since, question.get("last_activity_date")
        return since is None or not isinstance(at, int) or at >= since.timestamp() - _LATE


def _phrase(keyword: str) -> str:
    """A keyword as the search takes it.

    ``q`` is documented as free text that matches "all question properties based on an undocumented algorithm"; the
    quotes are those of the site's own search, and keep ``trust_remote_code`` from matching three separate words.
    """
    return '"' + keyword.replace('"', " ") + '"'


def _stretches(site: Site, phrase: str, earlier: Earlier) -> list[Stretch]:
    """The seconds of the study's dates; the search leaves out neither end of a window."""
    return stretches(earlier.windows.get(phrase, ()), _midnight(site.since), _midnight(site.until) - _SECOND)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
