"""Repositories that stand in other sites' threads: what counts as one, in which disguises, and how long it takes."""

import html
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import Ran
from four_sites import TOKEN, FourSites, four_sites
from hypothesis import given
from hypothesis import strategies as st
from sites.corpus import CorpusPost, CorpusThread
from test_collect_huggingface import discussion

from codebook.rows import Slice, Thread
from codebook.study import Study, file_sha256
from collect.huggingface.mentions import most_named, named_in

NAMED = {
    "see https://huggingface.co/heron/seven-7b.": "heron/seven-7b",
    "[it](https://hf.co/heron/seven)": "heron/seven",
    "**http://www.huggingface.co/heron/seven_v2**": "heron/seven_v2",
    "https://huggingface.co/heron/seven.v1/blob/main/modeling_heron.py#L3": "heron/seven.v1",
    "https://huggingface.co/heron/seven/discussions/4?x=1": "heron/seven",
    "git clone https://me:hf_x@huggingface.co/heron/seven.git": "heron/seven",
    "ollama run hf.co/heron/seven-GGUF:Q4_K_M": "heron/seven-GGUF",
    "404 for url: https://huggingface.co/api/models/heron/seven/tree/main": "heron/seven",
    "https://huggingface.co/api/resolve-cache/models/heron/seven/abc/config.json": "heron/seven",
    "https://huggingface.co/datasets/heron/reeds/viewer": "datasets/heron/reeds",
    "https://huggingface.co/datasets/squad": "datasets/squad",
    "https://huggingface.co/spaces/heron/pond": "spaces/heron/pond",
    "https://huggingface.co/gpt2/resolve/main/config.json": "gpt2",
    'AutoModel.from_pretrained("heron/seven", trust_remote_code=True)': "heron/seven",
    "AutoTokenizer.from_pretrained(\n    pretrained_model_name_or_path = 'heron/seven'\n)": "heron/seven",
    'pipeline("text-generation", model="heron/seven")': "heron/seven",
    "LLM(model='heron/seven', trust_remote_code=True)": "heron/seven",
    'SentenceTransformer("heron/seven")': "heron/seven",
    'load_dataset("heron/reeds", trust_remote_code=True)': "datasets/heron/reeds",
    'hf_hub_download(repo_id="heron/reeds", filename="x", repo_type="dataset")': "datasets/heron/reeds",
    "snapshot_download('heron/pond', repo_type='space')": "spaces/heron/pond",
    "vllm serve --model heron/seven --trust-remote-code": "heron/seven",
}
NOTHING = [
    "https://huggingface.co/docs/transformers/main/en/index https://huggingface.co/docs/hub",
    "https://huggingface.co/blog/heron/seven https://huggingface.co/papers/2301.12345",
    "https://huggingface.co/models?filter=custom_code https://huggingface.co/datasets https://huggingface.co/spaces",
    "https://huggingface.co/spaces/launch https://huggingface.co/chat/settings https://huggingface.co/join/x",
    "https://huggingface.co/front/assets/logo.svg https://huggingface.co/settings/tokens",
    "https://huggingface.co/ada https://huggingface.co/ada/models https://huggingface.co/ada/activity/community",
    "https://huggingface.co/collections/ada/birds-1 https://huggingface.co/organizations/heron/settings/x",
    "https://huggingface.co/transformers/v3.0.2/index.html https://huggingface.co/learn/nlp-course",
    "https://discuss.huggingface.co/t/topic/12 https://cdn-lfs.huggingface.co/repos/ab/cd https://nothf.co/a/b",
    "https://huggingface.co/heron/se… and https://huggingface.co/heron/sev...",
    "https://huggingface.co/heron--x/seven https://huggingface.co/-heron/seven",
    'from_pretrained("./heron/seven") from_pretrained("/mnt/seven") from_pretrained("path/to/heron")',
    'from_pretrained("models/seven") from_pretrained("output/checkpoint-500") from_pretrained("gpt2")',
    'torch.load(model="heron/seven.pt") my_from_pretrained = "heron/seven"',
]


def raw(text: str) -> bytes:
    return json.dumps({"items": [{"body": text}]}).encode()


@pytest.mark.parametrize(("text", "name"), NAMED.items(), ids=list(NAMED))
def test_a_repository_is_found_however_it_is_written(text: str, name: str) -> None:
    """Also as HTML in JSON, with the escapes of those who escape more than they must, and as JSON in JSON."""
    as_html = raw(f"<p>{html.escape(text)}</p>")
    escaped = as_html.replace(b"/", b"\\/").replace(b"<", b"\\u003c").replace(b"&", b"\\u0026")

    assert [list(named_in([body])) for body in (raw(text), as_html, escaped, text.encode())] == [[name]] * 4
    if "repo_type" not in text and "\n" not in text:
        assert list(named_in([raw(json.dumps({"b": text}).replace("/", "\\/"))])) == [name]


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_repository_is_not_found(text: str) -> None:
    assert named_in([raw(text), text.encode()]) == {}


def test_a_link_in_the_markup_of_a_forum_counts_once_for_its_page() -> None:
    """The address is whole in the attribute and cut in the text."""
    cooked = '<a href="https://huggingface.co/heron/seven-7b-instruct" rel="x">https://huggingface.co/heron/sev…</a>'

    assert named_in([raw(cooked + cooked)]) == {"heron/seven-7b-instruct": 1}


def test_a_page_that_was_fetched_twice_counts_once() -> None:
    one, two = raw("hf.co/heron/seven hf.co/heron/one"), raw("hf.co/heron/one")
    found = named_in([one, two, one])

    assert found == {"heron/seven": 1, "heron/one": 2}
    assert most_named(found, 1) == ["heron/one"]


@pytest.mark.parametrize(
    "text",
    [
        "hf.co/" * 800_000,
        "hf.co/a/" * 600_000,
        "from_pretrained(" + " " * 5_000_000,
        "from_pretrained(" * 300_000,
        ("model" + " " * 19) * 200_000 + "/",
        "--model " * 600_000 + "/",
        "hf.co/" + "a" * 5_000_000,
        "&" * 5_000_000 + "/",
    ],
    ids=lambda text: text[:20],
)
def test_five_megabytes_of_malice_take_a_moment(text: str) -> None:
    started = time.monotonic()
    named_in([raw(text), text.encode()])

    assert time.monotonic() - started < 5


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: raw("hf.co/" + t + " model='" + t)))
def test_no_body_breaks_it_and_all_it_finds_are_plain_names(body: bytes) -> None:
    found = named_in([body])

    for name in found:
        assert name.isascii()
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")
        assert ".." not in name
        assert not name.startswith(("/", "."))


AT = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
CODE = '`trust_remote_code` and\n\n```python\nAutoModel.from_pretrained("{}", trust_remote_code=True)\n```\n'


def elsewhere(site: str, item: str, number: int, repo: str, said: str) -> CorpusThread:
    return CorpusThread(
        site, item, repo, number, "trust_remote_code", "open", (CorpusPost(number, "ada", AT, said, "opening"),)
    )


WORLD = [
    elsewhere("github", "issue", 1, "heron/tools", CODE.format("heron/a") + "https://huggingface.co/docs/hub"),
    elsewhere("github", "discussion", 2, "heron/tools", "trust_repo https://huggingface.co/heron/b/tree/main"),
    elsewhere("stackoverflow", "question", 3, "", CODE.format("heron/c") + "https://huggingface.co/heron/lost"),
    elsewhere("pytorch_forum", "topic", 4, "", CODE.format("heron/d") + "https://hf.co/spaces/heron/pond"),
    *(discussion(n, f"heron/{name}") for n, name in enumerate("abcd", 1)),
    discussion(9, "spaces/heron/pond"),
    discussion(9, "heron/nobody-names-it"),
]


def study_at(folder: Path, sites: FourSites) -> Path:
    (folder / ".private").mkdir(parents=True, exist_ok=True)
    (folder / ".private" / "pseudonyms.key").write_text("ab" * 32)
    head = '[study]\ntitle = "t"\nkeywords = ["trust_remote_code", "trust_repo"]\nuntil = 2026-01-01\n'
    toml = replace(sites, repos=()).toml().replace("repos = []", "mentioned = true")
    (folder / "study.toml").write_text(head + toml, encoding="utf-8")
    return folder


def test_repositories_that_three_other_sites_name_are_collected_and_a_death_changes_nothing(
    tmp_path: Path, run: Callable[..., Ran]
) -> None:
    with four_sites(WORLD) as sites:
        calm = study_at(tmp_path / "calm", sites)
        ran = run("collect", "threads", "--study", calm, **TOKEN)
        needed = len(sites.local["github"].seen)
    with four_sites(WORLD, github={"dies_after": needed // 2}) as sites:
        killed = study_at(tmp_path / "killed", sites)
        stopped = run("collect", "threads", "--study", killed, "--max-wait", 1, **TOKEN)
        asked = sites.local["huggingface"].seen
    with four_sites(WORLD) as sites:
        again = run("collect", "threads", "--study", study_at(killed, sites), **TOKEN)

    assert (ran.code, stopped.code, again.code) == (0, 3, 0), ran.err + stopped.err + again.err
    assert "what the other sites' threads name is not known before" in stopped.err
    assert asked == []
    found = {t.native_id for t in Study.open(calm).read(Thread) if t.site == "huggingface"}
    assert found == {"heron/a#1", "heron/b#2", "heron/c#3", "heron/d#4", "spaces/heron/pond#9"}
    slices = {s.query: s for s in Study.open(calm).read(Slice) if s.site == "huggingface"}
    assert (slices["candidates named by other sites"].reported, slices["candidates named by other sites"].got) == (6, 6)
    assert "discussions of model heron/lost, which is not there (HTTP 404 Repository not found)" in slices
    for table in ("threads", "posts", "slices", "exclusions"):
        paths = [folder / "tables" / f"{table}.parquet" for folder in (calm, killed)]
        assert file_sha256(paths[0]) == file_sha256(paths[1]), table
