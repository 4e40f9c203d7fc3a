"""Hostile titles and bodies on all four sites: verbatim in raw, valid in tables, harmless where they are shown."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from conftest import Ran
from four_sites import four_sites
from hand_study import BOOK, coding, row
from sites.world import world
from world_study import WorldStudy

import analysis.cli
import codebook.cli
import collect.cli
from codebook.harmless import one_line, valid_text
from codebook.rows import Coding, Exclusion, Post, Thread
from codebook.study import Study

TITLES = {
    "escape": "trust_repo \x1b[2J\x1b]0;owned\x07",
    "override": "trust_repo \u202egnp.exe\u2066",
    "html": 'trust_repo <script>alert(1)</script><img src=x onerror="alert(2)">',
    "formula": '=HYPERLINK("http://x.example","trust_repo")',
    "surrogate": "trust_repo \ud83d alone",
    "null": "trust_repo \x00 null",
}
STEERING = set("\x1b\x07\x00\u202e\u2066")
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
            labels = () if title == "long" else (title,)
            made.threads[place] = replace(thread, title=title, posts=posts, labels=labels)
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


FORMATS = ("text", "csv", "json", "md", "latex")


def shown(stage: str, *arguments: object) -> Ran:
    """What a command prints, run in this process: there are dozens of them here."""
    cli = {"analysis": analysis.cli, "codebook": codebook.cli, "collect": collect.cli}[stage].cli
    done = CliRunner().invoke(cli, list(map(str, arguments)))
    return Ran(done.exit_code, done.stdout, done.stderr)


def harmless(ran: Ran, fmt: str, code: int = 0) -> None:
    """Assert that what was printed steers no terminal, is no HTML in Markdown and no formula in a spreadsheet."""
    assert ran.code == code, ran.err
    assert not STEERING & set(ran.out + ran.err)
    assert fmt != "md" or "<" not in ran.out
    cells = [cell for line in csv.reader(io.StringIO(ran.out)) for cell in line] if fmt == "csv" else []
    assert [cell for cell in cells if cell.lstrip().startswith(("=", "@"))] == []


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize(
    "command",
    [
        ("collect", "status"),
        ("analysis", "crosstab", "source", "item", "--unit", "thread"),
        ("analysis", "crosstab", "label", "source", "--unit", "thread"),
        ("analysis", "crosstab", "source", "label", "--unit", "post"),
    ],
    ids=lambda command: " ".join(command[:4]),
)
def test_what_is_shown_is_harmless(study: WorldStudy, command: tuple[str, ...], fmt: str) -> None:
    ran = shown(*command, "--study", study.folder, "--format", fmt)

    harmless(ran, fmt)
    assert ("trust_repo" in ran.out.replace("\\_", "_")) == ("item" not in command)


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("name", TITLES)
def test_an_explained_cell_of_a_hostile_label_is_harmless(study: WorldStudy, name: str, fmt: str) -> None:
    label = valid_text(TITLES[name])
    cell = ("label", "source", "--unit", "thread", "--explain", label, "github")
    ran = shown("analysis", "crosstab", *cell, "--study", study.folder, "--format", fmt)

    harmless(ran, fmt)
    assert f"label {one_line(label, 60)}, source github: 1 thread" in ran.err
    assert fmt != "json" or [row["title"] for row in json.loads(ran.out)] == [label]


@pytest.fixture
def tables(study: WorldStudy, tmp_path: Path) -> Study:
    """A copy of the study's tables, without its raw records, and with a codebook."""
    made = Study.open(copytree(study.folder, tmp_path / "copy", ignore=ignore_patterns("raw")))
    (made.path / "codebook.yaml").write_text(BOOK, encoding="utf-8")
    return made


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_check_that_names_hostile_runs_and_codes_is_harmless(tables: Study, fmt: str) -> None:
    names = [valid_text(title) for title in TITLES.values()]
    tables.write(Exclusion, (row(Exclusion, thread_id=name, run_id=name) for name in names[:3]))
    tables.write(Coding, (coding(name, name, name, run_id=name) for name in names[3:]))
    ran = shown("codebook", "check", "--study", tables.path, "--format", fmt)

    harmless(ran, fmt, code=1)
    assert ran.out.replace("\\_", "_").count("trust_repo") >= 6


def test_the_report_holds_hostile_titles_and_bodies_as_text(tables: Study) -> None:
    hostile = [t for t in tables.read(Thread) if t.labels and "trust_repo" in t.labels[0]]
    tables.write(Coding, (coding(t.thread_id, t.labels[0], "USE.err", quote=t.title) for t in hostile))
    ran = shown("analysis", "report", "--study", tables.path)
    assert ran.code == 0, ran.err
    page = (tables.path / "out" / "report.html").read_text(encoding="utf-8")

    soup = BeautifulSoup(page, "html.parser")
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2
    assert soup.find_all("script") == []
    figures = [str(image["src"]) for image in soup.find_all("img")]
    assert [src for src in figures if not src.startswith("data:image/svg+xml;base64,")] == []
    assert [tag.name for tag in soup.find_all(True) if any(name.startswith("on") for name in tag.attrs)] == []
    assert not STEERING & set(page)


def test_the_folder_has_no_file_named_after_a_title(study: WorldStudy) -> None:
    names = [path.name for path in Path(study.folder).rglob("*")]

    assert [name for name in names if "trust_repo" in name or "script" in name] == []
