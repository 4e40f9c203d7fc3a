"""PyGithub with every request going through the wire, and nothing of its own that waits, repeats or redirects.

PyGithub's extension point for this is ``Requester.injectConnectionClasses``. It sets classes for the whole process, so
they are put back as soon as the client has taken them. Only paths below ``base_url`` are asked for: for any other host
PyGithub would make a connection of its own class, past the wire.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import github
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester

from codebook.errors import StudyError
from codebook.transports import TIMEOUT, WireAdapter
from codebook.wire import Wire
from collect.github import dialect
from collect.github.batch_pages import can_be_smaller, out_of_time
from collect.github.doubts import Pages
from collect.github.shapes import what_it_says
from collect.plausible import Wrong, unless
from collect.source import Site

PUBLIC = "https://api.github.com"
"""Where the public GitHub answers, if ``study.toml`` names no ``base_url``."""

PER_PAGE = 100
"""Items on a page, the most that GitHub gives."""

_INJECTING = threading.Lock()


class TooMuch(Exception):
    """GitHub has not carried out a query in time, several times in a row; less of it may be asked for."""


class Client:
    """What is asked of one site.

    Args:
        site: Its ``base_url`` and ``token``.
        wire: Sends, stores, waits and repeats.

    Raises:
        StudyError: The token has characters that no header can hold.
    """

    def __init__(self, site: Site, wire: Wire) -> None:
        token = (site.token or "").strip()
        if not re.fullmatch(r"[!-~]*", token):
            raise StudyError(
                f"the value of ${site.token_env} is not a token",
                where=f"[sources.{site.name}]",
                hint="A token is letters, digits and underscores on one line.",
            )
        self._wire = wire
        with _connections_through(wire):
            self._github = github.Github(
                base_url=site.base_url or PUBLIC,
                auth=github.Auth.Token(token) if token else None,
                timeout=int(TIMEOUT),
                per_page=PER_PAGE,
                retry=None,
                seconds_between_requests=0,
                seconds_between_writes=0,
            )

    def close(self) -> None:
        """Close the connections."""
        self._github.close()

    def get(self, path: str, doubt: Wrong, **parameters: str | int) -> tuple[bool, Any]:
        """Ask the REST API for a page, again and again while ``doubt`` says why what comes cannot be used.

        Returns:
            Whether the site names a next page, and the body.

        Raises:
            github.GithubException: The site refuses, with a status from 400 on; the answer is stored.
            StudyError: What the dialect makes of an answer, for example a token that is refused.
        """
        # PyGithub writes the token into the dict of headers, so every request gets its own.
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        with unless(self._wire, doubt):
            answered, body = self._github.requester.requestJsonAndCheck("GET", path, dict(parameters), headers)
        return 'rel="next"' in answered.get("link", ""), body

    def pages(self, path: str) -> Iterator[Any]:
        """Ask for all pages of a list; they are counted here, because links lead to names that we did not ask for.

        Raises:
            github.GithubException: As :meth:`get`.
        """
        more, number, come = True, 0, Pages(path)

        def doubt(body: Any) -> str | None:
            if not isinstance(body, list):
                return "the answer is no list"
            return come.doubt(body) if number > 1 and body else None  # an empty page ends the list

        while more:
            number += 1
            linked, body = self.get(path, doubt, per_page=PER_PAGE, page=number)
            more = bool(body) and (linked or len(body) >= PER_PAGE)  # some proxies drop the links
            come.take(body if isinstance(body, list) else ())
            yield body

    def graphql(self, query: str, variables: dict[str, Any], doubt: Wrong) -> Any:
        """Ask the GraphQL API; the body has ``data``, ``errors`` or both. ``doubt`` as in :meth:`get`.

        Raises:
            TooMuch: The query was not carried out in time, and can be asked for less; the answer is stored.
            github.GithubException: The site refuses, with a status from 400 on; the answer is stored.
        """
        smaller = can_be_smaller(variables)
        asked = {"query": query, "variables": variables}
        try:
            with unless(self._wire, doubt):
                if smaller:
                    judge = dialect.Impatient(self._wire.dialect.verdict)
                    self._wire.dialect = replace(self._wire.dialect, verdict=judge)
                # Not graphql_query: that raises on any error and loses the part of the data that came.
                requester = self._github.requester
                body = requester.requestJsonAndCheck("POST", requester.graphql_url, input=asked)[1]
        except github.GithubException as error:
            if smaller and out_of_time(error.status, error.data):
                raise TooMuch from error
            raise
        if smaller and out_of_time(HTTPStatus.OK, body):
            raise TooMuch
        return body


def refused_search(asked: str, status: int, body: object) -> StudyError:
    """The error for a search that the site does not carry out."""
    return StudyError(
        f"the site refuses a search (HTTP {status}): {what_it_says(body) or 'it gives no reason'}",
        where=asked,
        hint="Shorten or simplify that keyword in study.toml; a token may lack the right to search.",
    )


@contextmanager
def _connections_through(wire: Wire) -> Iterator[None]:
    class Plain(HTTPRequestsConnectionClass):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.session.mount("http://", WireAdapter(wire, follow=True))

    class Secure(HTTPSRequestsConnectionClass):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.session.mount("https://", WireAdapter(wire, follow=True))

    with _INJECTING:
        Requester.injectConnectionClasses(Plain, Secure)
        try:
            yield
        finally:
            Requester.resetConnectionClasses()
