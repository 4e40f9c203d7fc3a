"""A source: one kind of site from which threads are collected.

A source has two halves. ``fetch`` asks the site, through the site's real client and the wire, which stores every answer
before anyone looks at it. ``parse`` is a pure function from one stored page to what stands on it. Tables are made from
parsed pages only (``collect.derive``); so a rebuild from raw records is the same code as a live run.

The hazard: a page rarely holds a whole thread. Comments come on pages of their own, and a page that is fetched twice
(after a crash) holds the same things twice. Therefore ``parse`` says what is on *this* page and nothing more; joining,
ordering and dropping repeats is done once, for all sources.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from codebook.people import Strict
from codebook.raw import Page
from codebook.wire import Dialect, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenThread:
    """The header of a thread as it stands on a page. Names and texts are the site's own, not yet pseudonymised.

    ``uid`` is an id that the site keeps when the thread moves or its repository is renamed. ``version`` is the site's
    own mark that changes with the thread, for example its ``updated_at``: a later run that sees the same version asks
    for nothing more of the thread, and one that sees another asks for all of it again. A page that shows a header
    without such a mark leaves it None. ``author`` is the account's name; ``author_names`` are other names that the page
    gives the author, such as a display name, so that they can be found in text.
    """

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
    author_names: tuple[str, ...] = ()
    uid: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenGone:
    """A page that says that a thread is not where it was.

    ``why`` is ``gone`` where the site does not tell deleted from private; ``now`` is the native id of a renamed thread,
    None if the page does not say it.
    """

    native_id: str
    why: Literal["deleted", "private", "renamed", "gone"]
    now: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPost:
    """A post as it stands on a page; ``thread`` is the native id of its thread, ``body`` Markdown."""

    thread: str
    native_id: str
    role: Literal["opening", "comment", "answer", "review", "review_comment", "reply"]
    body: str
    created_at: datetime | None = None
    author: str | None = None
    author_names: tuple[str, ...] = ()
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
    ``skipped`` that it was not asked for at all. ``changes`` marks a page that lists only what changed since an earlier
    run: its hits are added to those of earlier runs instead of taking their place.
    """

    query: str
    window_start: datetime | None = None
    window_end: datetime | None = None
    reported: int | None = None
    hits: tuple[str, ...] = ()
    problem: str | None = None
    skipped: bool = False
    changes: bool = False


Seen = SeenThread | SeenGone | SeenPost | SeenSlice


@dataclass(frozen=True, slots=True)
class Known:
    """A thread that finished runs have got: what :class:`SeenThread` says under the same names."""

    item: str
    version: str | None
    uid: str | None
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class Whole:
    """A window that finished runs have got whole; ``reported`` is the number of hits that the site gave last.

    ``asked`` is when the run that asked for it last began, UTC: not every run asks for every window (other dates, other
    keywords, no token), so what changed in it is asked for since then. None: since the last run began.
    """

    window_start: datetime | None
    window_end: datetime | None
    reported: int | None
    got: int
    asked: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What finished runs have got of a site, as it was when this run began: a later run asks for the rest.

    Args:
        since: When the last finished run began, UTC; None if there is none.
        threads: By native id; threads that are gone are left out.
        windows: By query, in order of time.
    """

    since: datetime | None = None
    threads: Mapping[str, Known] = field(default_factory=dict)
    windows: Mapping[str, tuple[Whole, ...]] = field(default_factory=dict)

    def has(self, native_id: str, version: str | None) -> bool:
        """Whether a thread has been got whole in just this version."""
        known = self.threads.get(native_id)
        return known is not None and version is not None and known.version == version


def _no_texts() -> Iterator[bytes]:
    return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One ``[sources.NAME]`` with what the study asks of it.

    ``since`` and ``until`` are days in UTC, ``until`` is not asked for any more. ``match`` is title, body, comments or
    any, and is asked locally: a search always looks everywhere, so that the ledger shows what a narrower match loses.
    ``folder`` is the study folder. ``token`` comes from the environment variable that the section names, None if it is
    not set. ``options`` is an instance of the source's ``Options``. ``elsewhere`` gives the raw bodies of what the
    study's other sites have answered.
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
    elsewhere: Callable[[], Iterator[bytes]] = _no_texts


@dataclass(frozen=True, slots=True)
class Expected:
    """Requests that a collection will cost.

    Args:
        listing: To list what matches, at least.
        per_1000: For 1,000 threads that are new or changed, about.
        note: What the numbers rest on, in one sentence.
    """

    listing: int
    per_1000: int
    note: str


class SourceOptions(Strict):
    """The keys of ``[sources.NAME]`` that only one kind knows, and what they make a collection cost."""

    @property
    def reads_elsewhere(self) -> bool:
        """Whether the site is asked last, because what it is asked for depends on what the other sites answered."""
        return False

    @abstractmethod
    def expected(self, site: Site, earlier: Earlier) -> Expected:
        """How many requests a collection of ``site`` will cost, known before the first one is made."""


class Source(Protocol):
    """One kind of site."""

    Options: type[SourceOptions]
    """The keys of ``study.toml`` that only this kind knows."""

    def dialect(self, site: Site) -> Dialect:
        """How the site says that it wants us to wait, and where secrets stand in its URLs."""
        ...

    def fetch(self, site: Site, wire: Wire, earlier: Earlier) -> Iterator[str]:
        """Ask for what the study wants and ``earlier`` lacks; yield a thread's native id once all of it is stored.

        A window that ``earlier`` has whole costs one request, which lists what changed in it. If the site's count shows
        that threads are missing from it, it is listed anew and those that are not in it are asked for by themselves, so
        that a page says what became of them.

        Raises:
            StoppedEarly: The site gave no usable answer in time.
            StudyError: The site refuses what the study asks for (a wrong token, an unknown repository).
        """
        ...

    def parse(self, page: Page, site: Site) -> Iterator[Seen]:
        """Say what stands on a stored page. Pure: the same page and site give the same."""
        ...
