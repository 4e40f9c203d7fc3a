"""What is asked for in which window, in a first run and in later ones, whichever API answers.

A window that finished runs have whole is asked what changed in it, which also tells how many threads it holds. If
that is not what is known of it and what is new, it is listed anew. Threads that are then missing, and those that came
under another name, are asked for by themselves. A search does not say which of the known threads a keyword found, so in
a window that lacks some, every known thread that no keyword found in this run is asked for.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from collect.covered import stretches
from collect.github.queries import CAP, Kind, Window, must_be_halved
from collect.source import Earlier, Site, Whole

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Hit(Generic[R]):
    """A thread on a result page; ``lists`` have to be asked for to have it whole, in its API's own terms."""

    thread: str
    uid: str | None
    version: str | None
    lists: tuple[R, ...]


@dataclass(frozen=True, slots=True)
class Found(Generic[R]):
    """A result page: its threads, how many the window holds, and whether the page may lack some that it should have."""

    hits: list[Hit[R]]
    reported: int | None
    incomplete: bool = False


class Api(Protocol[R]):
    """One of the two APIs of GitHub."""

    def listed(self, kind: Kind, asked: str, window: Window, below: int | None) -> Iterator[Found[R]]:
        """Ask for the pages of a window; a first page that reports more than 1,000 and ``below`` or more is doubted."""
        ...

    def changed(self, kind: Kind, asked: str, window: Window, since: datetime) -> Iterator[Found[R]]:
        """Ask for the pages with what changed in a window since a moment."""
        ...

    def complete(self, hits: list[Hit[R]]) -> Iterator[str]:
        """Ask for the rest of threads; yield each once it is whole."""
        ...

    def looked_up(self, kind: Kind, threads: list[str]) -> Iterator[Hit[R]]:
        """Ask for threads by name, so that a page says what became of them."""
        ...


class Listing(Generic[R]):
    """One run's way through the windows of all queries.

    Args:
        api: Asks.
        site: Keywords and dates.
        earlier: What finished runs have got.
    """

    def __init__(self, api: Api[R], site: Site, earlier: Earlier) -> None:
        self._api = api
        self._site = site
        self._earlier = earlier
        self._names = {known.uid: name for name, known in earlier.threads.items() if known.uid}
        self._found: set[str] = set()
        self._whole: set[str] = set()
        self._left: set[str] = set()
        self._lacking: list[Window] = []
        self._in_both = False

    def fetch(self, kind: Kind) -> Iterator[str]:
        """Ask for all threads of a kind; yield one that is new or has changed once all of it is stored."""
        self._lacking.clear()
        for keyword in self._site.keywords:
            asked = kind.query(keyword)
            for window, known in windows(kind, asked, self._site, self._earlier):
                yield from self._changed(kind, asked, window, known) if known else self._listed(kind, asked, window)
        missing = [name for name in self._earlier.threads if self._is_missing(kind, name)]
        yield from self._complete(list(self._api.looked_up(kind, sorted(missing))))

    def _listed(
        self, kind: Kind, asked: str, window: Window, below: int | None = None
    ) -> Generator[str, None, tuple[set[str], int]]:
        """List a window, or its halves; each list is whole before anything else is asked, so that it cannot shift.

        The page that made a window to be halved is a list too: what it shows and the halves do not must not lack its
        posts.

        Returns:
            The threads, and how many the first page said that there are.
        """
        hits: list[Hit[R]] = []
        reported = 0
        for number, found in enumerate(self._api.listed(kind, asked, window, below)):
            hits += found.hits
            reported = reported if number else found.reported or 0
            if number == 0 and _must_be_halved(window, found):
                yield from self._complete(hits)
                halves = yield from self._halved(kind, asked, window, reported)
                return halves, reported
        yield from self._complete(hits)
        return {hit.thread for hit in hits}, reported

    def _halved(self, kind: Kind, asked: str, window: Window, whole: int) -> Generator[str, None, set[str]]:
        """List the halves of a window.

        All of its threads may be in one half, but not in both. A site that says so of one window may have miscounted
        it; one that goes on to say so of the next does not heed dates, and would be asked for every hour there was.
        """
        early, late = window.halves()
        threads, first = yield from self._listed(kind, asked, early)
        all_in_first = first >= whole > CAP
        more, second = yield from self._listed(kind, asked, late, whole if all_in_first and self._in_both else None)
        self._in_both = all_in_first and second >= whole
        return threads | more

    def _changed(self, kind: Kind, asked: str, window: Window, known: Whole) -> Iterator[str]:
        hits: list[Hit[R]] = []
        reported: int | None = None
        since = known.asked or self._earlier.since or window.start
        for found in self._api.changed(kind, asked, window, since):
            hits += found.hits
            reported = None if found.incomplete else found.reported
            if reported is None or reported > CAP:
                break
        yield from self._complete(hits)
        new = {hit.thread for hit in hits if hit.thread not in self._earlier.threads and hit.uid not in self._names}
        if reported != known.got + len(new):
            listed, _ = yield from self._listed(kind, asked, window)
            if len(listed & self._earlier.threads.keys()) < known.got:
                self._lacking.append(window)

    def _complete(self, hits: list[Hit[R]]) -> Iterator[str]:
        wanted: dict[str, Hit[R]] = {}
        for hit in hits:
            before = self._names.get(hit.uid, hit.thread) if hit.uid else hit.thread
            if before != hit.thread:
                self._left.add(before)
            self._found.add(hit.thread)
            if hit.thread not in self._whole and not self._earlier.has(hit.thread, hit.version):
                wanted[hit.thread] = hit
        for thread in self._api.complete(list(wanted.values())) if wanted else ():
            self._whole.add(thread)
            yield thread

    def _is_missing(self, kind: Kind, name: str) -> bool:
        known = self._earlier.threads[name]
        if known.item != kind.item or name in self._found:
            return False
        at = known.created_at
        return name in self._left or (at is not None and any(w.start <= at <= w.last for w in self._lacking))


def windows(kind: Kind, asked: str, site: Site, earlier: Earlier) -> Iterable[tuple[Window, Whole | None]]:
    """The windows in which a query is asked, with what finished runs have of them, in order of time."""
    within = Window.between(site.since, site.until)
    for part in stretches(earlier.windows.get(kind.named(asked), ()), within.start, within.last):
        yield Window(part.start, part.end), part.known


def _must_be_halved(window: Window, found: Found[R]) -> bool:
    return must_be_halved(window, first_page=True, reported=found.reported or 0, incomplete=found.incomplete)
