"""``analysis crosstab`` on a study that can be counted by hand (see ``hand_study``)."""

import json
from collections.abc import Callable
from dataclasses import replace

import hand_study
import pytest
from click.testing import CliRunner, Result
from hand_study import BOOK, coding, post, row, thread

from analysis.cli import cli
from codebook.rows import Claim, Coding, Finding, Model, ModelFile, Outcome, Post, Thread
from codebook.study import Study

Make = Callable[..., Study]


@pytest.fixture
def study(make_study: Make) -> Study:
    return hand_study.write(make_study(codebook=BOOK))


@pytest.fixture
def decided(make_study: Make) -> Study:
    return hand_study.write(make_study(codebook=BOOK), decided=True)


def crosstab(study: Study, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["crosstab", *arguments, "--study", str(study.path)])


def counted(study: Study, *arguments: str) -> list[str]:
    """The table as CSV lines; exit status 0."""
    done = crosstab(study, *arguments, "--format", "csv")
    assert done.exit_code == 0, done.stderr
    return done.stdout.splitlines()


def test_threads_count_once_in_each_theme_and_once_in_totals(study: Study) -> None:
    done = crosstab(study, "theme", "source")

    expected = """\
theme        forum    github    total
---------  -------  --------  -------
Usability       1*        1*        2
Security        0*        2*        2
(none)           1         0        1
total            2         2        4
"""
    assert expected == done.stdout
    assert done.stderr == (
        "counted: 4 included threads; 1 without codings are not counted\n"
        "codes are those of the codings: a unit has a code if at least one coder gave it\n"
        "a thread may have several values: totals are distinct, and smaller than sums\n"
        "tested: each theme against source: Fisher's exact test of two columns with small cells\n"
        "all theme values together: p = 0.668 (9999 exchanges of source among whole threads, whichever theme values "
        "go together)\n"
        "no theme differs by source after Holm's correction for 2 tests at 0.05\n"
        "* fewer than 5 threads expected: 4 of 4 cells\n"
        "how well coders agree on these codes is not known: coding agreement measures it\n"
    )
    assert done.exit_code == 0


def test_codes_stand_in_the_order_of_the_codebook(study: Study) -> None:
    expected = [
        "code,forum,github,total",
        "Error handling,1,1,2",
        "Flag placement,1,0,1",
        "Malicious code,0,2,2",
        "(none),1,0,1",
        "total,2,2,4",
    ]
    assert expected == counted(study, "code", "source")
    assert counted(study, "theme", "source", "--level", "code") == expected
    assert "never used: Trust model" in crosstab(study, "code", "source").stderr


def test_percentages_stand_beside_counts(study: Study) -> None:
    done = crosstab(study, "theme", "source", "--percent", "col", "--format", "md")

    expected = """\
| theme     |   forum |   forum % |   github |   github % |   total |   total % |
|:----------|--------:|----------:|---------:|-----------:|--------:|----------:|
| Usability |      1* |        50 |       1* |         50 |       2 |        50 |
| Security  |      0* |         0 |       2* |        100 |       2 |        50 |
| (none)    |       1 |        50 |        0 |          0 |       1 |        25 |
| total     |       2 |       100 |        2 |        100 |       4 |       100 |
"""
    assert expected == done.stdout
    by_row = counted(study, "theme", "source", "--percent", "row")
    assert by_row[1:3] == ["Usability,1,50,1,50,2,100", "Security,0,0,2,100,2,100"]
    assert by_row[3:] == ["(none),1,100,0,0,1,100", "total,2,50,2,50,4,100"]
    assert counted(study, "theme", "source", "--percent", "all")[1] == "Usability,1,25,1,25,2,50"


def test_latex_is_escaped(study: Study) -> None:
    done = crosstab(study, "label", "source", "--percent", "all", "--format", "latex")

    expected = r"""\begin{tabular}{lrrrrrr}
\toprule
 label   &   forum &   forum \% &   github &   github \% &   total &   total \% \\
\midrule
 =1+1    &      0* &         0 &       1* &         20 &       1 &        20 \\
 bug     &      0* &         0 &       2* &         40 &       2 &        40 \\
 (none)  &       3 &        60 &        0 &          0 &       3 &        60 \\
 total   &       3 &        60 &        2 &         40 &       5 &       100 \\
\bottomrule
\end{tabular}
"""
    assert expected == done.stdout


def test_spreadsheets_get_no_formulas_in_rows_or_headings(study: Study) -> None:
    assert counted(study, "label", "source")[1] == "'=1+1,0,1,1"
    assert counted(study, "source", "label")[0] == "source,'=1+1,bug,(none),total"


def test_json_has_one_object_per_cell_with_types(study: Study) -> None:
    done = crosstab(study, "theme", "year", "--no-tests", "--format", "json")

    cells = json.loads(done.stdout)
    assert len(cells) == 3 * 3
    common = {"row": "Usability", "row_id": "USE", "row_n": 2, "n_all": 4}
    expected = [
        common | {"col": "2023", "col_id": 2023, "n": 1, "col_n": 1, "row_percent": 50.0, "col_percent": 100.0},
        common | {"col": "2024", "col_id": 2024, "n": 1, "col_n": 2, "row_percent": 50.0, "col_percent": 50.0},
        common | {"col": "(none)", "col_id": None, "n": 0, "col_n": 1, "row_percent": 0.0, "col_percent": 0.0},
    ]
    assert expected == cells[:3]


def test_a_coder_is_counted_with_the_codes_that_coder_gave(study: Study) -> None:
    """Coder b read t2 and gave it no code; t2 has a code all the same, so it is in (none) for coder b only."""
    expected = ["theme,coder_a,coder_b,total", "Usability,2,2,2", "Security,2,0,2", "(none),1,1,2", "total,4,3,4"]
    assert expected == counted(study, "theme", "coder")


def test_codes_beside_codes_count_threads_that_have_both(study: Study) -> None:
    expected = [
        "code,Error handling,Flag placement,Malicious code,(none),total",
        "Error handling,2,1,1,0,2",
        "Flag placement,1,1,0,0,1",
        "Malicious code,1,0,2,0,2",
        "(none),0,0,0,1,1",
        "total,2,1,2,1,4",
    ]
    assert expected == counted(study, "code", "code")


def test_excluded_threads_count_only_if_asked_for(study: Study) -> None:
    assert counted(study, "item", "source") == ["item,forum,github,total", "issue,3,2,5", "total,3,2,5"]
    assert counted(study, "item", "source", "--all")[1] == "issue,3,3,6"
    assert counted(study, "included", "source") == [
        "included,forum,github,total",
        "no,0,1,1",
        "yes,3,2,5",
        "total,3,3,6",
    ]
    assert counted(study, "reason", "source") == ["reason,github,total", "only in code,1,1", "total,1,1"]


def test_units(study: Study) -> None:
    """A code on a whole thread counts for each of its posts; a coding without a code is no coding."""
    assert counted(study, "theme", "source", "--unit", "post")[1:3] == ["Usability,2,2,4", "Security,0,3,3"]
    codings = ["theme,forum,github,total", "Usability,3,2,5", "Security,0,2,2", "total,3,4,7"]
    assert counted(study, "theme", "source", "--unit", "coding") == codings


def test_a_code_on_a_post_belongs_to_that_post_alone(make_study: Make) -> None:
    study = make_study(codebook=BOOK)
    study.write(Thread, [thread("t1", "github", 2024)])
    study.write(Post, [post("t1", 0), post("t1", 1, role="answer")])
    study.write(Coding, [coding("t1", "a", "SEC.mal", unit_id="t1/1"), coding("t1", "a", "USE.err", unit_id="t1")])

    expected = ["code,answer,opening,total", "Error handling,1,1,1", "Malicious code,1,0,1", "total,1,1,1"]
    assert expected == counted(study, "code", "role")


def test_conditions_hold_for_the_rows_that_are_counted(study: Study) -> None:
    assert counted(study, "theme", "source", "--where", "coder=coder_b")[1:] == [
        "Usability,1,1,2",
        "(none),0,1,1",
        "total,1,2,3",
    ]
    assert counted(study, "code", "source", "--where", "theme=Security") == [
        "code,github,total",
        "Malicious code,2,2",
        "total,2,2",
    ]
    several = ["--where", "year=2024", "--where", "source!=forum"]
    assert counted(study, "theme", "source", *several) == ["theme,github,total", "Security,1,1", "total,1,1"]
    assert counted(study, "item", "source", "--where", "year=(none)")[-1] == "total,1,1"
    assert counted(study, "item", "source", "--where", "year!=")[-1] == "total,2,2,4"


def test_leaving_codes_out_makes_no_unit_one_without_codes(study: Study) -> None:
    """Coder a gave t2 a code of Security and coder b none: without Security it is not in the table, nor in (none)."""
    none = ["(none),1,0,1", "total,2,1,3"]
    assert counted(study, "theme", "source", "--where", "theme!=SEC")[1:] == ["Usability,1,1,2", *none]
    assert counted(study, "theme", "source", "--where", "code!=SEC.mal")[1:] == ["Usability,1,1,2", *none]
    assert counted(study, "theme", "source", "--where", "theme=(none)") == [
        "theme,forum,total",
        "(none),1,1",
        "total,1,1",
    ]
    assert counted(study, "item", "source", "--where", "theme!=SEC")[1] == "issue,2,1,3"
    assert counted(study, "item", "source", "--where", "theme=(none)")[1] == "issue,1,1"
    assert counted(study, "theme", "theme", "--where", "theme!=SEC")[-1] == "total,2,1,3"
    by_coder = counted(study, "theme", "coder", "--where", "theme!=SEC")
    assert by_coder == ["theme,coder_a,coder_b,total", "Usability,2,2,2", "(none),1,1,2", "total,3,3,4"]


def test_decisions_count_when_there_are_any(decided: Study) -> None:
    expected = ["theme,forum,github,total", "Usability,1,1,2", "Security,0,1,1", "(none),0,1,1", "total,1,2,3"]
    assert expected == counted(decided, "theme", "source")
    assert "codes are those of the decisions\n" in crosstab(decided, "theme", "source").stderr
    assert counted(decided, "theme", "source", "--from", "codings")[-1] == "total,2,2,4"
    assert counted(decided, "theme", "by")[0] == "theme,agreement,coder_c,total"


def test_what_only_codings_have_comes_from_codings(decided: Study) -> None:
    done = crosstab(decided, "theme", "coder")

    assert "codes are those of the codings, not of the decisions" in done.stderr
    assert crosstab(decided, "theme", "coder", "--from", "decisions").exit_code == 2


def test_columns_that_share_a_name_stay_apart(make_study: Make) -> None:
    study = make_study()
    study.write(Thread, [thread(f"t{n}", s, 2024) for n, s in enumerate(("total", "item", "a", "a %"))])

    expected = ["item,a,a % (2),item (2),total (2),total", "issue,1,1,1,1,4", "total,1,1,1,1,4"]
    assert expected == counted(study, "item", "source")


def test_risk_and_claims(make_study: Make) -> None:
    """A finding in a file of two models is one, and one on each platform; what an older version said is none."""
    study = make_study()
    study.write(Model, [row(Model, model_id=m, platform=p) for m, p in (("m1", "hub"), ("m2", "zoo"))])
    study.write(ModelFile, [row(ModelFile, model_id=m, path="a.py", sha256="aa") for m in ("m1", "m2")])
    one = row(Finding, finding_id="f1", tool="bandit", cwe="CWE-502", severity="high", sha256="aa", current=True)
    study.write(Finding, [one, replace(one, finding_id="f0", tool_version="0", current=False)])
    outcomes = {"bandit": "scanned", "yara": "failed"}
    by_tool = [row(Outcome, tool=t, sha256="aa", status=s, current=True) for t, s in outcomes.items()]
    study.write(Outcome, [*by_tool, replace(by_tool[0], tool_version="0", status="timed_out", current=False)])
    study.write(Claim, [row(Claim, claim_id=v, platform="hub", level=v) for v in ("block", "none", "warn")])

    assert counted(study, "cwe", "platform") == ["cwe,hub,zoo,total", "CWE-502,1,1,1", "total,1,1,1"]
    assert counted(study, "cwe", "platform", "--unit", "model")[-1] == "total,1,1,2"
    expected = ["tool,failed,scanned,total", "bandit,0,1,1", "yara,1,0,1", "total,1,1,1"]
    assert expected == counted(study, "tool", "status")
    assert counted(study, "platform", "level")[0] == "platform,none,warn,block,total"
