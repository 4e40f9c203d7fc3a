"""Whatever a ModelScope holds: every model is found, or the shard of all models says that it is not whole."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sites.modelscope import ModelScopeSite, ScopeModel
from sites.server import Asked

from codebook.raw import Page, RawStore
from codebook.wire import Answer, Wire
from scan.client import Client
from scan.derive.index import Index
from scan.hub import Registry
from scan.modelscope import ModelScope, listing, pages
from scan.shapes import decoded

CAP, ON_A_PAGE = 20, 5


class Direct(Client):
    """Asks a site without a socket, and stores what it says, as the wire does."""

    def __init__(self, site: ModelScopeSite, wire: Wire) -> None:
        self.site, self.wire, self.most = site, wire, 0

    def json(self, path: str, query: Any = ()) -> tuple[int, Any]:
        asked = dict(query)
        self.most = max(self.most, int(asked["page_number"]) * int(asked["page_size"]))
        reply = self.site.answer(Asked("GET", path, tuple(query), {}, b""))
        request = f"GET {path}?" + "&".join(f"{k}={v}" for k, v in query)
        self.wire.keep(request, Answer(reply.status, {}, reply.body))
        return reply.status, decoded(reply.body)

    def listed(self, path: str, query: Any = ()) -> Any:
        return self.json(path, query)[1]


names = st.sampled_from("abcdef")
models = st.builds(
    lambda owner, number, tasks, licence, library, tags, downloads: ScopeModel(
        f"{owner}/m{number}", tuple(tasks), licence, library, tuple(tags), downloads
    ),
    names,
    st.integers(0, 400),
    st.lists(names, max_size=2, unique=True),
    st.sampled_from(["", "mit", "bsd"]),
    st.sampled_from(["", "gguf", "onnx"]),
    st.lists(names, max_size=2, unique=True),
    st.integers(0, 9),
)
worlds = st.lists(models, max_size=130, unique_by=lambda m: m.id)


@settings(max_examples=40, deadline=None)
@given(worlds, st.booleans(), st.sampled_from([0, 0, 0, 1, 3, -1, -7]))
def test_all_models_are_found_or_the_shard_says_that_they_are_not(
    world: list[ScopeModel], one_order: bool, lie: int
) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        for module in (listing, pages):
            patch.setattr(module, "CAP", CAP)
            patch.setattr(module, "PAGE_SIZE", ON_A_PAGE)
        store = RawStore(Path(folder))
        client = Direct(
            ModelScopeSite(world, one_order=one_order, cap=CAP, lie=max(lie, -len(world))), Wire(store, "r")
        )
        read = listing.Listing(client, client.wire)
        read.read()
        store.close()
        registry = Registry(name="ms", kind="modelscope")
        index = Index.of(ModelScope(), registry, store, frozenset({"r"}))
        shards = dict(index.shards())

    found = set(read.models)
    assert found <= {m.id for m in world}
    assert index.listed().keys() == found
    assert shards["models"].hits.keys() == found
    if lie >= 0:
        assert shards["models"].is_complete == (len(found) == len(world) + lie)
    elif len(world) + lie < CAP:  # from the cap on, no page shows that models go on behind a count that is too small
        assert len(found) == len(world) or not shards["models"].is_complete
    assert client.most <= CAP
    for query, shard in shards.items():
        if shard.is_complete:
            assert shard.reported is not None, query
            assert len(shard.hits) >= shard.reported


def test_a_page_of_another_kind_says_nothing() -> None:
    page = Page("GET /favicon.ico", 200, {}, b"{}", "r")

    assert list(ModelScope().parse(page, Registry(name="ms", kind="modelscope"))) == []
