"""A source: one kind of site from which threads are collected.

A source has two halves. ``fetch`` asks the site, through the site's real client and the wire, which stores every answer
before anyone looks at it. ``parse`` is a pure function from one stored page to what stands on it. Tables are made from
parsed pages only (``collect.derive``); so a rebuild from raw records is the same code as a live run.

The hazard: a page rarely holds a whole thread. Comments come on pages of their own, and a page that is fetched twice
(after a crash) holds the same things twice. Therefore ``parse`` says what is on *this* page and nothing more; joining,
ordering and dropping repeats is done once, for all sources.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from codebook.raw import Page
from codebook.wire import Dialect, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenThread:
    """The header of a thread as it stands on a page. Names and texts are the site's own, not yet pseudonymised."""

    native_id: str
    item: Literal["issue", "pull_request", "discussion", "question", "topic", "thread"]
    url: str
    title: str
    state: str | None = None
    created_at: datetime | None = None
    author: str | None = None
    labels: tuple[str, ...] = ()
    n_reported: int | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPost:
    """A post as it stands on a page; ``thread`` is the native id of its thread, ``body`` Markdown."""

    thread: str
    native_id: str
    role: Literal["opening", "comment", "answer", "review", "review_comment", "reply"]
    body: str
    created_at: datetime | None = None
    author: str | None = None
    author_kind: Literal["person", "bot"] | None = None
    score: int | None = None
    accepted: bool | None = None
    hidden: bool = False
    reply_to: str | None = None
    licence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSlice:
    """What one result page says about its query and window.

    ``hits`` are the native ids on this page; ``problem`` says why the window cannot be whole, if the page tells, and
    ``skipped`` that it was not asked for at all.
    """

    query: str
    window_start: datetime | None = None
    window_end: datetime | None = None
    reported: int | None = None
    hits: tuple[str, ...] = ()
    problem: str | None = None
    skipped: bool = False


Seen = SeenThread | SeenPost | SeenSlice


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One ``[sources.NAME]`` with what the study asks of it.

    ``since`` and ``until`` are days in UTC, ``until`` is not asked for any more. ``match`` is title, body, comments or
    any. ``folder`` is the study folder. ``token`` comes from the environment variable that the section names, None if
    it is not set. ``options`` is an instance of the source's ``Options``.
    """

    name: str
    base_url: str
    keywords: tuple[str, ...]
    since: date
    until: date
    match: str = "any"
    folder: Path = Path()
    token: str | None = None
    token_env: str = ""
    options: Any = None


class Source(Protocol):
    """One kind of site."""

    Options: type[BaseModel]
    """The keys of ``study.toml`` that only this kind knows."""

    def dialect(self, site: Site) -> Dialect:
        """How the site says that it wants us to wait, and where secrets stand in its URLs."""
        ...

    def fetch(self, site: Site, wire: Wire) -> Iterator[str]:
        """Ask for everything that the study wants; yield a thread's native id once all of it is stored.

        Raises:
            StoppedEarly: The site gave no usable answer in time.
            StudyError: The site refuses what the study asks for (a wrong token, an unknown repository).
        """
        ...

    def parse(self, page: Page, site: Site) -> Iterator[Seen]:
        """Say what stands on a stored page. Pure: the same page and site give the same."""
        ...
