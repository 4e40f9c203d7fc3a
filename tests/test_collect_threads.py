"""``collect threads`` as a user runs it, against all four kinds of site: whole, resumable, rebuildable."""

import gzip
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran
from four_sites import TOKEN, collected, example, four_sites, hashes, point_at

from codebook.rows import Exclusion, Post, Slice, Thread
from codebook.study import Study

Run = Callable[..., Ran]


def test_every_thread_and_post_of_four_sites_is_there_once(tmp_path: Path, run: Run) -> None:
    world = example()
    with four_sites(world) as sites:
        folder, ran = collected(tmp_path, sites, run)
        status = run("collect", "status", "--study", folder, "--format", "json")

    assert ran.code == 0, ran.err
    study = Study.open(folder)
    threads = list(study.read(Thread))
    posts = list(study.read(Post))
    titles = sorted(t.title for t in threads if not re.search(r"user-[0-9a-f]{10}", t.title))
    searched = [t for t in world if t.site == "huggingface" or mentions(t)]
    assert len(threads) == len(searched)
    assert set(titles) <= {t.title.replace("\x00", "") for t in searched}
    assert len(posts) == len({p.post_id for p in posts}) == sum(t.n_posts for t in threads)
    assert {e.thread_id for e in study.read(Exclusion)} == {t.thread_id for t in threads if not t.included}
    assert status.code == 0, status.out
    assert {row["state"] for row in json.loads(status.out)} == {"complete"}


def mentions(thread: object) -> bool:
    text = repr(thread).lower()
    return "trust_remote_code" in text or "trust_repo" in text


def test_nobodys_name_is_in_a_shared_table(tmp_path: Path, run: Run) -> None:
    world = example()
    with four_sites(world) as sites:
        folder, _ = collected(tmp_path, sites, run)
    names = {p.author for t in world for p in t.posts if p.author}
    shown = [t.author for t in Study.open(folder).read(Thread)] + [p.author for p in Study.open(folder).read(Post)]

    assert names
    assert not names & set(shown)
    assert all(re.fullmatch(r"user-[0-9a-f]{10}", author) for author in shown if author)
    bodies = "\n".join(p.body for p in Study.open(folder).read(Post))
    assert [n for n in names if f"@{n} " in bodies] == []


def test_tables_are_rebuilt_from_raw_byte_for_byte(tmp_path: Path, run: Run) -> None:
    with four_sites(example()) as sites:
        folder, _ = collected(tmp_path, sites, run)
        before, asked = hashes(folder), sites.requests
        shutil.rmtree(folder / "tables")
        ran = run("collect", "threads", "--from-raw", "--study", folder)

        assert ran.code == 0, ran.err
        assert hashes(folder) == before
        assert sites.requests == asked
    checked = run("codebook", "check", "--study", folder, "--format", "json")
    assert [r for r in json.loads(checked.out) if r["result"] == "failed"] == []


def test_a_cut_raw_file_keeps_all_before_the_cut_and_everybody_says_so(tmp_path: Path, run: Run) -> None:
    with four_sites(example()) as sites:
        folder, _ = collected(tmp_path, sites, run)
    before = {t.thread_id for t in Study.open(folder).read(Thread)}
    segment = folder / "raw" / "collect" / "huggingface" / "000001.jsonl.gz"
    segment.write_bytes(segment.read_bytes()[:-7])
    checked = run("codebook", "check", "--study", folder, "--format", "json")
    ran = run("collect", "threads", "--from-raw", "--study", folder)

    assert checked.code == 1
    wrong = [
        r["what"] for r in json.loads(checked.out) if r["check"] == "raw records are whole" and r["result"] == "failed"
    ]
    assert len(wrong) == 1
    assert wrong[0].startswith("huggingface: 000001.jsonl.gz: cut at byte ")
    assert ran.code == 0
    assert wrong[0] in ran.err
    after = {t.thread_id for t in Study.open(folder).read(Thread)}
    assert len(before - after) == 1
    assert after < before


@pytest.mark.parametrize("dying", ["github", "huggingface", "pytorch_forum", "stackoverflow"])
def test_a_site_that_dies_in_the_middle_costs_nothing_but_time(tmp_path: Path, run: Run, dying: str) -> None:
    """The next run goes on, asks for no page twice, and the tables equal those of an undisturbed run."""
    with four_sites(example()) as sites:
        calm, _ = collected(tmp_path, sites, run)
        needed = {name: len(site.seen) for name, site in sites.local.items()}
    with four_sites(example(), **{dying: {"dies_after": needed[dying] // 2}}) as sites:
        folder, ran = collected(tmp_path, sites, run, "disturbed", "--max-wait", 1)

        assert ran.code == 3, ran.err
        assert f"{dying}: " in ran.err
        assert "Run the same command again" in ran.err
        assert "Traceback" not in ran.err
    with four_sites(example()) as sites:
        folder, ran = collected(tmp_path, sites, run, "disturbed")

        assert ran.code == 0, ran.err
        assert {n: len(s.seen) for n, s in sites.local.items() if n != dying} == dict.fromkeys(set(needed) - {dying}, 0)
        assert len(sites.local[dying].seen) == needed[dying] - needed[dying] // 2
    assert hashes(folder) == hashes(calm)


def test_killed_at_random_moments_the_tables_are_as_if_never_stopped(tmp_path: Path, run: Run) -> None:
    """SIGKILL at seeded moments, the command run again each time; at most one page is fetched twice per kill."""
    chance = random.Random(20260120)
    with four_sites(example()) as sites:
        started = time.monotonic()
        calm, _ = collected(tmp_path, sites, run)
        length, needed = time.monotonic() - started, sites.requests
        killed = tmp_path / "killed"
        (killed / ".private").mkdir(parents=True)
        shutil.copy(calm / ".private" / "pseudonyms.key", killed / ".private")
        point_at(killed, sites)
        kills = sum(killed_after(chance.uniform(0.3, 0.8) * length, killed) for _ in range(10))
        ran = run("collect", "threads", "--study", killed, **TOKEN)

        assert ran.code == 0, ran.err
        assert kills >= 3
        if [line["run_id"] for line in runs(killed)] == ["collect-threads-1"]:
            assert needed <= sites.requests - needed <= needed + kills
            assert hashes(killed) == hashes(calm)
        else:  # one of the processes was done before its kill, and the next began a second run
            assert sites.requests - needed <= len(runs(killed)) * needed + kills


def killed_after(seconds: float, folder: Path) -> bool:
    """Start ``collect threads`` unless it is done, and kill it; whether it was still running then."""
    if runs(folder):
        return False
    command = [sys.executable, "-m", "collect.cli", "threads", "--study", str(folder)]
    process = subprocess.Popen(command, env=os.environ | TOKEN, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.kill()
    return process.wait() != 0


def runs(folder: Path) -> list[dict[str, object]]:
    path = folder / "runs.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_second_run_with_other_keywords_is_another_run(tmp_path: Path, run: Run) -> None:
    with four_sites(example()) as sites:
        folder, _ = collected(tmp_path, sites, run)
        text = (folder / "study.toml").read_text().replace('["trust_remote_code", "trust_repo"]', '["trust_repo"]')
        (folder / "study.toml").write_text(text)
        ran = run("collect", "threads", "--study", folder, **TOKEN)

    assert ran.code == 0, ran.err
    lines = [json.loads(line) for line in (folder / "runs.jsonl").read_text().splitlines()]
    assert [line["run_id"] for line in lines] == ["collect-threads-1", "collect-threads-2"]


def test_the_token_is_nowhere_in_the_study_folder(tmp_path: Path, run: Run) -> None:
    with four_sites(example()) as sites:
        folder, ran = collected(tmp_path, sites, run)
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"gh-t0ken" not in (gzip.decompress(content) if path.suffix == ".gz" else content), path
    assert "gh-t0ken" not in ran.err


def test_without_a_token_discussions_are_skipped_and_the_status_says_so(tmp_path: Path, run: Run) -> None:
    with four_sites(example()) as sites:
        folder, _ = collected(tmp_path, sites, run)
        shutil.rmtree(folder)
        folder.mkdir()
        point_at(folder, sites)
        ran = run("collect", "threads", "--study", folder, "--site", "github")
        status = run("collect", "status", "--study", folder, "--format", "json")

    assert ran.code == 0, ran.err
    assert status.code == 1
    skipped = [row for row in json.loads(status.out) if row["state"] == "skipped"]
    assert skipped
    assert all("GITHUB_TOKEN" in row["reason"] for row in skipped)
    assert {s.source for s in Study.open(folder).read(Slice)} == {"github"}


def test_a_wrong_token_is_one_clear_error_and_the_other_sites_are_kept(tmp_path: Path, run: Run) -> None:
    with four_sites(example()) as sites:
        folder = tmp_path / "wrong"
        folder.mkdir()
        point_at(folder, sites)
        ran = run("collect", "threads", "--study", folder, GITHUB_TOKEN="nonsense")

    assert ran.code == 2
    assert "GITHUB_TOKEN" in ran.err
    assert "Traceback" not in ran.err
    assert {t.site for t in Study.open(folder).read(Thread)} == {"huggingface", "pytorch_forum", "stackoverflow"}


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('[sources.x]\nkind = "twitter"\n', "study.toml:7: [sources.x] has the kind 'twitter'\n  The kinds are: "),
        (
            '[sources.x]\nkind = "github"\nitem = ["issues"]\n',
            "study.toml:8: unknown key 'sources.x.item'\n  Did you mean 'items'?",
        ),
        ('[sources.x]\nkind = "file"\npath = "no.jsonl"\n', "no.jsonl"),
        ("", "study.toml names no site"),
    ],
)
def test_a_wrong_source_is_one_clear_error(tmp_path: Path, run: Run, toml: str, message: str) -> None:
    (tmp_path / "study.toml").write_text(f'[study]\ntitle = "t"\nkeywords = ["k"]\nsince = 2019-01-01\n\n{toml}')
    ran = run("collect", "threads", "--study", tmp_path)

    assert ran.code == 2
    assert message in ran.err
    assert "Traceback" not in ran.err
