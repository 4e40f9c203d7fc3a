"""Forgetting a person or a thread: erased from raw, with a tombstone that a rebuild and a later collection heed.

A person's posts lose their text and go from the tables; a thread that the person opened stays, for the others' posts,
without its title. Wherever else the name stands it becomes a neutral word. A person goes by the given name on every
site, or on ``--site``, and there by the other names that pages give the account. Of a thread nothing stays but what
says that there was one. What coders were shown of either is erased from ``raw/coding``; their codes for what others
said stay, those for a forgotten thread go.

What remains: the address of a repository that bears the name, because it says where others' threads are; words of the
person in what others quoted, under no name; the Label Studio server, whose tasks have to be deleted there; ``out/``,
and copies of the study folder.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from codebook.erasure import NAMELESS, Eraser
from codebook.forgotten import Forgotten, Tombstone
from codebook.names import simple
from codebook.raw import Page, RawStore
from codebook.rewriting import rewrite
from codebook.study import Study
from codebook.wire import Dialect, Wire
from collect.source import Earlier, Seen, SeenGone, SeenPost, SeenThread, Site, Source, SourceOptions


class Heeding:
    """A source whose pages are read as if what is forgotten were not on them.

    Args:
        source: The kind of site.
        forgotten: What the study was asked to forget.
    """

    def __init__(self, source: Source, forgotten: Forgotten) -> None:
        self.Options: type[SourceOptions] = source.Options
        self._source = source
        self._forgotten = forgotten

    def dialect(self, site: Site) -> Dialect:
        """See :meth:`collect.source.Source.dialect`."""
        return self._source.dialect(site)

    def fetch(self, site: Site, wire: Wire, earlier: Earlier) -> Iterator[str]:
        """See :meth:`collect.source.Source.fetch`."""
        return self._source.fetch(site, wire, earlier)

    def parse(self, page: Page, site: Site) -> Iterator[Seen]:
        """See :meth:`collect.source.Source.parse`."""
        eraser = self._forgotten.eraser("collect", site.name)
        if not eraser.is_forgotten(page):
            for seen in self._source.parse(page, site):
                left = self._left(seen, site.name, eraser)
                if left is not None:
                    yield left

    def _left(self, seen: Seen, site: str, eraser: Eraser) -> Seen | None:
        """What may be said of what stands on a page."""
        if isinstance(seen, SeenThread | SeenPost | SeenGone):
            native_id = seen.thread if isinstance(seen, SeenPost) else seen.native_id
            if self._forgotten.thread(f"{site}:{native_id}"):
                return None
        if isinstance(seen, SeenPost):
            return None if self._by_nobody(seen, site) else replace(seen, body=eraser.text(seen.body))
        if not isinstance(seen, SeenThread):
            return seen
        if self._by_nobody(seen, site) or self._forgotten.thread(f"{site}:{seen.native_id}", "title"):
            return replace(seen, title="", author=None, author_names=())
        return replace(seen, title=eraser.text(seen.title))

    def _by_nobody(self, seen: SeenThread | SeenPost, site: str) -> bool:
        names = [name for name in (seen.author, *seen.author_names) if name]
        return NAMELESS in names or any(self._forgotten.author(name, site) for name in names)


def heeding(source: Source, forgotten: Forgotten) -> Source:
    """The source, heeding tombstones if there are any."""
    return Heeding(source, forgotten) if forgotten else source


@dataclass
class Found:
    """What is to be forgotten, and how much of it there is.

    Args:
        tombstones: What keeps it forgotten.
        threads: Threads that go, or that the person opened, by site.
        posts: Posts that go, by site.
    """

    tombstones: list[Tombstone] = field(default_factory=list)
    threads: Counter[str] = field(default_factory=Counter)
    posts: Counter[str] = field(default_factory=Counter)


def find_author(study: Study, chosen: list[tuple[Source, Site]], name: str, only: str | None, run_id: str) -> Found:
    """The tombstones of a person: every name, and the threads that the person opened or wrote in."""
    forgotten = study.forgotten
    given, threads, posts = {simple(name), name.lower()}, set[tuple[str, str]](), set[tuple[str, str, str]]()
    found = Found([forgotten.tombstone("author", name, run_id, only)])
    for site, seen in _seen(study, chosen):
        names = [n for n in (seen.author, *seen.author_names) if n]
        if (only and site != only) or not any(simple(n) in given or n.lower() in given for n in names):
            continue
        found.tombstones += [forgotten.tombstone("author", n, run_id, site) for n in names if simple(n) not in given]
        if isinstance(seen, SeenThread):
            threads.add((site, seen.native_id))
        else:
            posts.add((site, seen.thread, seen.native_id))
    of_posts = {(site, thread) for site, thread, _ in posts}
    found.tombstones += [forgotten.tombstone("title", f"{s}:{t}", run_id) for s, t in sorted(threads)]
    found.tombstones += [forgotten.tombstone("text", f"{s}:{t}", run_id) for s, t in sorted(of_posts | threads)]
    found.threads.update(site for site, _ in threads)
    found.posts.update(site for site, *_ in posts)
    return found


def find_thread(study: Study, chosen: list[tuple[Source, Site]], thread_id: str, run_id: str) -> Found:
    """The tombstone of a thread."""
    posts = set[str]()
    found = Found([study.forgotten.tombstone("thread", thread_id, run_id)])
    for site, seen in _seen(study, chosen):
        if isinstance(seen, SeenThread) and f"{site}:{seen.native_id}" == thread_id:
            found.threads[site] = 1
        elif isinstance(seen, SeenPost) and f"{site}:{seen.thread}" == thread_id:
            posts.add(seen.native_id)
            found.posts[site] = len(posts)
    return found


def _seen(study: Study, chosen: list[tuple[Source, Site]]) -> Iterator[tuple[str, SeenThread | SeenPost]]:
    for source, site in chosen:
        for page in study.raw("collect", site.name).pages():
            for seen in source.parse(page, site):
                if isinstance(seen, SeenThread | SeenPost):
                    yield site.name, seen


def erase(study: Study, forgotten: Forgotten, *, keep: bool, run_id: str = "") -> tuple[dict[str, int], list[str]]:
    """Take what is forgotten out of all raw stores, or only count.

    Records of coding are links of a chain; where it is mended stands in a record of the run ``run_id``.

    Returns:
        The pages that are changed, by store, and what could not be read and was removed.
    """
    pages: dict[str, int] = {}
    damaged: list[str] = []
    for stage in ("collect", "coding", "exchange"):
        for folder in _folders(study.path / "raw" / stage):
            chained = run_id if stage == "coding" else None
            done = rewrite(RawStore(folder), forgotten.eraser(stage, folder.name).page, keep=keep, run_id=chained)
            pages[f"{stage}/{folder.name}"] = done.pages
            damaged += [f"{stage}/{folder.name}: {sentence}" for sentence in done.damaged]
    if keep:
        shutil.rmtree(study.private / "earlier", ignore_errors=True)  # copies of tables that an open run has put aside
        _drop_numbers(study)
    return pages, damaged


def _drop_numbers(study: Study) -> None:
    """Drop what `coding` made of texts and makes again where it is needed: words can be guessed from vectors."""
    for made in (*study.path.glob("raw/coding/embeddings/*/*.vectors"), *study.private.glob("ranking-*.npz")):
        made.unlink()
    study.table("saturation").unlink(missing_ok=True)  # it names threads; `coding saturation` makes it again


def _folders(stage: Path) -> list[Path]:
    return sorted(path for path in stage.glob("*") if path.is_dir())
