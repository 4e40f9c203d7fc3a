"""The hub ``huggingface``: a list without a count, by cursor, as the Hub gives it, whole, stopped, faulty and odd."""

import random
import threading
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from scan_study import ScanStudy
from sites.faults import EVERYWHERE, KINDS, Faults
from sites.hub_models import HubModelsSite, model
from sites.server import Asked, LocalSite, Reply, as_json

from codebook.rows import Model, ModelFile, Shard
from scan.huggingface.options import HuggingFaceOptions

ALL = 50_000


def section(base_url: str, more: str = "") -> str:
    return f'[hubs.hf]\nkind = "huggingface"\nbase_url = "{base_url}"\n{more}'


def study_at(folder: Path, local: LocalSite, more: str = "") -> ScanStudy:
    return ScanStudy.at(folder, section(local.base_url, more))


def test_fifty_thousand_models_are_all_there_after_being_stopped_and_going_on(tmp_path: Path) -> None:
    """The Hub gives no count; the list is whole when its last page comes. No page is asked for twice."""
    with LocalSite(HubModelsSite(range(ALL)), dies_after=20) as local:
        study = study_at(tmp_path / "study", local)
        stopped = study.scan("--max-wait", "1")
        rows = list(study.study.read(Shard))
        local.dies_after = None
        answered = 20
        ran = study.scan()

        assert (stopped.code, ran.code) == (3, 0), stopped.err + ran.err
        assert [(r.query, r.got, r.state) for r in rows] == [("all models", 20_000, "partial")]
        assert rows[0].reason == "the last page that came has another one behind it"
        asked = Counter(a.first("cursor") for a in local.seen)
        assert len(asked) == 50
        assert len(local.seen) - answered <= 30 + 4, "the pages that had come are not asked for again"
    expected = [Shard(hub="hf", query="all models", reported=None, got=ALL, state="complete", reason=None, run_id="x")]
    assert [(r.query, r.reported, r.got, r.state) for r in expected] == [
        (r.query, r.reported, r.got, r.state) for r in study.study.read(Shard)
    ]
    with study.study.connect() as con:
        counts = con.execute(
            "SELECT count(*), count(DISTINCT model_id), count(*) FILTER (needs_custom_code), "
            "count(*) FILTER (list_contains(criteria, 'tag')), count(*) FILTER (formats = 'both') FROM models"
        ).fetchone()
        files = con.execute("SELECT count(*) FROM model_files").fetchone()
    numbers = range(ALL)
    assert counts == (
        ALL,
        ALL,
        sum(n % 3 == 0 and n % 7 != 0 for n in numbers),
        sum(n % 3 == 0 for n in numbers),
        sum(n % 5 == 0 and n % 2 == 1 for n in numbers),
    )
    assert files == (sum(len(model(n)["siblings"]) for n in numbers),)


def test_a_row_says_what_the_list_says(tmp_path: Path) -> None:
    with LocalSite(HubModelsSite(range(3, 4))) as local:
        study = study_at(tmp_path, local)
        ran = study.scan()
    expected = Model(
        model_id=f"hf:org3/model-3@{model(3)['sha']}",
        platform="huggingface",
        hub="hf",
        owner="org3",
        name="model-3",
        revision=model(3)["sha"],
        tags=("custom_code", "k3", "license:mit", "region:us", "transformers"),
        task=None,
        library="transformers",
        downloads=999_997,
        modified_at=datetime(2025, 4, 3, 10, 11, 12),  # noqa: DTZ001 - tables hold UTC without a zone
        licence="mit",
        criteria=("file_name", "tag"),
        loads_by=("auto_map",),
        needs_custom_code=True,
        mirror_of=None,
        formats="safetensors",
        run_id="scan-models-1",
    )

    assert ran.code == 0, ran.err
    assert list(study.study.read(Model)) == [expected]
    assert [r.path for r in study.study.read(ModelFile)] == sorted(f["rfilename"] for f in model(3)["siblings"])


def test_killed_at_any_request_the_tables_are_as_if_never_stopped(tmp_path: Path) -> None:
    chance = random.Random(6)
    with LocalSite(HubModelsSite(range(400), cap=10)) as local:
        calm = study_at(tmp_path / "calm", local)
        assert calm.scan().code == 0
        pages, kills = len(local.seen), 0
        killed = study_at(tmp_path / "killed", local)
        while not killed.runs:  # a kill after the run is in the ledger stops nothing
            process, left = killed.start(), [chance.randrange(1, 9)]

            def count(_n: int, _a: Asked, process: Any = process, left: list[int] = left) -> None:
                left[0] -= 1
                if left[0] == 0:
                    threading.Timer(chance.uniform(0, 0.02), process.kill).start()

            local.fault = count
            process.communicate()
            kills += process.returncode < 0
        local.fault = None
        asked_again = len(local.seen) - 2 * pages

    assert kills >= 3
    assert asked_again <= kills
    assert killed.hashes == calm.hashes
    assert killed.runs == ["scan-models-1"]


def test_faults_of_every_kind_change_no_table(tmp_path: Path) -> None:
    with LocalSite(HubModelsSite(range(300), cap=10)) as local:
        calm = study_at(tmp_path / "calm", local)
        assert calm.scan().code == 0
        quick = {name: make for name, make in KINDS["huggingface"].items() if name != "503 with Retry-After as a date"}
        faults = Faults(local, {k: v for k, v in quick.items() if k in EVERYWHERE or "429" in k}, seed=3, seconds=0)
        local.fault = faults
        faulty = study_at(tmp_path / "faulty", local)
        codes = [faulty.scan("--max-wait", "3").code]
        while codes[-1] == 3 and len(codes) < 6:
            codes.append(faulty.scan("--max-wait", "3").code)
            local.fault = None if len(codes) > 1 else faults

    assert codes[-1] == 0
    assert sum(faults.made.values()) >= 3
    assert faulty.hashes == calm.hashes


NONSENSE: list[Any] = [
    None,
    5,
    "a/b",
    {},
    {"id": None},
    {"id": ""},
    {"id": 7},
]


def test_models_without_an_id_make_the_shard_partial_and_lose_no_other(tmp_path: Path) -> None:
    site = HubModelsSite(range(20), changed=dict(enumerate(NONSENSE)))
    with LocalSite(site) as local:
        study = study_at(tmp_path, local)
        ran = study.scan()

    assert ran.code == 0, ran.err
    assert "1 of 1 shards are not complete" in ran.err
    assert [(r.got, r.state, r.reason) for r in study.study.read(Shard)] == [
        (13, "partial", "7 models on a page have no id")
    ]
    assert len(list(study.study.read(Model))) == 13


ODD: dict[str, Any] = {
    "tags": "custom_code",
    "siblings": [{"rfilename": "a.py"}, {"rfilename": "a.py"}, {"rfilename": 5}, None],
    "downloads": -1,
    "lastModified": "yesterday",
    "config": ["auto_map"],
    "sha": {"a": 1},
    "pipeline_tag": ["x"],
    "library_name": "\x1b[31mred\ud800",
    "cardData": {"license": ["mit", 5, "=1+1"]},
}


@pytest.mark.parametrize("key", sorted(ODD))
def test_a_value_of_another_type_is_as_if_it_were_not_said(key: str, tmp_path: Path) -> None:
    with LocalSite(HubModelsSite(range(2), changed={1: model(1) | {key: ODD[key]}})) as local:
        study = study_at(tmp_path, local)
        ran = study.scan()

    assert ran.code == 0, ran.err
    assert {r.name for r in study.study.read(Model)} == {"model-0", "model-1"}
    assert "Traceback" not in ran.err


def test_a_million_tags_are_a_row_that_says_so(tmp_path: Path) -> None:
    tags = [f"t{n:07}" for n in range(999_999)] + ["custom_code"]
    with LocalSite(HubModelsSite(range(1), changed={0: model(0) | {"tags": tags}})) as local:
        study = study_at(tmp_path, local)
        ran = study.scan()
    (row,) = study.study.read(Model)

    assert ran.code == 0, ran.err
    assert (len(row.tags), row.problem) == (1000, "it has 1000000 tags, of which 1000 stand here")
    assert "tag" in row.criteria


def test_owners_are_shards_and_a_filter_is_part_of_their_name(tmp_path: Path) -> None:
    with LocalSite(HubModelsSite(range(1200), cap=100)) as local:
        study = study_at(tmp_path, local, 'filter = ["custom_code"]\nowners = ["org3", "org6"]\n')
        assert study.scan().code == 0
    mine = {n for n in range(1200) if n % 3 == 0 and n % 503 in (3, 6)}

    assert [(r.query, r.got, r.state) for r in study.study.read(Shard)] == [
        (f"models author=org{o} filter=custom_code", sum(n % 503 == o for n in mine), "complete") for o in (3, 6)
    ]
    assert {r.name for r in study.study.read(Model)} == {f"model-{n}" for n in mine}


def test_a_limit_is_kept_and_the_shard_is_partial(tmp_path: Path) -> None:
    with LocalSite(HubModelsSite(range(2500))) as local:
        study = study_at(tmp_path, local, 'limit = 2000\nsort = "downloads"\n')
        assert study.scan().code == 0

    assert [(r.got, r.state) for r in study.study.read(Shard)] == [(2000, "partial")]


@pytest.mark.parametrize(
    "wrong", [{"limit": 5}, {"limit": 1500, "sort": "downloads"}, {"owners": ["a/b"]}, {"owners": ["a", "a"]}]
)
def test_keys_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HuggingFaceOptions.model_validate(wrong)


def test_a_list_that_leads_back_to_its_beginning_is_an_error(tmp_path: Path) -> None:
    site = HubModelsSite(range(30), cap=10)

    def circle(_n: int, asked: Asked) -> Reply | None:
        if asked.first("cursor") != "MjA=":  # the third page
            return None
        link = f'<{site.base_url}/api/models?{asked.query[0][0]}={asked.query[0][1]}&cursor=MTA%3D>; rel="next"'
        return as_json([model(n) for n in range(20, 30)], Link=link)

    with LocalSite(site, fault=circle) as local:
        ran = study_at(tmp_path, local).scan()

    assert ran.code == 2
    assert "lead back to each other" in ran.err


def test_a_refused_token_stops_and_is_said_without_the_token(tmp_path: Path) -> None:
    with LocalSite(HubModelsSite(range(5)), fault=lambda _n, _a: as_json({"error": "bad"}, 401)) as local:
        study = study_at(tmp_path, local, 'token_env = "HF_SECRET"\n')
        ran = study.scan(HF_SECRET="hf_secretsecret")
        local.fault = None
        again = study.scan(HF_SECRET="hf_secretsecret")

    assert (ran.code, again.code) == (2, 0)
    assert "does not accept the token" in ran.err
    assert "hf_secretsecret" not in ran.err
    assert local.seen[0].headers["authorization"] == "Bearer hf_secretsecret"


def test_models_that_are_gone_leave_the_tables_with_the_next_run(tmp_path: Path) -> None:
    site = HubModelsSite(range(10))
    with LocalSite(site) as local:
        study = study_at(tmp_path, local)
        assert study.scan().code == 0
        site.numbers = range(4, 12)
        assert study.scan().code == 0

    assert {r.name for r in study.study.read(Model)} == {f"model-{n}" for n in range(4, 12)}
    assert {r.run_id for r in study.study.read(Model)} == {"scan-models-2"}
