"""GitHub and GitHub Enterprise: issues, pull requests and discussions that contain a keyword.

``listing`` decides what is asked for. With a token, the GraphQL API answers (``batches``, ``documents``,
``batch_pages``), many threads a request; without one, the REST API (``rest``, ``pages``), which gives no discussions.
Both give the same threads and posts, but for what only GraphQL says: whether a post was minimized, and the names that
people show beside their login. PyGithub makes the requests (``client``), and ``dialect`` judges the answers.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field

from codebook.raw import Page
from codebook.wire import Answer, Dialect, Wire
from collect.github import batch_pages, dialect, pages
from collect.github.batches import Batches
from collect.github.client import PER_PAGE, Client
from collect.github.documents import FIRST
from collect.github.listing import Listing, windows
from collect.github.queries import KINDS, Window
from collect.github.rest import OneByOne
from collect.source import Earlier, Expected, Seen, SeenSlice, Site, SourceOptions

_NOT_ASKED = "NOTE skipped/discussions"

_LISTS = {"issue": ("comments",), "pull_request": ("comments", "review comments", "reviews")}
"""What REST is asked for after a search, with a request for each thread and list."""

_MANY_A_REQUEST = (
    "a search a keyword, kind and known window, 25 pull requests or 50 other threads a page with their posts; "
    "threads with very many posts and windows over 1,000 cost more"
)
_ONE_A_REQUEST = (
    "no token: a search a keyword, kind and known window, 100 threads a page; an issue with comments costs a request "
    "more, a pull request up to three; GitHub allows 60 an hour, and gives no discussions"
)


class GitHubOptions(SourceOptions):
    """The keys of ``[sources.NAME]`` that only ``kind = "github"`` knows."""

    items: list[Literal["issues", "pull_requests", "discussions"]] = Field(
        default=["issues", "pull_requests", "discussions"], min_length=1
    )

    def expected(self, site: Site, earlier: Earlier) -> Expected:
        """See :meth:`collect.source.SourceOptions.expected`."""
        kinds = [KINDS[name] for name in self.asked(site)]
        listing = sum(len(list(windows(k, k.query(word), site, earlier))) for k in kinds for word in site.keywords)
        per_page = [1000 / FIRST[kind] if site.token else 1000 / PER_PAGE for kind in kinds]
        lists = [0 if site.token else len(_LISTS[kind.item]) * 1000 for kind in kinds]
        most = max(map(sum, zip(per_page, lists, strict=True)), default=0)
        return Expected(listing, round(most), _MANY_A_REQUEST if site.token else _ONE_A_REQUEST)

    def asked(self, site: Site) -> list[str]:
        """The kinds of thread that are asked for, in their order; discussions only with a token."""
        return [name for name in KINDS if name in self.items and (site.token or name != "discussions")]


class GitHub:
    """The source of kind ``github``."""

    Options: type[SourceOptions] = GitHubOptions

    def dialect(self, site: Site) -> Dialect:
        """How GitHub says "wait"; a token that it refuses ends the run, and the answer is not stored."""
        return Dialect(
            verdict=lambda answer: dialect.verdict(answer, site), seconds_between=dialect.seconds_between(site)
        )

    def fetch(self, site: Site, wire: Wire, earlier: Earlier) -> Iterator[str]:
        """See :meth:`collect.source.Source.fetch`. A thread that two keywords find is asked for once."""
        options = site.options if isinstance(site.options, GitHubOptions) else GitHubOptions()
        with closing(Client(site, wire)) as client:
            listing = (
                Listing(Batches(client), site, earlier) if site.token else Listing(OneByOne(client), site, earlier)
            )
            for name in options.asked(site):
                yield from listing.fetch(KINDS[name])
        if "discussions" in options.items and not site.token:
            _note_discussions_are_not_asked_for(site, wire)

    def parse(self, page: Page, site: Site) -> Iterator[Seen]:  # noqa: ARG002 - a page says everything by itself
        """See :meth:`collect.source.Source.parse`."""
        if page.request == _NOT_ASKED:
            return _skipped(page)
        graphql = urlsplit(page.path).path.endswith("/graphql")
        return batch_pages.parse(page) if graphql else pages.parse(page)


def _note_discussions_are_not_asked_for(site: Site, wire: Wire) -> None:
    if wire.has(_NOT_ASKED):
        return
    window = Window.between(site.since, site.until)
    note = {
        "reason": "GitHub gives discussions only to those who send a token",
        "token_env": site.token_env,
        "queries": [KINDS["discussions"].query(keyword) for keyword in site.keywords],
        "start": window.start.isoformat(),
        "last": window.last.isoformat(),
    }
    wire.keep(_NOT_ASKED, Answer(200, {}, json.dumps(note).encode()))


def _skipped(page: Page) -> Iterator[Seen]:
    note = page.json()
    env = f"; set {note['token_env']}" if note["token_env"] else "; set token_env in study.toml"
    for asked in note["queries"]:
        yield SeenSlice(
            query=KINDS["discussions"].named(asked),
            window_start=datetime.fromisoformat(note["start"]).astimezone(UTC),
            window_end=datetime.fromisoformat(note["last"]).astimezone(UTC),
            problem=note["reason"] + env,
            skipped=True,
        )
