"""What the tests of the GitHub source share: small corpora, and the real client against the local site."""

import ast
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sites.corpus import CorpusPost, CorpusThread
from sites.github import GitHubSite
from sites.server import Asked, LocalSite

from codebook.raw import Page, RawStore
from codebook.wire import Wire
from collect.github import GitHub
from collect.source import Earlier, Known, Seen, SeenGone, SeenPost, SeenSlice, SeenThread, Site, Whole

TOKEN = "a-valid-token"
NOWHERE = Site(name="github", base_url="", keywords=(), since=date(2019, 1, 1), until=date(2026, 1, 1))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def post(number: int, body: str, when: str = "2023-01-02", **more: Any) -> CorpusPost:
    return CorpusPost(number, more.pop("author", "bob"), at(when), body, **more)


def thread(number: int, *posts: CorpusPost, item: str = "issue", **more: Any) -> CorpusThread:
    opening = more.pop("opening", None) or post(
        0, "I set trust_remote_code.", "2023-01-01", author="ada", role="opening"
    )
    values = {"repo": "acme/loader", "title": f"Thread {number}", "state": "open"} | more
    return CorpusThread(site="github", item=item, number=number, posts=(opening, *posts), **values)


def many(count: int, item: str = "issue") -> list[CorpusThread]:
    """Threads of one repository, one an hour from the first of January 2023."""
    start = at("2023-01-01")
    opening = post(0, "trust_remote_code", author="ada", role="opening")
    hours = [datetime.fromtimestamp(start.timestamp() + 3600 * n, UTC) for n in range(count)]
    return [thread(n + 1, opening=replace(opening, at=hour), item=item) for n, hour in enumerate(hours)]


_NOTHING = Earlier()


@dataclass
class Rig:
    """One study folder's raw store and the runs on it."""

    folder: Path
    slept: list[float] = field(default_factory=list)
    waits: Counter[str] = field(default_factory=Counter)

    def site(self, local: LocalSite, **more: Any) -> Site:
        values = {"token": TOKEN, "token_env": "GITHUB_TOKEN", "keywords": ("trust_remote_code",)} | more
        return Site(
            **(
                {"name": "github", "base_url": local.base_url, "since": date(2019, 1, 1), "until": date(2026, 1, 1)}
                | values
            )
        )

    def fetch(self, site: Site, run: str = "r", max_wait: float = 900.0, earlier: Earlier = _NOTHING) -> list[str]:
        source = GitHub()
        wire = Wire(self.store(), run, site.base_url, source.dialect(site), max_wait)
        wire.sleep = self.slept.append
        try:
            return list(source.fetch(site, wire, earlier))
        finally:
            wire.store.close()
            self.waits += wire.waits

    def store(self) -> RawStore:
        return RawStore(self.folder / "github")

    def pages(self) -> list[Page]:
        return list(self.store().pages())

    def seen(self, site: Site, run: str | None = None) -> list[Seen]:
        pages = (page for page in self.pages() if run in (None, page.run_id))
        return [seen for page in pages for seen in GitHub().parse(page, site)]

    def earlier(self, site: Site, since: datetime) -> Earlier:
        """What the runs so far have got, all of which are finished and whole."""
        seen = self.seen(site)
        known = {t.native_id: Known(t.item, t.version, t.uid, t.created_at) for t in threads(seen)}
        windows: dict[tuple[str, datetime | None, datetime | None], tuple[int | None, set[str]]] = {}
        for each in slices(seen):
            if not each.problem:
                _, hits = windows.get((each.query, each.window_start, each.window_end), (None, set()))
                windows[each.query, each.window_start, each.window_end] = (each.reported, hits | {*each.hits})
        whole: dict[str, tuple[Whole, ...]] = {}
        for (query, start, end), (reported, hits) in windows.items():
            whole[query] = (*whole.get(query, ()), Whole(start, end, reported, len(hits)))
        return Earlier(since, known, whole)


def serve(threads: Iterable[CorpusThread], **options: Any) -> LocalSite:
    ways = {k: options.pop(k) for k in ("fault", "dies_after") if k in options}
    return LocalSite(GitHubSite(list(threads), **options), **ways)


def read(*pages: Page) -> list[Seen]:
    return [seen for page in pages for seen in GitHub().parse(page, NOWHERE)]


def recorded(file: Path) -> list[Page]:
    """Pages of a PyGithub recording: ten lines an exchange, with an empty line after each."""
    lines = file.read_text(encoding="utf-8").split("\n")
    return [_exchange(lines[n : n + 10]) for n in range(0, len(lines) - 9, 11)]


def _exchange(lines: list[str]) -> Page:
    _, verb, _, _, path, _, asked, status, headers, body = lines
    request = f"{verb} {path}" + ("" if asked == "None" else f"\n{asked}")
    known = {name.lower(): str(value) for name, value in ast.literal_eval(headers)}
    return Page(request, int(status), known, body.encode(), "recorded")


def paths(asked: Iterable[Asked]) -> list[str]:
    return [a.path for a in asked]


def of(kind: type, seen: Iterable[Seen]) -> list[Any]:
    return [each for each in seen if isinstance(each, kind)]


def threads(seen: Iterable[Seen]) -> list[SeenThread]:
    return of(SeenThread, seen)


def posts(seen: Iterable[Seen]) -> list[SeenPost]:
    return of(SeenPost, seen)


def slices(seen: Iterable[Seen]) -> list[SeenSlice]:
    return of(SeenSlice, seen)


def gone(seen: Iterable[Seen]) -> list[SeenGone]:
    return of(SeenGone, seen)
