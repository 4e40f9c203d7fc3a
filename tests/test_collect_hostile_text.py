"""Hostile titles and bodies on all four sites: verbatim in raw, valid in tables, harmless where they are shown."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Ran
from four_sites import four_sites
from sites.world import world
from world_study import WorldStudy

from codebook.rows import Post
from codebook.study import Study

TITLES = {
    "escape": "trust_repo \x1b[2J\x1b]0;owned\x07",
    "override": "trust_repo \u202egnp.exe\u2066",
    "html": 'trust_repo <script>alert(1)</script><img src=x onerror="alert(2)">',
    "formula": '=HYPERLINK("http://x.example","trust_repo")',
    "surrogate": "trust_repo \ud83d alone",
    "null": "trust_repo \x00 null",
}
LONG = "trust_repo " + "x" * 5_000_000


def texts(value: Any) -> Iterator[str]:
    """All strings of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for each in value.values() for text in texts(each))
    elif isinstance(value, list):
        yield from (text for each in value for text in texts(each))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> WorldStudy:
    made = world(60, crowds=0)
    for site in ("github", "huggingface", "pytorch_forum", "stackoverflow"):
        places = [i for i, t in enumerate(made.threads) if t in made.wanted and t.site == site]
        for place, title in zip(places, (*TITLES.values(), "long"), strict=False):
            thread = made.threads[place]
            posts = (replace(thread.opening, body=LONG if title == "long" else title), *thread.posts[1:])
            made.threads[place] = replace(thread, title=title, posts=posts)
    with four_sites(made.threads) as sites:
        collected = WorldStudy.at(tmp_path_factory.mktemp("hostile") / "study", sites)
        ran = collected.collect()
    assert ran.code == 0, ran.err
    return collected


def test_raw_records_have_every_title_verbatim(study: WorldStudy) -> None:
    for site in ("github", "huggingface", "stackoverflow"):
        pages = Study.open(study.folder).raw("collect", site).pages()
        found = {text for page in pages if page.body[:1] in b"{[" for text in texts(json.loads(page.body))}
        escaped = {text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"') for text in found}

        assert set(TITLES.values()) <= escaped, site


def test_tables_hold_valid_text_and_all_of_the_long_body(study: WorldStudy) -> None:
    titles = [t.title for t in study.threads]
    bodies = [p.body for p in Study.open(study.folder).read(Post)]

    assert [t for t in (*titles, *bodies) if "\x00" in t or any("\ud800" <= c <= "\udfff" for c in t[:1000])] == []
    assert sum(len(body) >= 5_000_000 for body in bodies) == 4
    assert sum("<script>alert(1)</script>" in title for title in titles) == 4


@pytest.mark.parametrize("fmt", ["text", "csv", "json", "md", "latex"])
def test_what_is_shown_steers_no_terminal(study: WorldStudy, run: Callable[..., Ran], fmt: str) -> None:
    for command in (
        ("collect", "status"),
        ("analysis", "crosstab", "source", "item", "--unit", "thread"),
    ):
        ran = run(*command, "--study", study.folder, "--format", fmt)

        assert ran.code == 0, ran.err
        assert not set("\x1b\x07\x00\u202e\u2066") & set(ran.out + ran.err)


def test_the_folder_has_no_file_named_after_a_title(study: WorldStudy) -> None:
    names = [path.name for path in Path(study.folder).rglob("*")]

    assert [name for name in names if "trust_repo" in name or "script" in name] == []
