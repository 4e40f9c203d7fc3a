"""``analysis quotes``: what it quotes of a cell, how it prints it, and studies without words."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import hand_study
import pytest
from click.testing import CliRunner, Result
from hand_study import HOSTILE, coding, decision, post, row, thread

from analysis.cli import cli
from codebook.rows import AgreementMeasure, Coding, Decision, Post, SaturationStep, Thread
from codebook.study import Study

Make = Callable[..., Study]

LICENCES = '[analysis.licences]\ngithub = "site terms"\n'

THREADS = (
    *(thread(f"g{n}", "github", 2024) for n in (1, 2, 3)),
    *(thread(f"f{n}", "forum", 2023) for n in (1, 2)),
)

POSTS = (
    post("g1", 0, author="user-0000000001", body="It fails.\nNo message\nat all, I am lost."),
    post("g1", 1, author="user-0000000002", body="Same here: the flag does nothing."),
    post("g2", 0, author="user-0000000001", body="Where is the error?"),
    post("g3", 0, author="user-0000000003", body="I do not know what this flag means to begin with, really."),
    post("f1", 0, author="user-0000000004", body="Errors of the hub are odd.", licence="CC BY-SA 4.0"),
    post("f2", 0, author="user-0000000005", body="Gone words.", gone=True),
)

CODINGS = (
    coding("g1", "coder_a", "USE.err", quote="No message at all"),
    coding("g1", "coder_b", "USE.err", quote="the flag does nothing"),
    coding("g2", "coder_a", "USE.err", quote="Where is the error?"),
    coding("g3", "coder_a", "USE.err"),
    coding("f1", "coder_a", "USE.err", quote="Errors of the hub are odd"),
    coding("f1", "coder_b", "SEC.mal", quote="odd"),
    coding("f2", "coder_a", "USE.err", quote="Gone words"),
)


@pytest.fixture
def study(make_study: Make) -> Study:
    made = make_study(LICENCES, codebook=hand_study.BOOK)
    made.write(Thread, THREADS)
    made.write(Post, POSTS)
    made.write(Coding, CODINGS)
    return made


def called(study: Study, *arguments: str, code: int = 0) -> Result:
    done = CliRunner().invoke(cli, ["quotes", *arguments, "--study", str(study.path)])
    assert done.exit_code == code, (done.stderr, done.exception)
    return done


def as_json(study: Study, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(called(study, *arguments, "--format", "json").stdout)
    return found


def test_what_two_coders_marked_comes_first_then_authors_in_turn(study: Study) -> None:
    """In g1 both gave the code; its passages are of two authors; g2 is of the first again, and g3 has no passage."""
    actual = [
        (line["quote"], line["thread_id"], line["author"], line["coders"], line["what"])
        for line in as_json(study, "theme=USE", "source=github")
    ]

    assert sorted(actual[:2]) == [
        ("No message at all", "g1", "user-0000000001", ["coder_a"], "passage"),
        ("the flag does nothing", "g1", "user-0000000002", ["coder_b"], "passage"),
    ]
    assert actual[2] == ("Where is the error?", "g2", "user-0000000001", ["coder_a"], "passage")
    assert [line[1:] for line in actual[3:]] == [("g3", "user-0000000003", ["coder_a"], "beginning")]


def test_one_quote_with_everything_that_is_known_of_it(study: Study) -> None:
    (line,) = as_json(study, "code=USE.err", "source=forum", "--n", "1", "--links")

    assert line == {
        "quote": "Errors of the hub are odd",
        "thread_id": "f1",
        "source": "forum",
        "date": "2023-06-01",
        "author": "user-0000000004",
        "codes": ["Error handling"],
        "coders": ["coder_a"],
        "decided": None,
        "what": "passage",
        "searchable": True,
        "licence": "CC BY-SA 4.0",
        "link": "https://forum.example/f1",
    }


def test_decided_codes_come_before_what_coders_alone_gave(study: Study) -> None:
    study.write(Decision, [decision("g1", "SEC.mal"), decision("g2", "USE.err"), decision("g3", "USE.err")])
    found = as_json(study, "theme=USE", "--from", "codings", "--where", "source=github", "--n", "2")
    of_decisions = as_json(study, "theme=USE", "source=github")

    assert [(line["thread_id"], line["decided"]) for line in found] == [("g2", True), ("g1", False)]
    assert [(line["thread_id"], line["what"]) for line in of_decisions] == [("g2", "passage"), ("g3", "beginning")]


def test_what_its_author_took_down_is_not_quoted(study: Study) -> None:
    assert {line["thread_id"] for line in as_json(study, "theme=USE", "source=forum")} == {"f1"}

    study.write(Thread, [replace(each, gone="deleted") if each.thread_id == "f1" else each for each in THREADS])
    done = called(study, "theme=USE", "source=forum")

    assert done.stdout == ""
    assert done.stderr == "theme Usability, source forum: 2 threads; 0 quotes of 0 of them\n"


def test_a_coder_is_quoted_with_what_that_coder_marked(study: Study) -> None:
    found = as_json(study, "theme=USE", "coder=coder_b")

    assert [(line["quote"], line["coders"]) for line in found if line["what"] == "passage"] == [
        ("the flag does nothing", ["coder_b"])
    ]


def test_a_cell_that_is_not_about_codes_is_quoted_too(study: Study) -> None:
    found = as_json(study, "source=github", "year=2024", "--n", "9")

    assert {line["thread_id"] for line in found} == {"g1", "g2", "g3"}


def test_without_codings_posts_begin(study: Study) -> None:
    study.table("codings").unlink()
    found = as_json(study, "source=github", "--n", "9")

    assert sorted((line["thread_id"], line["what"], line["codes"]) for line in found) == [
        ("g1", "beginning", []),
        ("g2", "beginning", []),
        ("g3", "beginning", []),
    ]


def test_the_same_tables_give_the_same_quotes_and_the_seed_decides_their_order(study: Study) -> None:
    first, second = (called(study, "theme=USE", "--n", "9", "--format", "json").stdout for _ in "ab")
    orders = set()
    for seed in range(8):
        text = (study.path / "study.toml").read_text(encoding="utf-8")
        (study.path / "study.toml").write_text(text.replace("[study]", f"[study]\nseed = {seed}"), encoding="utf-8")
        orders.add(tuple(line["quote"] for line in as_json(Study.open(study.path), "theme=USE", "--n", "2")))
        (study.path / "study.toml").write_text(text, encoding="utf-8")

    assert first == second
    assert len(orders) == 2


def test_an_empty_cell_is_told(study: Study) -> None:
    done = called(study, "code=USE.place", "source=forum", "--format", "csv")

    assert done.stderr == "code Flag placement, source forum: no threads; nothing is behind this cell\n"
    assert done.stdout.splitlines() == [
        "quote,thread_id,source,date,author,codes,coders,decided,what,searchable,licence"
    ]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (["theme"], "'theme' is not NAME=VALUE"),
        (["theme=SECUR"], "no theme 'SECUR'"),
        (["teme=SEC"], "no variable 'teme'"),
        (["theme=SEC", "cwe=CWE-502"], "no join connects"),
        (["a=1", "b=2", "c=3", "d=4"], "at most a layer"),
    ],
)
def test_what_is_wrong_with_a_cell_is_said(study: Study, cell: list[str], said: str) -> None:
    assert said in called(study, *cell, code=2).stderr


def test_a_package_without_words_says_so(study: Study) -> None:
    study.write(Post, [replace(each, body="") for each in POSTS])
    study.write(Coding, [replace(each, quote=None) for each in CODINGS])
    done = called(study, "theme=USE")

    assert done.stdout == ""
    assert (
        "there are no words to quote: no posts yet (collect threads), or a package was made without them" in done.stderr
    )


def test_a_licence_of_a_source_that_is_not_there_is_named_with_the_nearest(study: Study) -> None:
    settings = study.path / "study.toml"
    settings.write_text(settings.read_text().replace("[analysis.licences]", '[analysis.licences]\nforun = "CC0"'))

    line = "[analysis.licences] names the source forun that the study does not have. Did you mean 'forum'?"
    assert line in called(Study.open(study.path), "theme=USE").stderr


def test_the_rule_the_warning_and_sources_without_licence_are_told(study: Study) -> None:
    study.write(Post, [replace(each, licence=None) for each in POSTS])
    said = called(study, "theme=USE").stderr

    assert "theme Usability: 5 threads; 5 quotes of" in said
    assert "chosen: passages that coders marked before beginnings of posts" in said
    assert "paraphrase what you publish" in said
    assert "no licence is stated for forum; say it in [analysis.licences] of study.toml" in said


def test_searchable_quotes_can_be_left_unsaid(study: Study) -> None:
    found = as_json(study, "code=USE.err", "--n", "9", "--hide-searchable")

    assert {line["quote"] for line in found if line["thread_id"] == "g3"} == {"[12 words, not shown]"}
    assert {line["quote"] for line in found if line["thread_id"] == "g2"} == {"Where is the error?"}


HOSTILE_QUOTES = (
    HOSTILE,
    "=HYPERLINK(x)",
    "- [a](javascript:alert(1)) `x` <b>",
    "\\end{quotation}\\input{/etc/passwd} %",
)


@pytest.mark.parametrize("fmt", ["text", "csv", "json", "md", "latex"])
def test_hostile_quotes_are_text_in_every_format(study: Study, fmt: str) -> None:
    study.write(Coding, [coding("g1", f"c{n}", "USE.err", quote=text) for n, text in enumerate(HOSTILE_QUOTES)])
    shown = called(study, "theme=USE", "--format", fmt).stdout

    assert "\x1b" not in shown
    assert len(shown) > 100
    if fmt == "latex":
        assert shown.count("\\end{quotation}") == shown.count("\\begin{quotation}") == 4
        assert "\\input" not in shown
    if fmt == "md":
        assert "\n> \\- \\[a\\](javascript:alert(1)) \\`x\\` \\<b\\>" in f"\n{shown}"
        assert "<script>" not in shown
    if fmt == "csv":
        assert "\n'=HYPERLINK" in shown


def test_latex_is_a_quotation_each(study: Study) -> None:
    done = called(study, "code=USE.err", "source=forum", "--n", "1", "--format", "latex")

    assert done.stdout == (
        "\\begin{quotation}\n"
        "\\noindent ``Errors of the hub are odd''\n\n"
        "\\noindent\\hfill --- f1; forum; 2023-06-01; user-0000000004; Error handling by coder\\_a; "
        "licence CC BY-SA 4.0; searchable\n"
        "\\end{quotation}\n"
    )


@pytest.mark.parametrize(
    ("command", "table", "column"),
    [
        (["flow", "--prisma"], "threads", "site"),
        (["quotes", "theme=USE"], "posts", "licence"),
        (["agreement"], "agreement", "basis"),
        (["saturation"], "saturation", "expected"),
    ],
)
def test_a_table_of_another_version_is_named(study: Study, command: list[str], table: str, column: str) -> None:
    study.write(AgreementMeasure, [row(AgreementMeasure, code="USE.err")])
    study.write(SaturationStep, [row(SaturationStep, n=1)])
    older = study.path / "older.parquet"
    with study.connect() as con:
        con.execute(f"COPY (SELECT * EXCLUDE ({column}) FROM {table}) TO '{older}' (FORMAT parquet)")
    older.replace(study.table(table))
    done = CliRunner().invoke(cli, [*command, "--study", str(study.path)])

    assert done.exit_code == 2
    assert f"tables/{table}.parquet: the table cannot be read" in done.stderr
    assert column in done.stderr


@pytest.mark.parametrize("command", [["flow", "--by", "site"], ["agreement"], ["saturation"], ["flow"]])
def test_a_study_with_nothing_in_it_gives_empty_tables(make_study: Make, command: list[str]) -> None:
    done = CliRunner().invoke(cli, [*command, "--study", str(make_study().path)])

    assert done.exit_code == 0
    assert done.stdout


def test_quotes_of_a_study_that_has_only_threads(make_study: Make) -> None:
    study = make_study()
    nothing = called(study, "source=github", code=2).stderr
    study.write(Thread, THREADS)
    done = called(study, "source=github")

    assert "no source 'github'" in nothing
    assert done.stderr.splitlines() == [
        "source github: 3 threads; 0 quotes of 0 of them",
        "there are no words to quote: no posts yet (collect threads), or a package was made without them",
    ]
