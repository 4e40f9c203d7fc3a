"""``analysis crosstab`` with a third variable, and with the weights of the plan, on the study counted by hand."""

import json
from collections.abc import Callable
from itertools import product

import hand_study
import pytest
from click.testing import CliRunner, Result
from hand_study import BOOK, row
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cli import cli
from analysis.crosstab import by_layer, count, pairs
from analysis.question import Asked, resolve
from codebook.rows import Finding, Model, ModelFile, Planned
from codebook.study import Study

Make = Callable[..., Study]


@pytest.fixture
def study(make_study: Make) -> Study:
    return hand_study.write(make_study(codebook=BOOK))


def crosstab(study: Study, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["crosstab", *arguments, "--no-tests", "--study", str(study.path)])


def counted(study: Study, *arguments: str) -> list[str]:
    done = crosstab(study, *arguments, "--format", "csv")
    assert done.exit_code == 0, done.stderr
    return done.stdout.splitlines()


def drawn(study: Study, *units: tuple[str, str, float], kind: str = "thread") -> None:
    """Write a plan: unit, stratum and weight, for both coders."""
    study.write(
        Planned,
        [
            row(Planned, unit_id=u, thread_id=u.split("/")[0], coder=c, stratum=s, weight=w, kind=kind)
            for u, s, w in units
            for c in ("coder_a", "coder_b")
        ],
    )


def test_coders_stand_side_by_side_with_the_codes_that_each_gave(study: Study) -> None:
    """Coder b read t2 without giving a code: it is in (none) of coder b, and of nobody else."""
    expected = [
        "coder,theme,forum,github,total",
        "coder_a,Usability,1,1,2",
        "coder_a,Security,0,2,2",
        "coder_a,(none),1,0,1",
        "coder_a,total,2,2,4",
        "coder_b,Usability,1,1,2",
        "coder_b,Security,0,0,0",
        "coder_b,(none),0,1,1",
        "coder_b,total,1,2,3",
        "total,Usability,1,1,2",
        "total,Security,0,2,2",
        "total,(none),1,1,2",
        "total,total,2,2,4",
    ]
    assert expected == counted(study, "theme", "source", "--by", "coder")
    assert expected == counted(study, "theme", "source", "coder")


def test_text_has_one_block_for_each_layer_and_one_of_all(study: Study) -> None:
    done = crosstab(study, "theme", "source", "--by", "year", "--where", "theme=SEC")

    expected = """\
year: 2023

theme       github    total
--------  --------  -------
Security         1        1
total            1        1

year: 2024

theme       github    total
--------  --------  -------
Security         1        1
total            1        1

year: all of them

theme       github    total
--------  --------  -------
Security         2        2
total            2        2
"""
    assert expected == done.stdout


def test_json_names_the_layer_and_has_null_for_all(study: Study) -> None:
    cells = json.loads(crosstab(study, "theme", "source", "year", "--format", "json").stdout)

    assert len(cells) == (3 + 1) * 3 * 2
    found = [
        (c["layer"], c["layer_id"], c["n"], c["n_all"])
        for c in cells
        if (c["row"], c["col_id"]) == ("Usability", "forum")
    ]
    assert found == [("2023", 2023, 0, 1), ("2024", 2024, 1, 2), ("(none)", None, 0, 1), (None, None, 1, 4)]


def test_codes_beside_codes_keep_their_layer(study: Study) -> None:
    """t1 has both codes from coder a, t3 has two only from both coders together."""
    expected = [
        "coder,code,Error handling,Flag placement,Malicious code,(none),total",
        "coder_a,Error handling,1,0,1,0,1",
        "coder_a,Flag placement,0,1,0,0,1",
    ]
    assert expected == counted(study, "code", "code", "--by", "coder")[:3]
    assert counted(study, "code", "source", "code")[1] == "Error handling,Error handling,1,1,2"


def test_a_cell_of_a_layer_is_explained(study: Study) -> None:
    for words in (
        ("year", "--explain", "Usability", "forum", "2024"),
        ("--by", "year", "--explain", "USE", "forum", "2024"),
    ):
        done = crosstab(study, "theme", "source", *words, "--format", "json")

        assert done.stderr == "theme Usability, source forum, year 2024: 1 thread\n"
        assert {line["thread_id"] for line in json.loads(done.stdout)} == {"t3"}
    empty = crosstab(study, "theme", "source", "year", "--explain", "Usability", "forum", "2023", "--format", "json")
    assert (empty.exit_code, empty.stdout) == (0, "[]\n")
    assert "nothing is behind this cell: it is empty" in empty.stderr
    every = crosstab(study, "theme", "source", "year", "--explain", "Usability", "github")
    assert "theme Usability, source github: 1 thread" in every.stderr


def test_weights_estimate_what_could_have_been_drawn(study: Study) -> None:
    """t1 and t2 stand for 4 threads each, t3 for 1.5; nobody drew t4."""
    drawn(study, ("t1", "github", 4.0), ("t2", "github", 4.0), ("t3", "forum", 1.5))
    done = crosstab(study, "theme", "source", "--weighted", "--format", "csv")

    expected = [
        "theme,forum,forum weighted,github,github weighted,total,total weighted",
        "Usability,1,1.5,1,4,2,5.5",
        "Security,0,0,2,8,2,8",
        "(none),1,0,0,0,1,0",
        "total,2,1.5,2,8,4,9.5",
    ]
    assert expected == done.stdout.splitlines()
    assert "weighted: units of the plan by their design weight; 1 of the counted threads is outside it" in done.stderr
    cells = json.loads(crosstab(study, "theme", "source", "--weighted", "--format", "json").stdout)
    last = {k: v for k, v in cells[1].items() if k.startswith("weighted")}
    assert last == {"weighted_n": 4.0, "weighted_row_percent": 400 / 5.5, "weighted_col_percent": 50.0}
    assert (
        counted(study, "theme", "source", "--weighted", "--percent", "col")[1]
        == "Usability,1,50,1.5,100,1,50,4,50,2,50,5.5,57.89"
    )


def test_posts_and_codings_weigh_what_the_unit_that_was_drawn_weighs(study: Study) -> None:
    drawn(study, ("t1", "github", 4.0), ("t3", "forum", 1.5))
    assert counted(study, "item", "source", "--unit", "post", "--weighted")[1] == "issue,3,3,3,8,6,11"
    assert counted(study, "coder", "source", "--unit", "coding", "--weighted")[1:] == [
        "coder_a,1,1.5,3,8,4,9.5",
        "coder_b,2,3,1,4,3,7",
        "total,3,4.5,4,12,7,16.5",
    ]
    drawn(study, ("t1/0", "github", 4.0), ("t3/1", "forum", 1.5), kind="post")
    assert counted(study, "item", "source", "--unit", "post", "--weighted")[1] == "issue,3,1.5,3,4,6,5.5"


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        ("", ["theme", "source"], "nothing was drawn"),
        ("post", ["theme", "source"], "threads have no weight: the plan draws posts"),
        ("thread", ["cwe", "platform"], "--weighted counts what the plan draws from, and no findings"),
    ],
)
def test_without_weights_there_is_one_clear_error(study: Study, kind: str, arguments: list[str], message: str) -> None:
    if kind:
        drawn(study, ("t1", "s", 2.0), kind=kind)
    done = crosstab(study, *arguments, "--weighted")

    assert done.exit_code == 2
    assert message in done.stderr


FILES = st.sets(st.tuples(st.sampled_from("mno"), st.sampled_from("abcd")), max_size=8)
FOUND = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from(("CWE-1", "CWE-2", None)), st.sampled_from("xy")), max_size=12
)
PLATFORM = {"m": "hub", "n": "zoo", "o": "hub"}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("models")
    (folder / "study.toml").write_text('[study]\ntitle = "Random"\nkeywords = ["x"]\n', encoding="utf-8")
    study = Study.open(folder)
    study.write(Model, [row(Model, model_id=m, platform=p) for m, p in PLATFORM.items()])
    return study


@settings(max_examples=20, deadline=None)
@given(files=FILES, found=FOUND, unit=st.sampled_from(("finding", "model")), layered=st.booleans())
def test_findings_that_are_counted_by_groups_are_those_counted_one_by_one(
    models: Study, files: set[tuple[str, str]], found: list[tuple[str, str | None, str]], unit: str, layered: bool
) -> None:
    models.write(ModelFile, [row(ModelFile, model_id=m, path=s, sha256=s) for m, s in files])
    lines = [(f"f{n}", *rest) for n, rest in enumerate(found)]
    rows = [row(Finding, finding_id=f, sha256=s, cwe=c, tool=t, current=True) for f, s, c, t in lines]
    models.write(Finding, rows)
    question = resolve(models, Asked(rows="cwe", cols="platform", layers="tool" if layered else None, unit=unit))
    with pairs(models, question) as made:
        table = count(made)
        parts = by_layer(made, table)
    met = {
        (f if unit == "finding" else m, c, PLATFORM[m], t)
        for (f, s, c, t), (m, sha) in product(lines, files)
        if s == sha
    }

    assert table.n == {(r, c): len({u for u, q, d, _ in met if (q, d) == (r, c)}) for _, r, c, _ in met}
    assert table.row_n == {r: len({u for u, q, *_ in met if q == r}) for _, r, *_ in met}
    assert table.n_all == len({u for u, *_ in met})
    if layered:
        assert {v: t.n_all for v, t in parts.items()} == {t: len({u for u, *_, o in met if o == t}) for *_, t in met}
