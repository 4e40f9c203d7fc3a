"""GitHub and GitHub Enterprise: issues, pull requests and discussions that contain a keyword.

Issues and pull requests come from the REST API (``issues``, ``pages``), discussions from the GraphQL API
(``discussions``, ``discussion_pages``). PyGithub makes the requests (``client``), and
``dialect`` judges the answers.
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
from collect.github import dialect, discussion_pages, discussions, issues, pages
from collect.github.client import Client
from collect.github.queries import Window, query
from collect.source import Earlier, Expected, Seen, SeenSlice, Site, SourceOptions

_NOT_ASKED = "NOTE skipped/discussions"


class GitHubOptions(SourceOptions):
    """The keys of ``[sources.NAME]`` that only ``kind = "github"`` knows."""

    items: list[Literal["issues", "pull_requests", "discussions"]] = Field(
        default=["issues", "pull_requests", "discussions"], min_length=1
    )

    def expected(self, site: Site, earlier: Earlier) -> Expected:  # noqa: ARG002
        """See :meth:`collect.source.SourceOptions.expected`."""
        return Expected(len(self.items) * len(site.keywords), 1000, "one search per keyword and kind of item")


class GitHub:
    """The source of kind ``github``."""

    Options: type[SourceOptions] = GitHubOptions

    def dialect(self, site: Site) -> Dialect:
        """How GitHub says "wait"; a token that it refuses ends the run, and the answer is not stored.

        There is no pace of our own: requests go one after the other, and GitHub counts in each answer what is left.
        When its few searches a minute (30 with a token, 10 without) are used up, the next request waits for more.
        """
        return Dialect(verdict=lambda answer: dialect.verdict(answer, site))

    def fetch(self, site: Site, wire: Wire, earlier: Earlier) -> Iterator[str]:  # noqa: ARG002
        """See :meth:`collect.source.Source.fetch`. A thread that two keywords find is asked for once."""
        items = (site.options if isinstance(site.options, GitHubOptions) else GitHubOptions()).items
        whole: set[str] = set()
        with closing(Client(site, wire)) as client:
            for kind in issues.KINDS:
                if kind in items:
                    yield from issues.fetch(client, site, kind, whole)
            if "discussions" in items and site.token:
                yield from discussions.fetch(client, site, whole)
            elif "discussions" in items:
                _note_discussions_are_not_asked_for(site, wire)

    def parse(self, page: Page, site: Site) -> Iterator[Seen]:  # noqa: ARG002 - a page says everything by itself
        """See :meth:`collect.source.Source.parse`."""
        if page.request == _NOT_ASKED:
            return _skipped(page)
        graphql = urlsplit(page.path).path.endswith("/graphql")
        return discussion_pages.parse(page) if graphql else pages.parse(page)


def _note_discussions_are_not_asked_for(site: Site, wire: Wire) -> None:
    if wire.has(_NOT_ASKED):
        return
    window = Window.between(site.since, site.until)
    note = {
        "reason": "GitHub gives discussions only to those who send a token",
        "token_env": site.token_env,
        "queries": [query(keyword, site.match) for keyword in site.keywords],
        "start": window.start.isoformat(),
        "last": window.last.isoformat(),
    }
    wire.keep(_NOT_ASKED, Answer(200, {}, json.dumps(note).encode()))


def _skipped(page: Page) -> Iterator[Seen]:
    note = page.json()
    env = f"; set {note['token_env']}" if note["token_env"] else "; set token_env in study.toml"
    for asked in note["queries"]:
        yield SeenSlice(
            query=f"{discussion_pages.KIND} {asked}",
            window_start=datetime.fromisoformat(note["start"]).astimezone(UTC),
            window_end=datetime.fromisoformat(note["last"]).astimezone(UTC),
            problem=note["reason"] + env,
            skipped=True,
        )
