"""ModelScope: the real client against a hub on this machine that has the real one's shapes and caps."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sites.modelscope import CONFIG, HERON, REMOTE, ModelScopeSite, ScopeModel, world
from sites.scanning import Visit
from sites.server import LocalSite

from codebook.errors import StoppedEarly
from codebook.raw import RawStore
from scan.hub import Registry, SeenFile, SeenModel, SeenShard
from scan.modelscope import ModelScope, listing

Visiting = Callable[..., Visit]
AT = datetime(2026, 5, 15, 1, 9, 19, tzinfo=UTC)


@pytest.fixture
def visit(tmp_path: Path) -> Visiting:
    return lambda url, **options: Visit.to(ModelScope(), "modelscope", url, tmp_path, **options)


def asked_for(local: LocalSite) -> list[str]:
    return [asked.path.removeprefix("/api/v1/models/") for asked in local.seen if asked.path.startswith("/api/v1")]


def test_a_model_with_its_files_and_with_what_its_loader_would_run(visit: Visiting) -> None:
    with LocalSite(ModelScopeSite([HERON])) as local:
        heron = visit(local.base_url)

        assert heron.run() == ["iic/heron"]

    sizes = [("config.json", CONFIG), ("configuration.json", REMOTE), ("ms_wrapper.py", b"x = 1\n")]
    listed = SeenModel(
        native_id="iic/heron",
        version="2026-05-15T01:09:19Z",
        tags=("custom_code", "heron"),
        task="text-generation",
        downloads=7,
        modified_at=AT,
        licence="Apache License 2.0",
    )
    assert heron.seen[:3] == [
        SeenShard(query="models", reported=1, hits=("iic/heron",)),
        listed,
        SeenModel(native_id="iic/heron", revision="c" * 40, files_whole=True),
    ]
    assert [(f.path, f.bytes) for f in heron.files] == [*((p, len(c)) for p, c in sizes), ("sub/a.bin", 1)]
    assert heron.files[3] == SeenFile(
        model="iic/heron",
        path="sub/a.bin",
        sha256="6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        bytes=1,
    )
    assert [m.facts for m in heron.models[2:]] == [
        {"auto_map": ("AutoModel=modeling_heron.Heron",)},
        {"allow_remote": ("true",), "plugins": ("adaseq",)},
    ]


def test_what_is_not_among_the_files_is_known_not_to_be_there(visit: Visiting) -> None:
    plain = ScopeModel("iic/plain", files={"model.safetensors": b"w"})
    with LocalSite(ModelScopeSite([plain], names_the_commit=True)) as local:
        got = visit(local.base_url)
        got.run()

    assert got.models[1].facts == {"auto_map": (), "allow_remote": (), "plugins": ()}


def test_all_models_are_found_though_no_query_gives_all_of_them(visit: Visiting) -> None:
    """4,200 models, of which 3,100 have one owner; the cap is never asked over, and every shard says how it ended."""
    models = [ScopeModel(f"hoard/h{n}", license=("mit", "other")[n % 2]) for n in range(3100)] + world(1100)
    with LocalSite(ModelScopeSite(models, one_order=True)) as local:
        got = visit(local.base_url, files_limit=0)

        assert sorted(got.run()) == sorted(m.id for m in models)

    assert got.shards["models"] == (4200, 4200, True, None)
    assert [query for query, (_, _, whole, _) in got.shards.items() if not whole] == ["files"]
    most = [int(a.first("page_number")) * int(a.first("page_size")) for a in local.seen]
    assert max(most) == 3000


def test_a_shard_that_is_too_large_is_narrowed_by_a_second_value(
    visit: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a cap of 100: 400 models of one owner, of two licences and two tags, each of which has 200."""
    monkeypatch.setattr(listing, "CAP", 100)
    facets = [(licence, tag) for licence in ("mit", "bsd") for tag in ("a", "b")]
    models = [ScopeModel(f"o/m{n}", (), facets[n % 4][0], "", (facets[n % 4][1],)) for n in range(400)]
    with LocalSite(ModelScopeSite(models, one_order=True, cap=100)) as local:
        got = visit(local.base_url, files_limit=0)

        assert len(got.run()) == 400

    assert got.shards["models of custom_tag b, license mit"] == (100, 100, True, None)
    assert got.shards["models of license mit"] == (200, 200, True, None)
    assert got.shards["models"] == (400, 400, True, None)


def test_an_owner_that_no_list_shows_is_found_by_a_library(visit: Visiting, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a cap of 100: 190 models of one library, and ten of another that stand last in every order."""
    monkeypatch.setattr(listing, "CAP", 100)
    plain = [ScopeModel(f"o{n % 9}/m{n}", license="", library="gguf", downloads=n) for n in range(190)]
    last = [ScopeModel(f"hidden/model-{n}z", (), "", "onnx", (), -1, "2030-01-01T00:00:00Z") for n in range(10)]
    with LocalSite(ModelScopeSite(plain + last, cap=100)) as local:
        got = visit(local.base_url, files_limit=0)

        assert len(got.run()) == 200

    reason = "not read to its end, for all models were found; the hub says 190 models and 100 came"
    assert got.shards["models"] == (200, 200, True, None)
    assert got.shards["models of library onnx"] == (10, 10, True, None)
    assert got.shards["models of library gguf"] == (190, 100, False, reason)


def test_a_killed_run_goes_on_and_has_the_same_pages_in_the_end(tmp_path: Path) -> None:
    models = [*world(3300, owners=8), HERON]

    def run(folder: str, *deaths: int) -> tuple[list[tuple[str, bytes]], int]:
        got, asked = Visit.to(ModelScope(), "modelscope", "", tmp_path / folder, files_limit=3), 0
        for death in (*deaths, None):
            with LocalSite(ModelScopeSite(models), dies_after=death) as local:
                got = Visit.to(ModelScope(), "modelscope", local.base_url, tmp_path / folder, files_limit=3)
                if death is None:
                    got.run()
                else:
                    with pytest.raises(StoppedEarly):
                        got.run(max_wait=0.0)
                asked += min(len(local.seen), death or len(local.seen))
        return [(page.request, page.body) for page in RawStore(got.folder).pages()], asked

    whole, once = run("whole")
    pages, together = run("killed", 1, 40, 17)

    assert pages == whole
    assert together == once


def test_what_cannot_be_split_is_partial_and_says_so(visit: Visiting) -> None:
    models = [ScopeModel(f"hoard/h{n:04}", license="", library="") for n in range(3030)]
    with LocalSite(ModelScopeSite(models, one_order=True)) as local:
        got = visit(local.base_url, files_limit=0)

        assert len(got.run()) == 3000

    reason = "the hub gives 3000 models of a query; the hub says 3030 models and 3000 came"
    assert got.shards["models"] == (3030, 3000, False, reason)


def test_a_later_run_asks_for_files_only_of_what_changed(visit: Visiting) -> None:
    site = ModelScopeSite([HERON, *(ScopeModel(f"iic/m{n}", files={"a.py": b""}) for n in range(3))])
    with LocalSite(site) as local:
        first = visit(local.base_url)
        first.run()
        local.seen.clear()
        site.change("iic/m1", modified="2026-06-01T00:00:00Z", commit="d" * 40)
        later = first.later("r2")

        assert len(later.run()) == 4

    assert asked_for(local) == ["iic/m1/repo/files"]
    assert [m.revision for m in later.models if m.files_whole] == ["d" * 40]
    assert later.shards["models"] == (4, 4, True, None)


def test_where_the_bytes_of_a_file_are() -> None:
    registry, options = Registry(name="ms", kind="modelscope"), ModelScope().Options()

    at = options.content(registry, "iic/heron", "c" * 40, "sub/a b&c.py")

    assert at == (
        "https://www.modelscope.cn/api/v1/models/iic/heron/repo"
        "?Revision=cccccccccccccccccccccccccccccccccccccccc&FilePath=sub%2Fa%20b%26c.py"
    )
