"""One collection of one site into a raw store on this machine, and what its pages say."""

import gzip
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from codebook.raw import RawStore
from codebook.wire import Wire
from collect.source import Earlier, Known, Seen, SeenGone, SeenPost, SeenSlice, SeenThread, Site, Source, Whole


@dataclass
class Collection:
    """A run of one source, with waits that are noted and not waited for.

    Args:
        source: The kind of site.
        site: What is asked of it.
        folder: The raw store.
        earlier: What finished runs have got.
        run_id: The run.
    """

    source: Source
    site: Site
    folder: Path
    earlier: Earlier = field(default_factory=Earlier)
    run_id: str = "r"
    sleeps: list[float] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)

    def run(self, max_wait: float = 900.0) -> list[str]:
        """Fetch, as one process does; the same run goes on when called again."""
        store = RawStore(self.folder)
        dialect = self.source.dialect(self.site)
        wire = Wire(store, self.run_id, self.site.base_url, dialect, max_wait, sleep=self.sleeps.append)
        self.wires.append(wire)
        try:
            return list(self.source.fetch(self.site, wire, self.earlier))
        finally:
            store.close()

    @property
    def seen(self) -> list[Seen]:
        return [seen for page in RawStore(self.folder).pages() for seen in self.source.parse(page, self.site)]

    @property
    def threads(self) -> list[SeenThread]:
        return [seen for seen in self.seen if isinstance(seen, SeenThread)]

    @property
    def posts(self) -> list[SeenPost]:
        return [seen for seen in self.seen if isinstance(seen, SeenPost)]

    @property
    def slices(self) -> list[SeenSlice]:
        return [seen for seen in self.seen if isinstance(seen, SeenSlice)]

    @property
    def text(self) -> str:
        """The raw records as ``zcat`` shows them."""
        return "".join(gzip.open(path, "rt", encoding="utf-8").read() for path in sorted(self.folder.iterdir()))

    @property
    def gone(self) -> list[SeenGone]:
        return [seen for seen in self.seen if isinstance(seen, SeenGone)]

    def past(self, since: datetime) -> Earlier:
        """What a later run knows of this one, had it begun at ``since``: all that its pages say, whole windows only."""
        threads = {t.native_id: Known(t.item, t.version, t.uid, t.created_at) for t in self.threads}
        windows: dict[tuple[str, datetime | None, datetime | None], list[SeenSlice]] = {}
        for each in self.slices:
            windows.setdefault((each.query, each.window_start, each.window_end), []).append(each)
        known: dict[str, tuple[Whole, ...]] = {}
        for (query, start, end), pages in windows.items():
            got = len({hit for page in pages for hit in page.hits})
            if not any(page.problem or page.skipped for page in pages):
                known[query] = (*known.get(query, ()), Whole(start, end, pages[-1].reported, got))
        return Earlier(since, threads, known)
