"""OpenCSG: the real client against a CSGHub server on this machine that has the real one's shapes and faults."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sites.opencsg import CsgModel, OpenCSGSite, world
from sites.scanning import Visit
from sites.server import LocalSite, Reply, as_json

from codebook.errors import StoppedEarly, StudyError
from codebook.raw import RawStore
from scan.hub import Registry, SeenFile, SeenModel, SeenShard
from scan.opencsg import OpenCSG

Visiting = Callable[..., Visit]
AT = datetime(2026, 5, 15, 1, 9, 19, tzinfo=UTC)
CONFIG = b'{"auto_map": {"AutoModel": "modeling_heron.Heron"}}'
HERON = CsgModel(
    "AIWizards/heron",
    "huggingface",
    "heronlab/heron",
    tags=(("task", "text-generation"), ("framework", "PyTorch"), ("license", "apache-2.0")),
    downloads=7,
    files={"config.json": CONFIG, "model.bin": b"\x00", "modeling_heron.py": b"x = 1\n"},
    lfs=frozenset({"model.bin"}),
)


@pytest.fixture
def visit(tmp_path: Path) -> Visiting:
    return lambda url, **options: Visit.to(OpenCSG(), "opencsg", url, tmp_path, **options)


def asked_for(local: LocalSite) -> list[str]:
    return [asked.path for asked in local.seen if asked.path.startswith("/hf/")]


def test_a_mirror_of_hugging_face_with_its_files(visit: Visiting) -> None:
    with LocalSite(OpenCSGSite([HERON])) as local:
        heron = visit(local.base_url)

        assert heron.run() == ["AIWizards/heron"]

    listed = SeenModel(
        native_id="AIWizards/heron",
        version="2026-05-15T01:09:19Z",
        tags=("PyTorch", "apache-2.0", "text-generation"),
        task="text-generation",
        library="PyTorch",
        downloads=7,
        modified_at=AT,
        licence="apache-2.0",
        mirror_of="huggingface:heronlab/heron",
    )
    sha256 = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert heron.seen == [
        SeenShard(query="models", reported=1, hits=("AIWizards/heron",)),
        listed,
        SeenModel(native_id="AIWizards/heron", revision="c" * 40, files_whole=True),
        SeenFile(model="AIWizards/heron", path="config.json", bytes=51),
        SeenFile(model="AIWizards/heron", path="model.bin", sha256=sha256, bytes=1),
        SeenFile(model="AIWizards/heron", path="modeling_heron.py", bytes=6),
        SeenModel(native_id="AIWizards/heron", facts={"auto_map": ("AutoModel=modeling_heron.Heron",)}),
    ]


@pytest.mark.parametrize(
    ("keys", "mirror_of", "problem"),
    [
        ({"source": "local"}, None, None),
        ({"source": "opencsg", "csg_path": "a/b"}, "opencsg:a/b", None),
        ({"source": "local", "csg_path": "a/b"}, None, None),
        ({"source": "local", "ms_path": "iic/b"}, "modelscope:iic/b", None),
        ({"source": "huggingface"}, None, "the hub says that it mirrors Hugging Face, and not which model"),
    ],
    ids=str,
)
def test_what_a_model_mirrors_is_what_its_item_says(
    visit: Visiting, keys: dict[str, str], mirror_of: str | None, problem: str | None
) -> None:
    body = {"msg": "OK", "data": [{"path": "o/m"} | keys], "total": 1}
    with LocalSite(OpenCSGSite([]), fault=lambda _n, _a: as_json(body)) as local:
        got = visit(local.base_url, files_limit=0)
        got.run()

    assert [(m.mirror_of, m.problem) for m in got.models] == [(mirror_of, problem)]


def test_sources_are_shards_and_a_copied_mirror_is_in_two_of_them(visit: Visiting) -> None:
    """``source=local`` gives mirrors, too, once they are copied: the item says what it is, not the list."""
    copied = CsgModel("o/copied", "huggingface", "hf/copied", copied=True)
    with LocalSite(OpenCSGSite([copied, CsgModel("o/own"), CsgModel("o/far", "huggingface", "hf/far")])) as local:
        got = visit(local.base_url, sources=["local", "huggingface"], files_limit=0)

        assert sorted(got.run()) == ["o/copied", "o/far", "o/own"]

    assert got.shards["models of source local"] == (2, 2, True, None)
    assert got.shards["models of source huggingface"] == (2, 2, True, None)
    assert {m.mirror_of for m in got.models if m.native_id == "o/copied"} == {"huggingface:hf/copied"}


def test_all_models_are_listed_and_a_killed_run_goes_on(tmp_path: Path) -> None:
    models = [*world(1250), HERON]

    def run(folder: str, *deaths: int) -> tuple[list[tuple[str, bytes]], int]:
        asked = 0
        for death in (*deaths, None):
            with LocalSite(OpenCSGSite(models), dies_after=death) as local:
                got = Visit.to(OpenCSG(), "opencsg", local.base_url, tmp_path / folder, files_limit=3)
                if death is None:
                    assert len(got.run()) == 1251
                else:
                    with pytest.raises(StoppedEarly):
                        got.run(max_wait=0.0)
                asked += min(len(local.seen), death or len(local.seen))
        assert got.shards["models"] == (1251, 1251, True, None)
        return [(page.request, page.body) for page in RawStore(got.folder).pages()], asked

    whole, once = run("whole")

    assert run("killed", 1, 5, 8) == (whole, once)


def test_models_that_are_changed_while_the_list_is_read_are_not_lost(visit: Visiting) -> None:
    """Every second page, the last model of the list moves to its head, where it was not when that was read."""
    with LocalSite(OpenCSGSite(world(1000), shifts=2)) as local:
        got = visit(local.base_url, files_limit=0)

        assert len(got.run()) == 1000

    assert got.shards["models"] == (1000, 1000, True, None)
    assert len(local.seen) > 10


def test_a_later_run_asks_for_files_only_of_what_changed(visit: Visiting) -> None:
    site = OpenCSGSite([HERON, *(CsgModel(f"o/m{n}", files={"a.py": b""}) for n in range(3))])
    with LocalSite(site) as local:
        first = visit(local.base_url)
        first.run()
        local.seen.clear()
        site.change("o/m1", updated="2026-06-01T00:00:00Z", commit="d" * 40)
        later = first.later("r2")

        assert len(later.run()) == 4

    assert asked_for(local) == ["/hf/api/models/o/m1"]
    assert [m.revision for m in later.models if m.files_whole] == ["d" * 40]


def test_a_model_that_the_server_fails_at_does_not_keep_the_others_back(visit: Visiting) -> None:
    models = [CsgModel("o/broken", downloads=9), CsgModel("o/fine", files={"a.py": b""})]
    with LocalSite(OpenCSGSite(models, broken=frozenset({"o/broken"}))) as local:
        got = visit(local.base_url)

        assert got.run() == ["o/broken", "o/fine"]

    problems = [m.problem for m in got.models if m.problem]
    assert problems == ["its files are not told: HTTP 500 SYS-ERR-0: failed to find model"]
    assert len(asked_for(local)) == 4
    assert got.later("r2").earlier.models.keys() == {"o/fine"}


def test_a_server_that_fails_at_everything_stops_the_run(visit: Visiting) -> None:
    models = world(40)
    with LocalSite(OpenCSGSite(models, broken=frozenset(m.path for m in models))) as local:
        got = visit(local.base_url)

        with pytest.raises(StoppedEarly, match="HTTP 500"):
            got.run()

    assert sum(m.problem is not None for m in got.models) == 10


def test_a_count_that_is_too_high_is_told(visit: Visiting) -> None:
    with LocalSite(OpenCSGSite([HERON], lie=2)) as local:
        got = visit(local.base_url, files_limit=0)
        got.run()

    reason = "it was read 4 times, in different orders; the hub says 3 models and 1 came"
    assert got.shards["models"] == (3, 1, False, reason)


def test_a_page_that_repeats_does_not_go_on_for_ever(visit: Visiting) -> None:
    page = as_json({"msg": "OK", "data": [{"path": f"o/m{n}"} for n in range(100)], "total": 10**9})
    with LocalSite(OpenCSGSite([]), fault=lambda _n, _a: page) as local:
        got = visit(local.base_url, files_limit=0)

        assert len(got.run()) == 100

    assert len(local.seen) == 8
    assert got.shards["models"][:3] == (10**9, 100, False)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Reply(200, b"<html>busy</html>"), "not JSON"),
        (as_json(["models"]), "not that of a CSGHub server"),
        (as_json({"msg": "come back later"}), "come back later"),
    ],
    ids=["HTML", "another JSON", "an error of status 200"],
)
def test_what_is_no_list_is_not_stored(visit: Visiting, answer: Reply, said: str) -> None:
    with LocalSite(OpenCSGSite([HERON]), fault=lambda _n, _a: answer) as local:
        got = visit(local.base_url)

        with pytest.raises(StoppedEarly, match=said):
            got.run()
        local.fault = None
        assert got.run() == ["AIWizards/heron"]


def test_a_wrong_address_and_a_wrong_token_are_told_and_not_stored(visit: Visiting) -> None:
    with LocalSite(OpenCSGSite([HERON], token="right")) as local:
        with pytest.raises(StudyError, match="refuses its list: HTTP 404"):
            visit(local.base_url + "/elsewhere").run()
        with pytest.raises(StudyError, match="does not accept the token"):
            visit(local.base_url, token="wrong").run()
        right = visit(local.base_url, token="right")

        assert right.run() == ["AIWizards/heron"]

    assert {page.status for page in RawStore(right.folder).pages()} == {200}


def test_a_name_that_leads_to_another_model_is_told(visit: Visiting) -> None:
    """The route is Hugging Face's: a name that is a mirror's original leads to the mirror."""
    other = as_json({"id": "AIWizards/heron", "sha": "c" * 40, "siblings": [{"rfilename": "a.py"}]})
    with LocalSite(
        OpenCSGSite([CsgModel("heronlab/heron")]), fault=lambda _n, a: other if a.path.startswith("/hf/") else None
    ) as local:
        got = visit(local.base_url)
        got.run()

    assert got.files == []
    assert got.models[1].problem == "asked for its files, the hub shows those of 'AIWizards/heron'"


@pytest.mark.parametrize("value", [None, 7, "x", [], {}, -1, 2**70, True, [{"name": 3}]], ids=repr)
def test_answers_whose_values_have_any_type_are_read(visit: Visiting, value: Any) -> None:
    keys = ("path", "tags", "license", "downloads", "updated_at", "source", "hf_path")
    items = [*({"path": "o/m"} | {key: value} for key in keys), dict.fromkeys(keys, value), value]
    files = [{"rfilename": "a.py", "size": value, "lfs": value}, {"rfilename": value}, {"rfilename": "a.py"}, value]
    info = {"id": "o/m", "sha": value, "siblings": files}
    answers = {"/api/v1/models": {"msg": "OK", "data": items, "total": 1}, "/hf/api/models/o/m": info}
    with LocalSite(OpenCSGSite([]), fault=lambda _n, a: as_json(answers.get(a.path, {"id": value}))) as local:
        got = visit(local.base_url)
        got.run()

    assert {m.native_id for m in got.models} <= {"o/m", "x"}
    assert {(f.path, f.sha256) for f in got.files} <= {("a.py", None), ("x", None)}


def test_very_many_tags_and_odd_names_are_rows(visit: Visiting) -> None:
    tags = [{"name": f"t{n}", "category": "task"} for n in range(50_000)]
    names = ["o/m", "o/a?b", "../x", "o", "o/\ud800", "o/a\nb"]
    body = {"msg": "OK", "data": [{"path": name} for name in names], "total": len(names)}
    body["data"][0]["tags"] = tags
    whole = Reply(200, json.dumps(body).encode())
    with LocalSite(
        OpenCSGSite([CsgModel("o/m")]), fault=lambda _n, a: whole if a.path.endswith("v1/models") else None
    ) as local:
        got = visit(local.base_url)

        assert sorted(got.run()) == sorted(names)

    assert asked_for(local) == ["/hf/api/models/o/m"]
    assert sum(m.problem is not None for m in got.models) == 5


def test_where_the_bytes_of_a_file_are() -> None:
    registry, options = Registry(name="csg", kind="opencsg"), OpenCSG().Options()

    at = options.content(registry, "o/m", "c" * 40, "sub/a b#c.py")

    assert at == f"https://hub.opencsg.com/hf/o/m/resolve/{'c' * 40}/sub/a%20b%23c.py"
