"""ModelScope: counts, pages and answers that are not what they should be."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sites.modelscope import HERON, ModelScopeSite, ScopeModel
from sites.scanning import Visit
from sites.server import Asked, LocalSite, Reply, as_json

from codebook.errors import StoppedEarly, StudyError
from codebook.raw import RawStore
from scan.modelscope import ModelScope, listing

Visiting = Callable[..., Visit]
AT = datetime(2026, 5, 15, 1, 9, 19, tzinfo=UTC)


@pytest.fixture
def visit(tmp_path: Path) -> Visiting:
    return lambda url, **options: Visit.to(ModelScope(), "modelscope", url, tmp_path, **options)


def asked_for(local: LocalSite) -> list[str]:
    return [asked.path.removeprefix("/api/v1/models/") for asked in local.seen if asked.path.startswith("/api/v1")]


def test_a_count_that_is_too_high_is_told(visit: Visiting) -> None:
    with LocalSite(ModelScopeSite([HERON], lie=2)) as local:
        got = visit(local.base_url, files_limit=0)
        got.run()

    reason = "it was read in 4 orders; the hub says 3 models and 1 came"
    assert got.shards["models"] == (3, 1, False, reason)


def test_a_count_that_is_too_low_hides_nothing(visit: Visiting, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub says 50 of 180 models; a list is read to its end whatever its count, and at the cap that is told."""
    models = [ScopeModel(f"o/m{n:03}", license="", library="") for n in range(180)]
    with LocalSite(ModelScopeSite(models, lie=-130)) as local:
        whole = visit(local.base_url, files_limit=0)

        assert len(whole.run()) == 180
    assert whole.shards["models"] == (50, 180, True, None)

    monkeypatch.setattr(listing, "CAP", 100)
    with LocalSite(ModelScopeSite(models, lie=-130, cap=100, one_order=True)) as local:
        cut = replace(visit(local.base_url, files_limit=0), run_id="r2")

        assert len(cut.run()) == 100
    reason = "the hub's count is wrong: it says 50 models and gives 100 or more"
    assert cut.shards["models"] == (50, 100, False, reason)


def test_a_page_that_repeats_does_not_go_on_for_ever(visit: Visiting) -> None:
    first = as_json({"success": True, "data": {"models": [{"id": f"o/m{n}"} for n in range(50)], "total_count": 10**9}})
    with LocalSite(ModelScopeSite([]), fault=lambda _n, _a: first) as local:
        got = visit(local.base_url, files_limit=0)
        got.run()

    assert got.shards["models"][:3] == (10**9, 50, False)
    assert len(local.seen) < 1000


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Reply(200, b"<html>busy</html>"), "not JSON"),
        (as_json(["models"]), "not that of ModelScope"),
        (as_json({"success": False, "message": "come back later"}), "come back later"),
    ],
    ids=["HTML", "another JSON", "an error of status 200"],
)
def test_what_is_no_list_is_not_stored(visit: Visiting, answer: Reply, said: str) -> None:
    with LocalSite(ModelScopeSite([HERON]), fault=lambda _n, _a: answer) as local:
        got = visit(local.base_url)

        with pytest.raises(StoppedEarly, match=said):
            got.run()
        local.fault = None
        assert got.run() == ["iic/heron"]


def test_a_wrong_address_and_a_wrong_token_are_told_and_not_stored(visit: Visiting) -> None:
    with LocalSite(ModelScopeSite([HERON], token="right")) as local:
        with pytest.raises(StudyError, match="refuses its list: HTTP 404"):
            visit(local.base_url + "/elsewhere").run()
        with pytest.raises(StudyError, match=r"does not accept the token[^$]*\n  Correct \$HUB\."):
            visit(local.base_url, token="wrong").run()
        right = visit(local.base_url, token="right")

        assert right.run() == ["iic/heron"]

    assert {page.status for page in RawStore(right.folder).pages()} == {200}


def test_models_that_vanish_and_names_that_cannot_be_asked_for_are_rows_that_say_so(visit: Visiting) -> None:
    gone, odd, up = ScopeModel("iic/gone"), ScopeModel("iic/a?b"), ScopeModel("../..")
    with LocalSite(ModelScopeSite([HERON, gone, odd, up], refused=frozenset({"iic/gone"}))) as local:
        got = visit(local.base_url)

        assert sorted(got.run()) == ["../..", "iic/a?b", "iic/gone", "iic/heron"]

    problems = {m.native_id: m.problem for m in got.models if m.problem}
    name = "its name cannot be asked for, so its files are not known"
    assert problems == {
        "iic/gone": "its files are not told: HTTP 404 Record not found",
        "iic/a?b": name,
        "../..": name,
    }
    assert all(path.startswith(("iic/heron/", "iic/gone/")) for path in asked_for(local))


def test_broken_and_hostile_configurations_are_read_without_trust(visit: Visiting) -> None:
    broken: dict[str, bytes] = {"config.json": b"[" * 100_000, "configuration.json": b'{"plugins": {"a": 1}, "x'}
    strange: dict[str, bytes] = {"config.json": b'{"auto_map": {"A": ["m.X", null, 7], "B": {}}}'}
    models = [ScopeModel("o/broken", files=broken), ScopeModel("o/strange", files=strange)]
    with LocalSite(ModelScopeSite(models)) as local:
        got = visit(local.base_url)
        got.run()

    assert [m.problem for m in got.models if m.problem] == [
        "config.json is no JSON object",
        "configuration.json is no JSON object",
    ]
    assert {"auto_map": ("A=m.X",)} in [m.facts for m in got.models]


@pytest.mark.parametrize("value", [None, 7, "x", [], {}, -1, 2**70, True], ids=repr)
def test_a_list_whose_values_have_any_type_is_read(visit: Visiting, value: Any) -> None:
    keys = ("id", "tasks", "tags", "license", "downloads", "last_modified")
    items = [*({"id": "o/m"} | {key: value} for key in keys), dict.fromkeys(keys, value), value]
    body = {"success": True, "data": {"models": items, "total_count": value}}
    with LocalSite(ModelScopeSite([]), fault=lambda _n, _a: as_json(body)) as local:
        got = visit(local.base_url, files_limit=0)
        got.run()

    assert {m.native_id for m in got.models} <= {"o/m", "x"}
    assert all(m.downloads is None or 0 <= m.downloads < 2**63 for m in got.models)


def test_a_million_tags_are_read_in_one_page(visit: Visiting) -> None:
    tags = [f"t{n}" for n in range(1_000_000)]
    body = {"success": True, "data": {"models": [{"id": "o/m", "tags": tags}], "total_count": 1}}

    def fault(_number: int, asked: Asked) -> Reply | None:
        return Reply(200, json.dumps(body).encode()) if asked.path.endswith("/models") else None

    with LocalSite(ModelScopeSite([]), fault=fault) as local:
        got = visit(local.base_url, files_limit=0)

        assert got.run() == ["o/m"]

    assert got.shards["files"] == (None, 0, False, "`files_limit` in study.toml: files of 1 models were not asked for")
