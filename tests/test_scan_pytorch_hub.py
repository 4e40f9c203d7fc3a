"""PyTorch Hub: cards from a checkout and from a GitHub on this machine, and the repositories that they name."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites.github_repositories import RepositoriesSite
from sites.scanning import Visit
from sites.server import LocalSite

from codebook.errors import StoppedEarly, StudyError
from scan.hub import Registry, SeenFile, SeenModel, SeenShard
from scan.pytorch_hub import PyTorchHub
from scan.pytorch_hub.pages import Card, card

Visiting = Callable[..., Visit]
HUBCONF = b"raise SystemExit('imported')\n"


def written(github_id: str = "heron/seven", tags: str = "[vision, scriptable]", load: str = "heron/seven:v1") -> bytes:
    head = f"layout: hub_detail\ntitle: Heron\ntags: {tags}\ngithub-id: {github_id}\nimage: a.png\nimage: b.png\n"
    return f"---\n{head}---\n\n```python\nm = torch.hub.load('{load}', 'heron', pretrained=True)\n```\n".encode()


CARDS = {
    "README.md": b"# PyTorch Hub\n",
    "heron_detect.md": written(),
    "heron_segment.md": written(tags="vision", load="heron/seven"),
    "ibis.md": written("ibis/one", "[nlp]", "ibis/one"),
    "docs/template.md": written("template/none"),
}
REPOSITORIES = {
    "pytorch/hub": CARDS,
    "heron/seven": {"hubconf.py": HUBCONF, "weights.pt": b"\x00"},
    "ibis/one": {"hubconf.py": HUBCONF},
}


@pytest.fixture
def visit(tmp_path: Path) -> Visiting:
    return lambda url="", **options: Visit.to(PyTorchHub(), "pytorch_hub", url, tmp_path, **options)


def on_disk(folder: Path, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def test_a_model_is_a_repository_that_cards_name_at_the_commit_of_its_branch(visit: Visiting) -> None:
    site = RepositoriesSite(REPOSITORIES, {"heron/seven": "a" * 40, "ibis/one": "b" * 40})
    with LocalSite(site) as local:
        got = visit(local.base_url)

        assert got.run() == ["heron/seven", "ibis/one"]

    cards = ("heron_detect.md", "heron_segment.md")
    expected = [
        SeenShard(query="card heron_detect.md", reported=1, hits=("heron/seven",)),
        SeenShard(query="card heron_segment.md", reported=1, hits=("heron/seven",)),
        SeenShard(query="card ibis.md", reported=1, hits=("ibis/one",)),
        SeenModel(
            native_id="heron/seven",
            tags=("card:heron_detect.md", "card:heron_segment.md", "scriptable", "vision"),
            library="torch.hub",
            facts={"cards": cards, "loads": ("heron/seven", "heron/seven:v1")},
        ),
        SeenModel(
            native_id="ibis/one",
            tags=("card:ibis.md", "nlp"),
            library="torch.hub",
            facts={"cards": ("ibis.md",), "loads": ("ibis/one",)},
        ),
        SeenModel(native_id="heron/seven", revision="a" * 40, version="a" * 40),
        SeenModel(native_id="heron/seven", files_whole=True),
        SeenFile(model="heron/seven", path="hubconf.py", bytes=29),
        SeenFile(model="heron/seven", path="weights.pt", bytes=1),
        SeenModel(native_id="ibis/one", revision="b" * 40, version="b" * 40),
        SeenModel(native_id="ibis/one", files_whole=True),
        SeenFile(model="ibis/one", path="hubconf.py", bytes=29),
    ]
    assert got.seen == expected


def test_cards_and_repositories_lie_on_disk(visit: Visiting, tmp_path: Path) -> None:
    on_disk(tmp_path / "hub", CARDS)
    on_disk(tmp_path / "repos" / "heron" / "seven", REPOSITORIES["heron/seven"])
    got = visit(path="hub", checkouts="repos")

    assert got.run() == ["heron/seven", "ibis/one"]

    assert [(f.path, f.bytes) for f in got.files] == [("hubconf.py", 29), ("weights.pt", 1)]
    assert [m.problem for m in got.models if m.problem] == ["there is no ibis/one in `checkouts`"]
    kept = [path.name for path in (tmp_path / "raw" / "scan" / "blobs").rglob("*") if path.is_file()]
    assert kept == [got.files[0].sha256]


def test_cards_alone_are_read_without_asking_anybody(visit: Visiting, tmp_path: Path) -> None:
    on_disk(tmp_path / "hub", CARDS)
    got = visit(path="hub", files_limit=0)

    assert got.run() == ["heron/seven", "ibis/one"]
    assert got.shards["files"] == (None, 0, False, "`files_limit` in study.toml: files of 2 models were not asked for")


def test_a_later_run_asks_for_the_files_of_repositories_with_another_commit(visit: Visiting) -> None:
    site = RepositoriesSite(REPOSITORIES)
    with LocalSite(site) as local:
        first = visit(local.base_url)
        first.run()
        local.seen.clear()
        site.commits["ibis/one"] = "d" * 40
        later = first.later("r2")

        assert later.run() == ["heron/seven", "ibis/one"]

    trees = [asked.path for asked in local.seen if "trees" in asked.path and "pytorch/hub" not in asked.path]
    assert trees == [f"/repos/ibis/one/git/trees/{'d' * 40}"]


def test_a_limit_is_waited_for_and_a_killed_run_goes_on(visit: Visiting) -> None:
    with LocalSite(RepositoriesSite(REPOSITORIES), dies_after=6) as local, pytest.raises(StoppedEarly):
        visit(local.base_url).run(max_wait=0.0)
    with LocalSite(RepositoriesSite(REPOSITORIES, left=3)) as local:
        got = visit(local.base_url)

        assert got.run() == ["heron/seven", "ibis/one"]

    assert len(local.seen) == 10 - 6 + 1
    assert len(got.sleeps) == 1
    assert got.shards["card ibis.md"] == (1, 1, True, None)


def test_renamed_vanished_and_very_large_repositories_are_rows(visit: Visiting) -> None:
    cards = {f"{name}.md": written(f"o/{name}") for name in ("large", "old", "gone")}
    files = {"hubconf.py": HUBCONF}
    world = {"pytorch/hub": cards, "o/large": files, "o/new": files}
    site = RepositoriesSite(world, renamed={"o/old": "o/new"}, truncated=frozenset({"o/large"}))
    with LocalSite(site) as local:
        got = visit(local.base_url)
        got.run()

    problems = {m.native_id: m.problem for m in got.models if m.problem}
    assert problems == {
        "o/gone": "GitHub does not give it: HTTP 404 Not Found",
        "o/large": "GitHub does not tell all of its files: the tree is too large",
    }
    assert {f.model for f in got.files} == {"o/large", "o/old"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"---\ntitle: [\n---\n", "its front matter cannot be read: it is no valid YAML (ParserError)"),
        (b"---\n- a\n---\n", "its front matter cannot be read: it has no keys"),
        (b"---\ntitle: x\n---\n", "it has no `github-id`"),
        (b"---\ngithub-id: [a/b]\n---\n", "it has no `github-id`"),
        (b"---\ngithub-id: ../../x\n---\n", "its `github-id` is no owner/name"),
        (
            b"---\ngithub-id: !!python/name:os.system\n---\n",
            "its front matter cannot be read: it is no valid YAML (ConstructorError)",
        ),
    ],
    ids=["broken", "a list", "no id", "a list of ids", "a way out", "a tag"],
)
def test_a_card_that_names_no_repository_is_a_shard_that_says_so(
    visit: Visiting, tmp_path: Path, content: bytes, problem: str
) -> None:
    on_disk(tmp_path / "hub", {"ibis.md": CARDS["ibis.md"], "odd.md": content})
    got = visit(path="hub", files_limit=0)

    assert got.run() == ["ibis/one"]
    assert got.shards["card odd.md"] == (1, 0, False, f"{problem}; the hub says 1 models and 0 came")


def test_cards_that_are_links_pipes_or_too_large_are_not_read(visit: Visiting, tmp_path: Path) -> None:
    on_disk(tmp_path, {"secret.md": CARDS["ibis.md"], "hub/large.md": b"---\n" + b"x" * 1_000_001})
    (tmp_path / "hub" / "link.md").symlink_to(tmp_path / "secret.md")
    os.mkfifo(tmp_path / "hub" / "pipe.md")
    got = visit(path="hub", files_limit=0)

    assert got.run() == []
    assert {query: reason.partition(";")[0] for query, (_, _, _, reason) in got.shards.items() if reason} == {
        "card large.md": "it has 1000005 bytes, and is not read",
        "card link.md": "a symbolic link, which is not followed",
        "card pipe.md": "a FIFO, which is not opened",
    }


def test_a_wrong_folder_and_a_wrong_repository_are_told(visit: Visiting) -> None:
    with pytest.raises(StudyError, match="the checkout of the cards cannot be read: No such file"):
        visit(path="nowhere").run()
    said = "the cards cannot be read: GitHub does not give it: HTTP 404 Not Found"
    with LocalSite(RepositoriesSite({})) as local, pytest.raises(StudyError, match=said):
        visit(local.base_url).run()


def test_where_the_bytes_of_a_file_are(tmp_path: Path) -> None:
    registry, options = Registry(name="pt", kind="pytorch_hub", folder=tmp_path), PyTorchHub().Options

    on_github = options().content(registry, "heron/seven", "a" * 40, "models/a b.py")
    on_disk_ = options.model_validate({"checkouts": "repos"}).content(registry, "heron/seven", None, "models/a.py")

    assert on_github == f"https://raw.githubusercontent.com/heron/seven/{'a' * 40}/models/a%20b.py"
    assert on_disk_ == tmp_path / "repos/heron/seven/models/a.py"


@given(st.binary(max_size=200))
def test_any_bytes_are_a_card_or_none(content: bytes) -> None:
    for text in (content, b"---\n" + content + b"\n---\n"):
        read = card("a.md", text)

        assert isinstance(read, Card)
        assert (read.repository is None) == (read.problem is not None)
