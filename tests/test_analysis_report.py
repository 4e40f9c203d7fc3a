"""``analysis report``: one file that says what the tables say, and is the same for the same tables."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise

import hand_study
import pytest
from bs4 import BeautifulSoup, Tag
from click.testing import CliRunner
from hand_study import BOOK, HOSTILE, coding, thread
from report_read import no_figures, table, without_figures, words, written

from analysis.cli import cli
from codebook import ledger
from codebook.rows import Coding, Thread
from codebook.study import Study, file_sha256

pytestmark = pytest.mark.usefixtures(no_figures.__name__)
Make = Callable[..., Study]
TOML = '[sources.github]\nkind = "github"\n[sources.forum]\nkind = "discourse"\n[sources.later]\nkind = "discourse"\n'
TESTS = (
    "Rows of crosstabs that are tested: 7, in 3 crosstabs. Each is corrected for the rows of its own crosstab, not for "
    "all: about 5 % of crosstabs without any association show one."
)
CODERS = '[coders]\nnames = ["coder_a", "coder_b"]\n'


@pytest.fixture
def study(make_study: Make) -> Study:
    return hand_study.write(make_study(TOML + CODERS, codebook=BOOK))


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The same study with its report, for tests that only read it."""
    folder = tmp_path_factory.mktemp("report")
    keywords = 'keywords = ["trust_remote_code", "trust_repo"]\n'
    (folder / "study.toml").write_text(f'[study]\ntitle = "A test"\n{keywords}{TOML}{CODERS}', encoding="utf-8")
    (folder / "codebook.yaml").write_text(BOOK, encoding="utf-8")
    study = hand_study.write(Study.open(folder))
    with without_figures():
        written(study)
    return study


@pytest.fixture(scope="module")
def page(reported: Study) -> BeautifulSoup:
    return BeautifulSoup((reported.path / "out" / "report.html").read_text(encoding="utf-8"), "html.parser")


def test_the_path_is_printed_and_the_ledger_has_the_hash(study: Study) -> None:
    done = CliRunner().invoke(cli, ["report", "--study", str(study.path)])

    path = study.path / "out" / "report.html"
    assert (done.exit_code, done.stdout) == (0, f"{path}\n")
    last = list(ledger.runs(study))[-1]
    assert last["command"] == "analysis report"
    assert last["outputs"] == {"out/report.html": file_sha256(path)}
    assert {"codebook.yaml", "tables/codings.parquet"} <= last["inputs"].keys()


def test_crosstabs_have_counts_and_percentages(page: BeautifulSoup) -> None:
    expected = [
        ["theme", "forum", "github", "total"],
        ["Usability", "1 50 % *", "1 50 % *", "2 50 %"],
        ["Security", "0 *", "2 100 % *", "2 50 %"],
        ["(none)", "1 50 %", "0", "1 25 %"],
        ["total", "2", "2", "4"],
    ]
    assert expected == table(page, "Included threads by theme")
    by_code = table(page, "Included threads by code")
    assert by_code[1:3] == [["Usability"], ["Error handling", "1 50 % *", "1 50 % *", "2 50 %"]]
    assert ["Trust model", "0", "0", "0"] in by_code


def test_every_cell_leads_to_its_threads_and_runs(page: BeautifulSoup) -> None:
    links = [a["href"] for t in page.find_all("table", class_="grid") for a in t.find_all("a")]

    assert links[:4] == [f"#theme-source-{place}" for place in ("1-1", "1-2", "2-2", "3-1")]
    assert links[4:9] == [f"#code-source-{place}" for place in ("1-1", "1-2", "2-1", "3-2", "5-1")]
    behind = page.find(id="theme-source-2-2")
    assert words(behind).startswith("Security , github : 2 threads <script>alert(1)</script> | 50 % of $x_1 \\input{y}")
    assert "analysis crosstab theme source --explain SEC github" in words(behind)
    assert "analysis quotes theme=SEC source=github" in words(behind)
    assert "coding-pull-1 , collect-threads-1" in words(behind)
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(set(ids)) == len(ids)
    assert {a["href"][1:] for a in page.find_all("a") if a["href"].startswith("#")} <= set(ids)


def test_a_thread_has_its_codes_by_coder_and_its_posts_as_text(page: BeautifulSoup) -> None:
    article = next(a for a in page.find_all("article") if "https://github.example/t1" in words(a))

    codes = "Malicious code Error handling no message at all"
    assert f"coder_a {codes} codebook 1.0.0 , by coding-pull-1" in words(article)
    assert "coder_b Error handling codebook 1.0.0 , by coding-pull-1" in words(article)
    assert "collected raw page x , by collect-threads-1" in words(article)
    assert "<img src=x onerror=alert(1)>" in words(article)
    assert article.find("img") is None
    quote, run = article.find("q"), article.find("a", string="coding-pull-1")
    assert isinstance(quote, Tag)
    assert words(quote) == "no message at all"
    assert isinstance(run, Tag)
    assert words(page.find(id=str(run["href"])[1:])).startswith("coding-pull-1 coding pull done")


def test_long_posts_are_cut_and_other_schemes_are_no_links(make_study: Make) -> None:
    study = make_study(codebook=BOOK)
    study.write(Thread, [thread("t1", "a", 2024, url="javascript:alert(1)", n_posts=3)])
    study.write(hand_study.Post, [hand_study.post("t1", 0, body="x" * 301)])
    study.write(Coding, [coding("t1", "a", "SEC.mal")])
    page = written(study)

    article = page.find("article")
    assert isinstance(article, Tag)
    assert "x" * 300 + "…" in words(article)
    assert "2 more posts are not shown." in words(article)
    assert "javascript:alert(1)" in words(article)
    assert article.find_all("a") == []


def test_sites_flow_coders_and_caveats_come_from_the_tables(page: BeautifulSoup) -> None:
    assert table(page, "Sites")[1:] == [
        ["forum", "1", "1", "3", "3", "3", "3", "complete"],
        ["github", "1", "0", "2,000", "3", "3", "2", "not complete"],
        ["later", "0", "0", "-", "-", "0", "0", "no slices"],
    ]
    assert table(page, "Slices")[1:] == [["github", "trust_repo", "-", "-", "2,000", "3", "truncated", "-"]]
    steps = [line[:4] for line in table(page, "Threads through the study")]
    assert steps[4:] == [
        ["found", "box", "threads found", "6"],
        ["found", "out", "excluded by rule", "1"],
        ["found", "reason", "only in code", "1"],
        ["included", "box", "included by the rules", "5"],
        ["included", "out", "not coded yet", "1"],
        ["coded", "box", "coded by a coder", "4"],
        ["coded", "out", "not decided yet", "4"],
        ["decided", "box", "decided", "0"],
    ]
    assert table(page, "Coders")[1:] == [["coder_a", "0", "5", "1", "5", "3"], ["coder_b", "0", "3", "1", "3", "2"]]
    assert table(page, "Annotations")[1:] == [["unknown code", "1", "1"]]
    caveats = page.find("ul", class_="caveats")
    assert isinstance(caveats, Tag)
    said = [words(li) for li in caveats.find_all("li")]
    assert said[2].startswith("There are no decisions yet: codes are those of the codings")
    assert said[:2] + said[3:] == [
        "github: slices that are truncated: 1 of 1. Threads may be missing.",
        "later: named in study.toml, but nothing of it has been collected.",
        "Included threads without codings, in no crosstab: 1.",
        "Annotations kept apart (quarantine), in no crosstab: 1.",
        "Agreement has not been measured: run: coding agreement.",
        "Saturation has not been measured: run: coding saturation.",
        "Cells of crosstabs with fewer than 5 threads expected: 14 of 14.",
        TESTS,
    ]


def test_caveats_name_foreign_codes_and_versions(make_study: Make) -> None:
    study = make_study(codebook=BOOK)
    study.write(Thread, [thread("t1", "a", 2024, n_posts=1, n_reported=4)])
    study.write(Coding, [coding("t1", "a", "OLD", codebook_version="0.9.0")])
    text = words(written(study).find("ul", class_="caveats"))

    assert "Codes that the codebook does not have: OLD." in text
    assert "another version of the codebook (0.9.0)" in text
    assert "fewer posts than their site reports: 1." in text


def test_hostile_text_is_text_everywhere(make_study: Make) -> None:
    """Sources, coders, codes, queries, titles and reasons: none of them becomes an element or an attribute."""
    evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>\u202e'
    study = make_study(codebook=BOOK)
    study.write(Thread, [thread("t1", evil, 2024, title=HOSTILE, site=evil, url=f"https://a.example/{evil}")])
    study.write(Coding, [coding("t1", evil, evil)])
    study.write(hand_study.Quarantined, [hand_study.row(hand_study.Quarantined, annotation_id="1", reason=evil)])
    page = written(study)

    assert page.find_all(["script", "img"]) == []
    attributes = {name for tag in page.find_all(True) for name in tag.attrs}
    assert not {a for a in attributes if a.startswith("on")}
    raw = (study.path / "out" / "report.html").read_text(encoding="utf-8")
    assert "\x1b" not in raw
    assert "\u202e" not in raw


def test_the_policy_allows_the_style_sheet_alone(page: BeautifulSoup) -> None:
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})

    assert isinstance(policy, Tag)
    assert re.fullmatch(
        r"default-src 'none'; img-src data:; style-src 'sha256-[A-Za-z0-9+/=]{44}'; "
        r"base-uri 'none'; form-action 'none'",
        str(policy["content"]),
    )
    assert page.find_all(["script", "link", "img", "iframe"]) == []
    assert all(not tag.has_attr("style") for tag in page.find_all(True))


def test_tables_are_semantic(page: BeautifulSoup) -> None:
    assert all(t.caption for t in page.find_all("table"))
    assert all(th.get("scope") in ("col", "row", "rowgroup") for th in page.find_all("th"))
    first = page.find("a")
    assert isinstance(first, Tag)
    assert first["href"] == "#main"
    assert page.html is not None
    assert page.html["lang"] == "en"
    levels = [int(h.name[1]) for h in page.find_all(re.compile(r"^h\d$"))]
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_elements_are_closed_in_order(reported: Study) -> None:
    """The page is well formed: no parser has to guess."""
    open_tags: list[str] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag not in ("meta", "br"):
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Parser().feed((reported.path / "out" / "report.html").read_text(encoding="utf-8"))
    assert open_tags == []
