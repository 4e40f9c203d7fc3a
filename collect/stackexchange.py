"""Questions, answers and comments of a Stack Exchange site, by StackAPI.

The search is asked once per keyword, oldest question first, in windows of time that end within 25 pages: the API gives
no page behind that without a key (``page above 25 requires access token or app key``). Answers come embedded in their
questions. So do comments, but without their text, whatever the filter asks for; they are asked for again by post.

Sources: https://api.stackexchange.com/docs (``advanced-search``, ``filters``, ``paging``, ``throttle``,
``error-handling``, ``types/question``).
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import requests
import stackapi.stackapi
from pydantic import Field

from codebook.errors import StudyError
from codebook.harmless import one_line
from codebook.raw import Page
from codebook.transports import WireAdapter
from codebook.wire import Answer, Dialect, Verdict, Wire
from collect.source import Earlier, Expected, Seen, Site, SourceOptions
from collect.stackexchange_pages import (
    PAGE_SIZE,
    PAGES,
    Item,
    embedded_answers,
    lacks_answers,
    lacks_comments,
    seen_on,
    too_many,
    with_id,
)

API = "https://api.stackexchange.com"
_BATCH = 100
"""Ids that one request may name."""

_PER_SECOND = 25
"""The API drops an address that asks more than 30 times a second."""

_FIELDS = ";".join(
    (
        ".total",
        *(f"question.{f}" for f in ("answers", "body_markdown", "comment_count", "comments", "content_license")),
        *(f"answer.{f}" for f in ("body_markdown", "comment_count", "comments", "content_license", "question_id")),
        # Without `body` the API leaves `body_markdown` out; `link` is the only thing that names a comment's question.
        *(f"comment.{f}" for f in ("body", "body_markdown", "content_license", "link", "post_type")),
    )
)
"""What the default filter of the API leaves out and a study needs."""

_REFUSED = frozenset({400, 401, 402, 403, 404, 405, 406, 407, 410})
"""HTTP statuses, and ids of the API's errors, that are about the request or the key; all others pass."""

_THROTTLED = 502
_PENALTY = 30.0
"""Seconds to wait after asking too early, where the API does not say; it speaks of "30 seconds to a few minutes"."""


class StackExchangeOptions(SourceOptions):
    """The keys of ``[sources.*]`` that only the kind ``stackexchange`` knows."""

    site: str = Field(default="stackoverflow", pattern=r"^[a-z0-9.-]+$")

    def expected(self, site: Site, earlier: Earlier) -> Expected:  # noqa: ARG002
        """See :meth:`collect.source.SourceOptions.expected`."""
        return Expected(2 + len(site.keywords), 60, "one search per keyword, 100 questions a page")


class StackExchange:
    """Any site of the Stack Exchange network; see :class:`collect.source.Source`."""

    Options: type[SourceOptions] = StackExchangeOptions

    def dialect(self, site: Site) -> Dialect:
        """Judge answers by what their JSON says: ``backoff``, and errors, which all have HTTP status 400."""

        def verdict(answer: Answer) -> Verdict | None:
            said = _said(answer)
            if said is None:
                return None
            if "error_id" in said:
                return _judged(said, site)
            backoff = said.get("backoff")
            return Verdict(wait=backoff + 1.0) if isinstance(backoff, int) else None

        secrets = frozenset({"key", "access_token"})
        return Dialect(verdict=verdict, secret_parameters=secrets, seconds_between=1 / _PER_SECOND)

    def fetch(self, site: Site, wire: Wire, earlier: Earlier) -> Iterator[str]:  # noqa: ARG002
        """Search for every keyword as a phrase, and complete the questions that are found.

        ``q`` is documented as free text that matches "all question properties based on an undocumented algorithm"; the
        quotes are those of the site's own search, and keep ``trust_remote_code`` from matching three separate words.
        """
        api = _Client(site, wire)
        first, last = _second(site.since), _second(site.until) - 1  # both are asked for
        given = set[int]()
        for keyword in site.keywords:
            phrase = '"' + keyword.replace('"', " ") + '"'
            for questions in _search(api, phrase, first, last):
                _complete(api, questions)
                new = [q["question_id"] for q in questions if q["question_id"] not in given]
                given.update(new)
                yield from map(str, new)

    def parse(self, page: Page, site: Site) -> Iterator[Seen]:
        """Say what stands on a stored page."""
        return seen_on(page, site.options.site)


def _said(answer: Answer) -> dict[str, Any] | None:
    """The API's JSON; None where something else came that may pass.

    Raises:
        StudyError: Something else came that will not pass, such as a proxy's page.
    """
    try:
        said = json.loads(answer.body)
    except ValueError:
        if answer.status in _REFUSED:
            raise StudyError(f"HTTP {answer.status}, and not from the API", hint="Is `base_url` right?") from None
        return None
    return said if isinstance(said, dict) else None


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


class _Client:
    """StackAPI on a site, one page a call, through the wire."""

    def __init__(self, site: Site, wire: Wire) -> None:
        self.where = site.options.site
        self.session = requests.Session()
        self.session.headers["User-Agent"] = f"qualdev/{version('qualdev')}"
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, WireAdapter(wire))
        # More than one page a call, and a fault on a later one would lose the earlier ones.
        options = {"key": site.token, "max_pages": 1, "page_size": PAGE_SIZE}
        try:
            with self._lent():
                self.api = stackapi.StackAPI(self.where, base_url=site.base_url or API, **options)
        except ValueError:
            hint = "`site` is the API's name for it, as stackoverflow or ai."
            raise StudyError(f"there is no Stack Exchange site {self.where!r}", hint=hint) from None
        with self._lent():
            made = self.api.fetch("filters/create", include=_FIELDS, base="default", unsafe="false")
            self.filter: str = made["items"][0]["filter"]

    def page(self, endpoint: str, number: int = 1, **parameters: Any) -> dict[str, Any]:
        """One page of a result."""
        with self._lent():
            found: dict[str, Any] = self.api.fetch(endpoint, page=number, **parameters)
        return found

    def by_id(self, endpoint: str, ids: list[int]) -> list[dict[str, Any]]:
        """All items that belong to ``ids``, in requests of at most 100 ids and 25 pages."""
        found: list[dict[str, Any]] = []
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            for number in range(1, PAGES + 1):
                answer = self.page(endpoint, number, ids=batch, filter=self.filter, sort="creation", order="asc")
                found += answer["items"]
                if not answer["has_more"]:
                    break
            else:
                if len(batch) > 1:
                    half = len(batch) // 2
                    found += self.by_id(endpoint, batch[:half]) + self.by_id(endpoint, batch[half:])
        return found

    @contextmanager
    def _lent(self) -> Iterator[None]:
        """Lend StackAPI our session for one call.

        It calls ``requests.get`` and ``sleep`` by the names in its module and takes neither as an argument. The session
        sends through the wire; the wire also waits for ``backoff``, so StackAPI must not, least of all when the answer
        comes from the raw records.
        """
        module = stackapi.stackapi
        before = module.requests, module.sleep
        module.requests = SimpleNamespace(get=self.session.get, compat=requests.compat, exceptions=requests.exceptions)
        module.sleep = lambda _seconds: None
        try:
            yield
        except (stackapi.StackAPIError, requests.RequestException) as error:
            # `from None`: these errors hold the URL, and that the key.
            what = error.message if isinstance(error, stackapi.StackAPIError) else type(error).__name__
            raise StudyError(f"the API cannot be used: {one_line(str(what), 200)}", where=self.where) from None
        except (KeyError, IndexError, TypeError) as error:
            raise StudyError(f"the API's answer cannot be read: {error!r}", where=self.where) from error
        finally:
            module.requests, module.sleep = before


def _search(api: _Client, phrase: str, first: int, last: int) -> Iterator[list[Item]]:
    """Yield the questions that were asked from second ``first`` to second ``last``, page by page."""
    for number in range(1, PAGES + 1):
        window = {"fromdate": first, "todate": last, "sort": "creation", "order": "asc"}
        found = api.page("search/advanced", number, q=phrase, filter=api.filter, **window)
        if too_many(found["total"], first, last):
            break
        yield with_id(found["items"], "question_id")
        if not found["has_more"]:
            return
    if first < last:
        middle = (first + last) // 2
        yield from _search(api, phrase, first, middle)
        yield from _search(api, phrase, middle + 1, last)


def _complete(api: _Client, questions: list[Item]) -> None:
    """Have what is not embedded in questions stored: answers that were cut, and comments, whose text never is."""
    cut = [question["question_id"] for question in questions if lacks_answers(question)]
    answers = [answer for question in questions if not lacks_answers(question) for answer in embedded_answers(question)]
    answers += with_id(api.by_id("questions/{ids}/answers", cut), "answer_id")
    posts = [(q, q["question_id"]) for q in questions] + [(a, a["answer_id"]) for a in answers]
    api.by_id("posts/{ids}/comments", [number for post, number in posts if lacks_comments(post)])


def _second(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
