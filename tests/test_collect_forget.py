"""``collect forget``: what is forgotten stands nowhere in raw or tables, and does not come back; all else stays."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Ran
from four_sites import TOKEN, FourSites, example, four_sites

from codebook.ledger import runs
from codebook.raw import Page, RawStore
from codebook.rows import Post, Row, Slice, Thread
from codebook.study import Study
from collect.forgetting import Asked, carry_out, expected

Run = Callable[..., Ran]
SITES = ("github", "huggingface", "pytorch_forum", "stackoverflow")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, FourSites]]:
    """A study of four sites, collected once, and the sites."""
    folder = tmp_path_factory.mktemp("forget") / "study"
    folder.mkdir()
    head = (
        '[study]\ntitle = "t"\nkeywords = ["trust_remote_code", "trust_repo"]\nsince = 2019-01-01\nuntil = 2026-01-01\n'
    )
    with four_sites(example()) as sites:
        (folder / "study.toml").write_text(head + sites.toml(), encoding="utf-8")
        collect(folder)
        yield folder, sites


def collect(folder: Path) -> None:
    command = [sys.executable, "-m", "collect.cli", "threads", "--study", str(folder)]
    done = subprocess.run(command, env=os.environ | TOKEN, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def study(world: tuple[Path, FourSites], tmp_path: Path) -> Study:
    shutil.copytree(world[0], tmp_path / "study")
    return Study.open(tmp_path / "study")


def forget(study: Study, **asked: str) -> None:
    carry_out(study, Asked(**({"author": None, "thread_id": None, "site": None} | asked)))


def raw(study: Study) -> dict[str, list[Page]]:
    return {site: list(RawStore(study.path / "raw" / "collect" / site).pages()) for site in SITES}


def everything(study: Study) -> str:
    """All that raw and tables say, escapes resolved."""
    said = []
    for path in sorted((study.path / "raw").rglob("*.gz")):
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            record = json.loads(line)
            said.append(record["request"] + "\n".join(record["headers"].values()))
            said.append(json.dumps(json.loads(record["body"]), ensure_ascii=False))
    for name in ("threads", "posts", "slices", "exclusions", "matches"):
        if study.table(name).exists():
            said += [repr(row) for row in study.frame(name).itertuples()]
    return "\n".join(said)


def rows(study: Study, row_type: type[Row], without: str = "") -> list[Row]:
    """Rows but those of one thread; who is a copy of whom may change with it."""
    left = [r for r in study.read(row_type) if without == "" or getattr(r, "thread_id", "") != without]
    return [replace(r, duplicate_group=None) if isinstance(r, Thread) else r for r in left]


def threads_of(study: Study, site: str, count: int) -> list[str]:
    return [t.thread_id for t in study.read(Thread) if t.site == site][:count]


@pytest.mark.parametrize("site", SITES)
def test_of_a_forgotten_thread_nothing_is_left_and_all_others_stay(study: Study, site: str) -> None:
    thread_id = threads_of(study, site, 2)[1]
    (row,) = (t for t in study.read(Thread) if t.thread_id == thread_id)
    said = [line for p in study.read(Post) if p.thread_id == thread_id for line in p.body.split("\n") if len(line) > 40]
    said = [line for line in [row.title, *said] if "user-" not in line and not set(line) & set("`<>*\"'\\&[]")]
    elsewhere = {line for p in study.read(Post) if p.thread_id != thread_id for line in p.body.split("\n")}
    said = [line for line in said if line not in elsewhere]  # the same problem is told on two sites
    others = rows(study, Thread, thread_id), rows(study, Post, thread_id), rows(study, Slice)
    before = everything(study)
    forget(study, thread_id=thread_id)
    after = everything(study)

    assert said
    assert [line for line in said if line not in before] == [], "the test looks for what was there"
    assert [line for line in said if line in after] == []
    assert (rows(study, Thread), rows(study, Post), rows(study, Slice)) == others


@pytest.mark.parametrize("site", SITES)
def test_records_that_a_forgotten_thread_is_not_on_stay_byte_for_byte(study: Study, site: str) -> None:
    before = {p.fetched_at + p.page_id: p for p in raw(study)[site]}
    forget(study, thread_id=threads_of(study, site, 1)[0])
    after = {p.fetched_at + p.page_id: p for p in raw(study)[site]}
    changed = [key for key in before if before[key] != after[key]]

    assert before.keys() == after.keys()
    assert 0 < len(changed) < len(before)
    assert all(replace(before[k], body=b"", headers={}) == replace(after[k], body=b"", headers={}) for k in changed)
    assert raw(study).keys() == set(SITES)


@pytest.mark.parametrize("name", ["walnut-sextant", "ødelagt_paraply", "Żółta Konewka"])
def test_a_forgotten_person_is_named_nowhere_and_nothing_they_said_is_left(study: Study, name: str) -> None:
    world = example()
    words = [p.body for t in world for p in t.posts if p.author == name]
    mine = [
        line for body in words for line in body.split("\n") if len(line) > 40 and not set(line) & set("`<>*\"'\\&[]@")
    ]
    others = {line for t in world for p in t.posts if p.author != name for line in p.body.split("\n")}
    kept = len(list(study.read(Post)))
    before = everything(study)
    forget(study, author=name)
    after = everything(study)

    assert name in before
    assert name.lower() not in after.lower()
    assert [line for line in mine if line in after and line not in others] == []
    assert 0 < kept - len(list(study.read(Post))) <= len(words)
    assert {p.author for p in study.read(Post)} - {None}


def test_a_forgotten_person_leaves_the_others_posts_and_threads(study: Study) -> None:
    before = {t.thread_id for t in study.read(Thread)}
    forget(study, author="fable-otter")
    opened = [t for t in study.read(Thread) if t.title == ""]

    assert {t.thread_id for t in study.read(Thread)} == before
    assert opened
    assert all(t.author is None for t in opened)
    assert all(p.body for p in study.read(Post) if not p.hidden)


def test_only_on_one_site(study: Study) -> None:
    def written(site: str) -> int:
        return sum(p.thread_id.startswith(f"{site}:") for p in study.read(Post))

    before = {site: written(site) for site in SITES}
    forget(study, author="fable-otter", site="github")

    assert written("github") < before["github"]
    assert {s: written(s) for s in SITES if s != "github"} == {s: n for s, n in before.items() if s != "github"}


@pytest.mark.usefixtures("world")
def test_neither_a_rebuild_nor_a_later_collection_brings_it_back(study: Study, run: Run) -> None:
    thread_id = threads_of(study, "huggingface", 1)[0]
    forget(study, thread_id=thread_id)
    forget(study, author="walnut-sextant")
    rebuilt = run("collect", "threads", "--from-raw", "--study", study.path)
    shutil.rmtree(study.path / "raw" / "collect")  # so that every page comes anew
    (study.path / "runs.jsonl").write_text("")
    again = run("collect", "threads", "--study", study.path, **TOKEN)
    said = everything(study)

    assert (rebuilt.code, again.code) == (0, 0), again.err
    assert thread_id not in {t.thread_id for t in study.read(Thread)}
    assert len(list(study.read(Thread))) > 30
    assert "walnut-sextant" not in said.lower()
    assert run("collect", "status", "--study", study.path).code == 0


def test_pages_that_still_have_it_give_no_rows(study: Study, run: Run, tmp_path: Path) -> None:
    """As after raw was restored from a backup: the tombstones are heeded all the same."""
    shutil.copytree(study.path / "raw" / "collect", tmp_path / "backup")
    thread_id = threads_of(study, "stackoverflow", 1)[0]
    forget(study, thread_id=thread_id)
    forget(study, author="fable-otter")
    posts = rows(study, Post)
    shutil.rmtree(study.path / "raw" / "collect")
    shutil.copytree(tmp_path / "backup", study.path / "raw" / "collect")

    assert run("collect", "threads", "--from-raw", "--study", study.path).code == 0
    assert rows(study, Post) == posts
    assert "fable-otter" not in "".join(p.body for p in study.read(Post))


def test_tombstones_and_the_ledger_name_nobody(study: Study, run: Run) -> None:
    done = run("collect", "forget", "--author", "Fable-Otter", "--yes", "--study", study.path)
    lines = list(runs(study))

    assert done.code == 0, done.err
    assert lines[-1]["run_id"] == "collect-forget-1"
    assert lines[-1]["arguments"] == {"what": "author", "site": None}
    for path in [study.path / "runs.jsonl", study.path / "raw" / "forgotten.jsonl", *study.private.rglob("*.json")]:
        assert b"otter" not in path.read_bytes().lower().replace(b"otter-of", b"")
    assert {t["what"] for t in map(json.loads, (study.path / "raw" / "forgotten.jsonl").read_text().splitlines())} == {
        "author",
        "title",
        "text",
    }


def test_a_dry_run_counts_and_changes_nothing(study: Study) -> None:
    before = {p: p.read_bytes() for p in sorted(study.path.rglob("*")) if p.is_file()}
    counted = expected(study, Asked(author="fable-otter", thread_id=None, site=None))
    after = {p: p.read_bytes() for p in sorted(study.path.rglob("*")) if p.is_file()}
    wrote = sum(p.author == "fable-otter" for t in example() for p in t.posts)

    assert before == after
    assert sum(int(str(row["posts"])) for row in counted) == wrote
    assert {row["store"] for row in counted} == {f"collect/{site}" for site in SITES}
    assert any(row["pages"] for row in counted)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name one person or one thread"),
        (["--author", "a", "--thread", "b"], "name one person or one thread"),
        (["--thread", "github:no/such#1", "--yes"], "no page shows a thread 'github:no/such#1'"),
        (["--author", "a", "--site", "gitlab", "--yes"], "no [sources.gitlab]"),
        (["--author", "fable-otter"], "nothing was erased"),
    ],
)
def test_a_wrong_or_unconfirmed_request_is_one_clear_error(
    study: Study, run: Run, arguments: list[str], message: str
) -> None:
    done = run("collect", "forget", "--study", study.path, *arguments)

    assert done.code == 2
    assert message in done.err
    assert not (study.path / "raw" / "forgotten.jsonl").exists()


@pytest.mark.parametrize("more", [{}, {"item": "issue", "source": "owner/site"}])
def test_a_thread_of_a_file_is_forgotten_and_does_not_come_back(run: Run, tmp_path: Path, more: dict[str, str]) -> None:
    rows = [
        {"source": "team", "url": f"https://g.example/{n}", "title": "t", "text": "trust_repo"} | more for n in "ab"
    ]
    study = Study.create(tmp_path / "study", "t")
    (study.path / "study.toml").write_text(
        '[study]\ntitle = "t"\nkeywords = ["trust_repo"]\nsince = 2019-01-01\nuntil = 2026-01-01\n'
        '[sources.mine]\nkind = "file"\npath = "rows.jsonl"\n',
        encoding="utf-8",
    )
    (study.path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    study = Study.open(study.path)
    first = run("collect", "threads", "--study", study.path)
    gone, stays = sorted(row.thread_id for row in study.read(Thread))
    forgot = run("collect", "forget", "--thread", gone, "--yes", "--study", study.path)
    again = run("collect", "threads", "--study", study.path)
    rebuilt = run("collect", "threads", "--from-raw", "--study", study.path)

    assert [done.code for done in (first, forgot, again, rebuilt)] == [0, 0, 0, 0]
    assert [row.thread_id for row in study.read(Thread)] == [stays]
    assert [row.thread_id for row in study.read(Post)] == [stays]
