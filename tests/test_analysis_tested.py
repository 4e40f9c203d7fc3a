"""``analysis crosstab`` tests its rows: which test, what is said, what is marked, and why there is none."""

import json
from collections.abc import Callable, Iterable

import pytest
from click.testing import CliRunner
from hand_study import BOOK, HOSTILE, coding, decision, post, row, thread

from analysis.cli import cli
from codebook import ledger
from codebook.rows import AgreementMeasure, Planned, Row
from codebook.study import Study

Make = Callable[..., Study]

PLAIN = dict.fromkeys(("source", "round", "arm", "month", "pair"))


def written(study: Study, *tables: Iterable[Row]) -> Study:
    """The tables, each by a run."""
    with ledger.run(study, "collect threads", {}) as run:
        for rows in map(list, tables):
            run.write(type(rows[0]), rows)
    return study


@pytest.fixture
def study(make_study: Make) -> Study:
    """100 threads, half of each source; the error code stands in 40 of the forum and 10 of github, the others in both.

    ::

        Error handling  forum 40  github 10    Malicious code  20  20    Flag placement  1  0    none  1  0
    """
    threads = [thread(f"t{i:03}", "forum" if i < 50 else "github", 2021 + i % 3) for i in range(100)]
    codes = [decision(t.thread_id, "USE.err") for t in (*threads[:40], *threads[50:60])]
    codes += [decision(t.thread_id, "SEC.mal") for t in (*threads[28:48], *threads[58:78])]
    codes += [decision(threads[48].thread_id, "USE.place"), decision(threads[49].thread_id, "")]
    rest = [decision(t.thread_id, "SEC.trust") for t in threads[78:]]
    return written(make_study(codebook=BOOK), threads, [*codes, *rest])


def crosstab(study: Study, *arguments: str) -> tuple[str, list[str]]:
    """The table, and what was said beside it."""
    done = CliRunner().invoke(cli, ["crosstab", *arguments, "--study", str(study.path)])
    assert done.exit_code == 0, done.stderr
    return done.stdout, done.stderr.splitlines()


def cells(study: Study, *arguments: str) -> dict[tuple[str, str], dict[str, object]]:
    """The cells by their ids."""
    found = json.loads(crosstab(study, *arguments, "--format", "json")[0])
    return {(cell["row_id"], cell["col_id"]): cell for cell in found}


def test_the_test_follows_the_cells_and_is_said_with_what_came_out(study: Study) -> None:
    shown, said = crosstab(study, "code", "source")

    expected = """\
code              forum    github    total
--------------  -------  --------  -------
Error handling      40▲       10▼       50
Flag placement       1*        0*        1
Malicious code       20        20       40
Trust model          0▼       22▲       22
(none)                1         0        1
total                50        50      100
"""
    assert expected == shown
    assert said[3] == (
        "tested: each code against source: chi-square where no cell expects fewer than 1 and at most a fifth fewer "
        "than 5 (Cochran's rule), Fisher's exact test of two columns with small cells"
    )
    assert said[4].startswith("all code values together: p = 0.0001 (9999 exchanges of source among whole threads")
    assert said[5] == (
        "differ by source after Holm's correction for 4 tests at 0.05: Error handling (p < 0.0001, V 0.59, 0.40 to 0.80"
        "); Trust model (p < 0.0001, V 0.52, 0.34 to 0.73); V is Cramér's, corrected for bias, with its 95 % interval"
    )
    assert said[6] == "* fewer than 5 threads expected: 2 of 8 cells"
    assert said[7] == "▲ more and ▼ fewer than expected (adjusted residuals, Holm's correction over all cells)"
    assert said[8] == "how well coders agree on these codes is not known: coding agreement measures it"


def test_json_has_what_is_expected_and_the_test_of_the_row(study: Study) -> None:
    found = cells(study, "code", "source")

    err = found["USE.err", "forum"]
    assert (err["expected"], err["residual"]) == (25.0, pytest.approx(6.0))
    assert (err["test"], err["flags"]) == ("chi-square", [])
    assert err["p"] == pytest.approx(1.9732e-09, rel=1e-3)
    assert err["p_holm"] == pytest.approx(4 * 1.9732e-09, rel=1e-3)
    assert err["p_bh"] == pytest.approx(4 * 1.9732e-09, rel=1e-3)
    assert err["p_max"] == 0.0001
    place = found["USE.place", "github"]
    assert (place["expected"], place["test"], place["p"], place["flags"]) == (0.5, "Fisher", 1.0, ["small"])
    nobody = found[None, "forum"]
    assert (nobody["n"], nobody["expected"], nobody["p"], nobody["flags"]) == (1, None, None, [])


def test_without_tests_nothing_is_said_or_marked(study: Study) -> None:
    shown, said = crosstab(study, "code", "source", "--no-tests")

    assert "40▲" not in shown
    assert [line for line in said if "test" in line] == []
    assert "expected" not in cells(study, "code", "source", "--no-tests")["USE.err", "forum"]
    assert "*" not in crosstab(study, "code", "source", "--format", "csv")[0]


def test_codes_on_which_coders_do_not_agree_stand_back(study: Study) -> None:
    low = row(AgreementMeasure, subject="code", code="USE.err", measure="alpha", estimate=0.41, **PLAIN)
    good = row(AgreementMeasure, subject="code", code="SEC.mal", measure="alpha", estimate=0.9, **PLAIN)
    part = row(
        AgreementMeasure, subject="code", code="SEC.mal", measure="alpha", estimate=0.1, **PLAIN | {"source": "forum"}
    )
    written(study, [low, good, part])
    shown, said = crosstab(study, "code", "source")

    assert "Error handling †" in shown
    assert "Malicious code †" not in shown
    assert said[-1] == "† coders agree less than 0.667 (alpha): Error handling"
    assert cells(study, "code", "source")["USE.err", "github"]["flags"] == ["low agreement"]


def test_a_trend_over_columns_that_have_an_order(study: Study) -> None:
    threads = [thread(f"t{i:03}", "forum", 2021 + i // 40) for i in range(120)]
    given = [decision(t.thread_id, "USE.err") for t in (*threads[:4], *threads[40:52], *threads[80:104])]
    rest = [decision(t.thread_id, "SEC.mal") for t in threads]
    written(study, threads, [*given, *rest])
    said = crosstab(study, "code", "year")[1]

    assert "trend over year (Cochran-Armitage, Holm): Error handling rises (p < 0.0001)" in said


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("code", "site", "--where", "source=forum"), "there is one site only (forum), and nothing to compare it with"),
        (("code", "source", "--where", "code=SEC.trust", "--where", "source=forum"), "nothing was counted"),
        (("label", "source"), "no threads have a label"),
        (("item", "source"), "each item is that of all threads: nothing varies"),
    ],
)
def test_why_there_is_no_test(study: Study, arguments: tuple[str, ...], why: str) -> None:
    assert f"no test: {why}" in crosstab(study, *arguments)[1]


def test_codes_beside_codes_are_tested_cell_by_cell(study: Study) -> None:
    found = cells(study, "code", "theme")
    said = crosstab(study, "code", "theme")[1]

    assert "rows and columns are values of the same units: each cell is tested by itself" in said
    assert found["USE.err", "USE"]["residual"] is None
    assert found["USE.err", "SEC"]["residual"] == pytest.approx(-7.005, abs=0.001)


def test_coders_are_compared_on_what_they_read_together(make_study: Make) -> None:
    """Coder b gives the error code to every thread, coder a to one in three; of malicious code they say the same."""
    threads = [thread(f"t{i:02}", "forum", 2024) for i in range(30)]
    given = [coding(t.thread_id, "coder_b", "USE.err") for t in threads]
    given += [coding(t.thread_id, "coder_a", "USE.err" if i % 3 == 0 else "") for i, t in enumerate(threads)]
    given += [coding(t.thread_id, coder, "SEC.mal") for t in threads[::3] for coder in ("coder_a", "coder_b")]
    study = written(make_study(codebook=BOOK), threads, given)
    said = crosstab(study, "code", "coder")[1]

    assert any("coder values exchanged within each of the threads that several read" in line for line in said)
    found = cells(study, "code", "coder")
    assert found["USE.err", "coder_a"]["p"] == pytest.approx(7.744e-06, rel=1e-3)
    assert (found["SEC.mal", "coder_a"]["p"], found["SEC.mal", "coder_a"]["residual"]) == (None, None)
    layered = crosstab(study, "code", "site", "--by", "coder")[1]
    assert [line for line in layered if line.startswith("no test: there is one site only")]


def test_layers_are_tested_within_each(study: Study) -> None:
    said = crosstab(study, "code", "source", "--by", "year")[1]

    within = next(line for line in said if line.startswith("within each year"))
    assert within.startswith("within each year (generalised Cochran-Mantel-Haenszel): all together p = 0.0001; after")
    assert "correction: Error handling (odds ratio 16." in within
    assert within.endswith(", Trust model")  # nobody gave it in the forum: no odds
    found = json.loads(crosstab(study, "code", "source", "--by", "year", "--format", "json")[0])
    of_layer = next(cell for cell in found if cell["layer_id"] == 2021 and cell["row_id"] == "USE.err")
    assert of_layer["expected"] == pytest.approx(of_layer["row_n"] * of_layer["col_n"] / of_layer["n_all"])
    assert of_layer["p"] is None


def test_posts_of_a_thread_are_a_cluster(study: Study) -> None:
    threads = [thread(f"t{i:03}", "forum" if i < 50 else "github", 2021) for i in range(100)]
    written(study, [post(t.thread_id, position) for t in threads for position in range(3)])
    said = crosstab(study, "code", "source", "--unit", "post")[1]

    assert "tested: each code against source: Rao-Scott: posts that stand together count as a cluster" in "\n".join(
        said
    )
    p = cells(study, "code", "source", "--unit", "post")["USE.err", "forum"]["p"]
    assert isinstance(p, float)
    assert 1e-12 < p < 1e-6  # of 300 independent posts it would be 3e-25


def test_hostile_labels_are_said_on_one_line(study: Study) -> None:
    threads = [
        thread(f"t{i:03}", "forum" if i < 50 else "github", 2021, labels=(HOSTILE,) * (i < 40)) for i in range(100)
    ]
    written(study, threads)
    said = crosstab(study, "label", "source")[1]

    assert any(line.startswith("differ by source") and "<script>alert(1)</script>" in line for line in said)
    assert not any("\x1b" in line for line in said)


def test_weights_of_the_plan_are_in_the_test(study: Study) -> None:
    common = {"kind": "thread", "coder": "coder_a", "round": 1, "arm": "plain"}
    plan = [
        row(Planned, unit_id=name, thread_id=name, weight=1.0 + i % 2, stratum=f"s{i % 2}", **common)
        for i, name in enumerate(f"t{i:03}" for i in range(90))
    ]
    written(study, plan)
    said = "\n".join(crosstab(study, "code", "source", "--weighted")[1])

    assert "Rao-Scott: threads count by their design weights, within strata" in said
    assert "Error handling (p < 0.0001)" in said


def test_the_same_tables_give_the_same_numbers(study: Study) -> None:
    assert crosstab(study, "code", "source", "--format", "json") == crosstab(
        study, "code", "source", "--format", "json"
    )


def test_threads_that_nobody_coded_are_no_error(make_study: Make) -> None:
    study = written(make_study(codebook=BOOK), [thread("t1", "forum", 2024)], [post("t1", 0)])

    assert "no test: nothing was counted" in crosstab(study, "code", "source")[1]
