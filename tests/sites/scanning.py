"""One visit to one hub, into a raw store on this machine, and what its pages say."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codebook.raw import RawStore
from codebook.wire import Wire
from scan.derive.index import Index
from scan.hub import Earlier, Hub, Registry, Seen, SeenFile, SeenModel


@dataclass
class Visit:
    """A run of one hub, with waits that are noted and not waited for; called again, the same run goes on."""

    hub: Hub
    registry: Registry
    folder: Path
    earlier: Earlier = field(default_factory=Earlier)
    run_id: str = "r"
    sleeps: list[float] = field(default_factory=list)

    @classmethod
    def to(cls, hub: Hub, kind: str, url: str, folder: Path, *, token: str | None = None, **options: Any) -> "Visit":
        chosen = hub.Options.model_validate(options)
        registry = Registry(
            name="hub", kind=kind, base_url=url, folder=folder, token=token, token_env="HUB", options=chosen
        )
        return cls(hub, registry, folder / "raw")

    def run(self, max_wait: float = 900.0) -> list[str]:
        store = RawStore(self.folder)
        dialect = self.hub.dialect(self.registry)
        wire = Wire(store, self.run_id, self.registry.base_url, dialect, max_wait, sleep=self.sleeps.append)
        try:
            return list(self.hub.fetch(self.registry, wire, self.earlier))
        finally:
            store.close()

    @property
    def seen(self) -> list[Seen]:
        pages = (page for page in RawStore(self.folder).pages() if page.run_id == self.run_id)
        return [seen for page in pages for seen in self.hub.parse(page, self.registry)]

    @property
    def models(self) -> list[SeenModel]:
        return [seen for seen in self.seen if isinstance(seen, SeenModel)]

    @property
    def files(self) -> list[SeenFile]:
        return [seen for seen in self.seen if isinstance(seen, SeenFile)]

    @property
    def shards(self) -> dict[str, tuple[int | None, int, bool, str | None]]:
        """By query: reported, got, whether it is whole, and why not."""
        index = Index.of(self.hub, self.registry, RawStore(self.folder), frozenset({self.run_id}))
        return {query: (each.reported, len(each.hits), each.is_complete, each.reason) for query, each in index.shards()}

    def later(self, run_id: str) -> "Visit":
        """A later run, which knows what this one has got whole."""
        store = RawStore(self.folder)
        index = Index.of(self.hub, self.registry, store, frozenset({self.run_id}))
        return Visit(self.hub, self.registry, self.folder, Earlier(lambda: index.known(store.at)), run_id)
