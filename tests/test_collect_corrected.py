"""``collect`` after study.toml was changed, raw records were lost or damaged, or a secret stood in the wrong place."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from conftest import Ran
from four_sites import TOKEN, collected, example, four_sites, hashes, point_at

from codebook.study import Study

Run = Callable[..., Ran]


def test_a_source_that_was_corrected_goes_on_and_the_others_are_not_asked_again(tmp_path: Path, run: Run) -> None:
    with four_sites(example()) as sites:
        folder = tmp_path / "study"
        folder.mkdir()
        point_at(folder, sites)
        toml = (folder / "study.toml").read_text()
        wrong = toml.replace(sites.local["stackoverflow"].base_url, "http://127.0.0.1:9")
        (folder / "study.toml").write_text(wrong)
        failed = run("collect", "threads", "--study", folder, "--max-wait", 0, **TOKEN)
        before = len(sites.local["github"].seen)
        (folder / "study.toml").write_text(toml.replace('title = "t"', 'title = "Another title"'))
        corrected = run("collect", "threads", "--study", folder, **TOKEN)

        assert len(sites.local["github"].seen) == before
    assert (failed.code, corrected.code) == (3, 0), failed.err + corrected.err
    assert "going on with collect-threads-1, begun " in corrected.err


def test_status_knows_what_study_toml_asks_for_and_no_run_has(tmp_path: Path, run: Run) -> None:
    with four_sites(example()) as sites:
        folder, _ = collected(tmp_path, sites, run)
        toml = (folder / "study.toml").read_text()
        one_more = (
            toml.replace('"trust_repo"]', '"trust_repo", "pickle"]') + '[sources.mine]\nkind = "file"\npath = "x.csv"\n'
        )
        (folder / "study.toml").write_text(one_more)
        ran = run("collect", "status", "--study", folder, "--format", "json")

    reasons = {row["source"]: row["reason"] for row in json.loads(ran.out) if row["state"] == "unfinished"}
    since = "study.toml asks for something else since collect-threads-1"
    assert ran.code == 1
    assert reasons == dict.fromkeys(sites.local, since) | {"mine": "no finished run has asked it"}


def test_tables_are_not_emptied_when_their_raw_records_are_gone(tmp_path: Path, run: Run) -> None:
    with four_sites(example()) as sites:
        folder, _ = collected(tmp_path, sites, run)
    before = hashes(folder)
    shutil.rmtree(folder / "raw" / "collect" / "github")
    ran = run("collect", "threads", "--from-raw", "--study", folder)

    assert ran.code == 2
    assert "the raw records that collect-threads-1 stored are gone" in ran.err
    assert hashes(folder) == before


def test_a_rebuild_from_damaged_records_says_so_and_does_not_count_as_done(tmp_path: Path, run: Run) -> None:
    with four_sites(example()) as sites:
        folder, _ = collected(tmp_path, sites, run)
    segment = folder / "raw" / "collect" / "github" / "000001.jsonl.gz"
    content = bytearray(segment.read_bytes())
    content[200] ^= 0xFF
    segment.write_bytes(content)
    ran = run("collect", "threads", "--from-raw", "--study", folder)

    assert ran.code == 1
    assert "1 raw records are damaged; the tables lack what they held" in ran.err


def test_a_password_in_an_address_is_refused_and_not_shown(tmp_path: Path, run: Run) -> None:
    folder = Study.create(tmp_path / "s", "t").path
    with (folder / "study.toml").open("a") as out:
        out.write('[sources.f]\nkind = "discourse"\nbase_url = "https://me:s3cret@forum.example"\n')
    ran = run("collect", "threads", "--study", folder)

    assert ran.code == 2
    assert "base_url of [sources.f] has a user name or password in it" in ran.err
    assert "s3cret" not in ran.err
