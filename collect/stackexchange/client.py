"""StackAPI on one site, one page a call, through the wire."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import stackapi.stackapi

from codebook.errors import StoppedEarly, StudyError
from codebook.harmless import one_line
from codebook.raw import Page
from codebook.transports import WireAdapter
from codebook.wire import Answer, Wire
from collect.plausible import Wrong, unless
from collect.source import Earlier, Site
from collect.stackexchange.listing import Listing
from collect.stackexchange.pages import PAGE_SIZE, PAGES, Item, sites_on

API = "https://api.stackexchange.com"

BATCH = 100
"""Ids that one request may name."""

_CHANGES = ("answer_count", "comment_count", "last_activity_date", "last_edit_date")
_TEXT = ("body_markdown", "content_license")
_FIELDS = ";".join(
    (
        ".total",
        *(f"question.{f}" for f in (*_TEXT, *_CHANGES, "answers", "comments")),
        *(f"answer.{f}" for f in (*_TEXT, "comment_count", "comments", "last_edit_date", "question_id")),
        # Without `body` the API leaves `body_markdown` out; `link` is the only thing that names a comment's question.
        *(f"comment.{f}" for f in (*_TEXT, "body", "link", "post_type")),
    )
)
"""What the default filter of the API leaves out and a study needs, and what tells that a question has changed."""


class Client:
    """A site of the Stack Exchange network.

    Args:
        site: What the study asks of it.
        wire: Where requests go.
        earlier: What finished runs have got. Their list of sites and their filter are taken from the raw records: a
            filter is "immutable and non-expiring" (https://api.stackexchange.com/docs/filters), and a site that was
            there is there.

    Raises:
        StudyError: There is no such site, or the API refuses the key.
    """

    def __init__(self, site: Site, wire: Wire, earlier: Earlier) -> None:
        self.where, self.wire = site.options.site, wire
        self._more = "" if site.token else f" With a key there are more: set ${site.token_env or 'token_env'}."
        self._spent = False
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"qualdev/{version('qualdev')}"
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, WireAdapter(wire))
        if earlier.since is not None:
            self._take_over()
        # More than one page a call, and a fault on a later one would lose the earlier ones.
        options = {"key": site.token, "max_pages": 1, "page_size": PAGE_SIZE}
        try:
            with self._lent():
                self._api = stackapi.StackAPI(self.where, base_url=site.base_url or API, **options)
        except ValueError:
            hint = "`site` is the API's name for it, as stackoverflow or ai."
            raise StudyError(f"there is no Stack Exchange site {self.where!r}", hint=hint) from None
        made = self.page("filters/create", include=_FIELDS, base="default", unsafe="false")
        with self._lent():
            self._filter: str = made["items"][0]["filter"]

    def page(self, endpoint: str, number: int = 1, wrong: Wrong | None = None, **parameters: Any) -> dict[str, Any]:
        """One page of a result, of which nothing is ``wrong``.

        Raises:
            StoppedEarly: The site gave no usable answer in time, or no further request is left for today.
            StudyError: The API refuses the request.
        """
        if self._spent:
            raise StoppedEarly(
                "the requests that the API allows this address a day are used up (`quota_remaining` is 0)",
                where=self.where,
                hint=f"What was got is safe. Run the same command again tomorrow.{self._more}",
            )
        before = self.wire.sent
        with self._lent(), unless(self.wire, wrong):
            found: dict[str, Any] = self._api.fetch(endpoint, page=number, **parameters)
        self._spent = self.wire.sent > before and found.get("quota_remaining") == 0
        return found

    def questions(self, endpoint: str, number: int, listing: Listing, **parameters: Any) -> dict[str, Any]:
        """One page of questions, with their texts, answers and counts; ``listing`` takes note of it."""
        found = self.page(endpoint, number, listing.wrong, filter=self._filter, **parameters)
        listing.add(found)
        if type(found["total"]) is not int:
            raise StudyError("the API's answer cannot be read: its total is no number", where=self.where)
        return found

    def by_id(self, endpoint: str, ids: list[int]) -> list[Item]:
        """All items that belong to ``ids``, in requests of at most 100 ids and 25 pages."""
        found: list[Item] = []
        for start in range(0, len(ids), BATCH):
            batch, listing = ids[start : start + BATCH], Listing()
            for number in range(1, PAGES + 1):
                answer = self.questions(endpoint, number, listing, ids=batch, sort="creation", order="asc")
                found += answer["items"]
                if not answer["has_more"]:
                    break
            else:
                if len(batch) > 1:
                    half = len(batch) // 2
                    found += self.by_id(endpoint, batch[:half]) + self.by_id(endpoint, batch[half:])
        return found

    def _take_over(self) -> None:
        """Make the answers that never change, as earlier runs got them, answers of this run."""
        found: dict[str, Page] = {}
        for page in self.wire.store.pages():
            kind = _lasting(page, self.where)
            if kind and kind not in found:
                found[kind] = page
            if len(found) == 2:  # noqa: PLR2004 - the list of sites and the filter
                break
        for page in found.values():
            if not self.wire.has(page.request):
                self.wire.keep(page.request, Answer(page.status, page.headers, page.body))

    @contextmanager
    def _lent(self) -> Iterator[None]:
        """Lend StackAPI our session for one call.

        It calls ``requests.get`` and ``sleep`` by the names in its module and takes neither as an argument. The session
        sends through the wire; the wire also waits for ``backoff``, so StackAPI must not, least of all when the answer
        comes from the raw records.
        """
        module = stackapi.stackapi
        before = module.requests, module.sleep
        module.requests = SimpleNamespace(get=self._session.get, compat=requests.compat, exceptions=requests.exceptions)
        module.sleep = lambda _seconds: None
        try:
            yield
        except (stackapi.StackAPIError, requests.RequestException) as error:
            # `from None`: these errors hold the URL, and that the key.
            what = error.message if isinstance(error, stackapi.StackAPIError) else type(error).__name__
            said = f"the API cannot be used: {one_line(str(what), 200)}"
            raise StudyError(said, where=self.where, hint="Is `base_url` right?") from None
        except (KeyError, IndexError, TypeError) as error:
            said = f"the API's answer cannot be read: {one_line(repr(error), 200)}"
            raise StudyError(said, where=self.where, hint="Is `base_url` right?") from error
        finally:
            module.requests, module.sleep = before


def _lasting(page: Page, site: str) -> str | None:
    """What of that which never changes stands on a page: the list of sites with this one on it, or our filter."""
    parts = urlsplit(page.path)
    if re.fullmatch(r"/[\d.]+/sites/", parts.path) and site in sites_on(page):
        return "sites"
    if re.fullmatch(r"/[\d.]+/filters/create/", parts.path) and parse_qs(parts.query).get("include") == [_FIELDS]:
        return "filter"
    return None
