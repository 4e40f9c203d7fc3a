"""The variables of a crosstab: what the data dictionary makes one, and how those of units meet codes."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner
from hand_study import BOOK, coding, post, row, thread

from analysis.cli import cli
from analysis.variables import VARIABLES
from codebook.rows import TABLES, Coding, Content, Finding, Match, Model, ModelFile, Planned, Post, Thread, Topic
from codebook.study import Study
from codebook.tables import columns

Make = Callable[..., Study]


def counted(study: Study, *arguments: str) -> list[str]:
    made = ["crosstab", *arguments, "--no-tests", "--format", "csv", "--study", str(study.path)]
    done = CliRunner().invoke(cli, made)
    assert done.exit_code == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def study(make_study: Make) -> Study:
    """One thread with two posts; coder a gave a code to each post, b one to the whole thread."""
    study = make_study(codebook=BOOK)
    study.write(Thread, [thread("t1", "github", 2024)])
    study.write(Post, [post("t1", 0), post("t1", 1)])
    given = (("a", "SEC.mal", "t1/0"), ("a", "USE.err", "t1/1"), ("b", "USE.place", "t1"))
    study.write(Coding, [coding("t1", who, code, unit_id=unit) for who, code, unit in given])
    return study


@pytest.mark.parametrize(
    "table", ["threads", "posts", "codings", "decisions", "models", "findings", "outcomes", "claims"]
)
def test_every_column_of_fixed_words_and_of_yes_and_no_is_a_variable(table: str) -> None:
    grouping = {c.name for c in columns(TABLES[table]) if (c.choices or c.type is bool) and not c.many}
    homes = {name for name, variables in VARIABLES.items() if any(v.table == table for v in variables)}

    assert grouping - homes <= {"current"}


def test_a_keyword_meets_the_code_of_its_post_and_of_the_whole_thread(study: Study) -> None:
    found = (("trust_repo", "t1/1"), ("trust_remote_code", None))
    study.write(Match, [row(Match, thread_id="t1", post_id=p, keyword=k, place="prose") for k, p in found])

    expected = [
        "code,trust_remote_code,trust_repo,total",
        "Error handling,0,1,1",
        "Flag placement,1,1,1",
        "total,1,1,1",
    ]
    assert expected == counted(study, "code", "keyword")


def test_a_topic_meets_the_code_of_its_unit(study: Study) -> None:
    study.write(Topic, [row(Topic, unit_id=f"t1/{n}", thread_id="t1", topic=n - 1) for n in (0, 1)])
    expected = [
        "code,'-1,0,total",
        "Error handling,0,1,1",
        "Flag placement,1,1,1",
        "Malicious code,1,0,1",
        "total,1,1,1",
    ]
    assert expected == counted(study, "code", "topic")
    study.write(Topic, [row(Topic, unit_id="t1", thread_id="t1", topic=7)])
    assert counted(study, "code", "topic")[1:] == [
        "Error handling,1,1",
        "Flag placement,1,1",
        "Malicious code,1,1",
        "total,1,1",
    ]


def test_a_stratum_meets_the_code_of_who_was_to_give_it(study: Study) -> None:
    drawn = (("t1/0", "a", "short"), ("t1/1", "a", "long"), ("t1", "b", "whole"))
    study.write(
        Planned,
        [
            row(Planned, unit_id=u, thread_id="t1", coder=c, stratum=s, round=1, arm="plain", weight=1.0)
            for u, c, s in drawn
        ],
    )
    expected = [
        "code,long,short,whole,total",
        "Error handling,1,0,0,1",
        "Flag placement,0,0,1,1",
        "Malicious code,0,1,0,1",
    ]
    assert expected == counted(study, "code", "stratum")[:-1]


def test_kinds_of_files_beside_platforms(make_study: Make) -> None:
    study = make_study()
    study.write(Model, [row(Model, model_id=m, platform=m) for m in "mn"])
    study.write(ModelFile, [row(ModelFile, model_id=m, path=s, sha256=s) for m, s in ("ma", "na", "nb")])
    study.write(Content, [row(Content, sha256=s, suffix=x) for s, x in (("a", ".py"), ("b", ".pt"), ("c", ".py"))])
    found = (("f1", "a"), ("f2", "a"), ("f3", "b"), ("f4", "c"))
    study.write(Finding, [row(Finding, finding_id=f, sha256=s, cwe="CWE-1", current=True) for f, s in found])

    assert counted(study, "suffix", "platform") == ["suffix,m,n,total", ".pt,0,1,1", ".py,1,1,1", "total,1,2,2"]
    assert counted(study, "cwe", "suffix") == ["cwe,.pt,.py,total", "CWE-1,1,3,4", "total,1,3,4"]
    expected = [".pt,CWE-1,0,1,1", ".pt,total,0,1,1", ".py,CWE-1,2,2,2", ".py,total,2,2,2"]
    assert counted(study, "cwe", "platform", "suffix")[1:5] == expected
