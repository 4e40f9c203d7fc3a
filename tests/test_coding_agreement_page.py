"""The report on agreement: one file, its tables and pictures say what the command says, and hostile text stays text."""

import os
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from click.testing import CliRunner
from hand_study import BOOK, HOSTILE, coding, row

from codebook import ledger
from codebook.errors import StoppedEarly
from codebook.html_page import replace_whole
from codebook.rows import Coding, UnitOfCoding
from codebook.study import Study, file_sha256
from coding.agreement.confusion import confusions
from coding.agreement.frame import load
from coding.cli import cli

Make = Callable[..., Study]

GIVEN = {
    "t1": (("USE.err",), ("USE.err",)),
    "t2": (("USE.err",), ()),
    "t3": (("USE.place", "SEC.mal"), ("USE.err", "SEC.mal")),
    "t4": ((), ()),
    "t5": (("SEC.mal",), ("USE.place",)),
    "t6": ((), ()),
}


def codings() -> list[Coding]:
    return [
        coding(thread, coder, code)
        for thread, sets in GIVEN.items()
        for coder, codes in zip(("coder_a", "coder_b"), sets, strict=True)
        for code in codes or ("",)
    ]


@pytest.fixture
def study(make_study: Make) -> Study:
    made = make_study(codebook=BOOK)
    made.write(Coding, codings())
    given = [(thread, coder) for thread in (*GIVEN, "t7") for coder in ("coder_a", "coder_b")]
    common = {"round": 1, "arm": "plain"}
    made.write(UnitOfCoding, [row(UnitOfCoding, unit_id=t, thread_id=t, coder=c, **common) for t, c in given])
    return made


def written(study: Study, *more: str) -> BeautifulSoup:
    done = CliRunner().invoke(cli, ["agreement", "--resamples", "100", "--study", str(study.path), "--html", *more])
    assert done.exit_code == 0, done.stderr
    return BeautifulSoup((study.path / "out" / "agreement.html").read_text(encoding="utf-8"), "html.parser")


def words(tag: Tag | None) -> str:
    assert tag is not None
    return " ".join(tag.get_text(" ").split())


def table(soup: BeautifulSoup, caption: str) -> list[list[str]]:
    found = next(t for t in soup.find_all("table") if words(t.caption).startswith(caption))
    return [[words(cell) for cell in line.find_all(["th", "td"])] for line in found.find_all("tr")]


def test_the_tables_say_what_the_command_prints(study: Study) -> None:
    printed = CliRunner().invoke(cli, ["agreement", "--resamples", "100", "--study", str(study.path)]).stdout
    rows = table(written(study), "Codes")

    assert [line[0] for line in rows[1:]] == ["Error handling", "Flag placement", "Malicious code", "Trust model"]
    for line, of_command in zip(rows[1:], printed.splitlines()[2:], strict=True):
        assert re.split(r" {2,}", of_command.strip())[1:7] == line[1:7]


def test_the_picture_has_a_bar_for_each_code_and_says_why_one_is_missing(study: Study) -> None:
    svg = written(study).find("svg")
    assert isinstance(svg, Tag)

    assert [words(bar.find("text")) for bar in svg.find_all("g")] == [
        "Error handling",
        "Flag placement",
        "Malicious code",
        "Trust model",
    ]
    assert words(svg.find_all("g")[-1]) == "Trust model undefined (constant)"
    assert svg.find_all("g")[-1].find("circle") is None
    assert words(svg.title).startswith("Krippendorff's alpha of each code")


def test_confusion_is_counted_by_hand(study: Study) -> None:
    """t1 both err; t2 err for none; t3 place for err, both mal; t5 mal for place; t4 and t6 nothing."""
    (found,) = confusions(load(study))

    assert (found.one, found.other, found.units) == ("coder_a", "coder_b", 6)
    assert found.codes == ("USE.err", "USE.place", "SEC.mal", "")
    assert found.counts.tolist() == [[1, 0, 0, 1], [1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 2]]


def test_the_heat_map_is_a_table_with_these_counts(study: Study) -> None:
    rows = table(written(study), "coder_a (rows)")

    assert rows == [
        ["", "Error handling", "Flag placement", "Malicious code", "no code"],
        ["Error handling", "1", "0", "0", "1"],
        ["Flag placement", "1", "0", "0", "0"],
        ["Malicious code", "0", "1", "1", "0"],
        ["no code", "0", "0", "0", "2"],
    ]


def test_units_that_a_coder_left_out_are_named(study: Study) -> None:
    assert table(written(study), "Coders")[1:] == [["coder_a", "7", "6", "2", "1"], ["coder_b", "7", "6", "3", "1"]]


def test_caveats_count_what_the_marks_say(study: Study) -> None:
    caveats = written(study).find("ul", class_="caveats")
    assert isinstance(caveats, Tag)

    assert [words(each) for each in caveats.find_all("li")][1:] == [
        "Codes whose alpha is below 0.667: 3.",
        "Codes whose alpha is undefined: 1.",
    ]


def test_rounds_and_pairs_have_tables_where_there_are_several(study: Study) -> None:
    assert "Rounds, arms" not in words(written(study).main)
    later = [coding("t1", coder, "USE.err", round=2) for coder in ("coder_a", "coder_b", "coder_c")]
    study.write(Coding, [*codings(), *later])
    soup = written(study)

    assert [line[:2] for line in table(soup, "All codes together, by round")[1:]] == [
        [number, of] for number in "12" for of in ("sets of codes", "sets of themes", "codes, pooled")
    ]
    assert len(table(soup, "All codes together, by pair")) == 10
    assert len(soup.find_all("table", class_="map")) == 3


def test_one_coder_has_a_page_that_says_so(make_study: Make) -> None:
    study = make_study(codebook=BOOK)
    study.write(Coding, [coding("t1", "coder_a", "USE.err")])
    text = words(written(study).main)

    assert "undefined (one coder)" in text
    assert "No two coders have read the same unit." in text


def test_hostile_names_codes_and_memos_are_text(make_study: Make) -> None:
    evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>\u202e{{ 7 * 7 }}'
    book = BOOK.replace("name: Error handling", "name: '<script>alert(3)</script>\u202e'")
    study = make_study(codebook=book)
    rows = [coding("t1", evil, "USE.err", memo=HOSTILE), coding("t1", "b", evil, memo=evil), coding("t2", "b", "")]
    study.write(Coding, [*rows, coding("t2", evil, evil)])
    soup = written(study)

    assert soup.find_all(["script", "img", "iframe", "object", "foreignObject"]) == []
    attributes = {name for tag in soup.find_all(True) for name in tag.attrs}
    assert not {name for name in attributes if name.startswith("on") or name in ("style", "href:xlink")}
    raw = (study.path / "out" / "agreement.html").read_text(encoding="utf-8")
    assert "{{ 7 * 7 }}" in raw
    assert "\x1b" not in raw
    assert "\u202e" not in raw


def test_the_policy_allows_the_style_sheet_alone_and_all_links_stay_in_the_page(study: Study) -> None:
    soup = written(study)
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})

    assert isinstance(policy, Tag)
    assert str(policy["content"]).startswith("default-src 'none'; style-src 'sha256-")
    assert soup.find_all(["script", "link", "img"]) == []
    for link in soup.find_all("a"):
        assert soup.find(id=str(link["href"]).removeprefix("#")), link["href"]


def test_the_page_is_well_formed_and_its_tables_are_semantic(study: Study) -> None:
    soup = written(study)
    open_tags: list[str] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag != "meta":
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Parser().feed((study.path / "out" / "agreement.html").read_text(encoding="utf-8"))
    assert open_tags == []
    assert all(each.caption for each in soup.find_all("table"))
    assert all(th.get("scope") in ("col", "row") for th in soup.find_all("th"))
    ids = [str(tag["id"]) for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    levels = [int(heading.name[1]) for heading in soup.find_all(re.compile(r"^h\d$"))]
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_it_is_entered_in_the_ledger_and_is_the_same_again(study: Study) -> None:
    written(study)
    first = file_sha256(study.path / "out" / "agreement.html")
    written(study)
    (run, again) = ledger.runs(study)

    assert run["outputs"] == again["outputs"] == {"out/agreement.html": first}
    assert set(run["inputs"]) == {"codebook.yaml", "tables/codings.parquet", "tables/units.parquet"}
    assert {"krippendorff", "scikit-learn", "statsmodels"} <= set(run["versions"])


def test_it_may_be_written_elsewhere(study: Study, tmp_path: Path) -> None:
    target = tmp_path / "there" / "a.html"
    done = CliRunner().invoke(
        cli, ["agreement", "--resamples", "100", "--study", str(study.path), "--html", str(target)]
    )

    assert (done.exit_code, done.stdout) == (0, "")
    assert str(target) in done.stderr
    assert target.read_text(encoding="utf-8").endswith("</html>")
    assert not (study.path / "out").exists()


def test_a_full_disk_leaves_the_old_page(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    written(study)
    path = study.path / "out" / "agreement.html"
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoppedEarly, match="No space left"):
        replace_whole(path, ["x"])

    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["agreement.html"]
