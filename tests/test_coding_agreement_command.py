"""``coding agreement`` on tables that can be checked by hand."""

import json
import sys
from collections.abc import Callable
from typing import Any

import hand_study
import pytest
from click.testing import CliRunner, Result
from hand_study import BOOK, coding, decision

from codebook.rows import Coding, Decision
from codebook.study import Study
from coding.cli import cli

Make = Callable[..., Study]

GIVEN = {
    "t1": ("USE.err", "USE.err"),
    "t2": ("USE.err", ""),
    "t3": ("USE.place", "USE.err"),
    "t4": ("", ""),
    "t5": ("SEC.mal", "SEC.mal"),
    "t6": ("", ""),
}
"""What each of two coders gave."""


@pytest.fixture
def study(make_study: Make) -> Study:
    made = make_study(codebook=BOOK)
    rows = [
        coding(thread, coder, code)
        for thread, codes in GIVEN.items()
        for coder, code in zip(("coder_a", "coder_b"), codes, strict=True)
    ]
    made.write(Coding, [*rows, coding("t7", "coder_a", "SEC.mal")])
    return made


def called(study: Study, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["agreement", "--study", str(study.path), *arguments])


def as_json(study: Study, *arguments: str) -> list[dict[str, Any]]:
    done = called(study, "--format", "json", *arguments)
    assert done.exit_code == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def estimates(rows: list[dict[str, Any]], **wanted: str) -> dict[str, float | str]:
    """Values by measure of the rows that have these values; the reason where there is none."""
    return {
        row["measure"]: row["undefined"] if row["estimate"] is None else round(row["estimate"], 4)
        for row in rows
        if all(row[name] == value for name, value in wanted.items())
    }


def test_each_code_has_a_row_by_default(study: Study) -> None:
    done = called(study)
    lines = [line.split("  ") for line in done.stdout.splitlines()]

    assert done.exit_code == 0
    assert [line[0] for line in lines[2:]] == ["USE.err", "USE.place", "SEC.mal", "SEC.trust"]
    assert "undefined (constant)" in done.stdout.splitlines()[-1]
    assert "BCa bootstrap over threads, 1000 resamples" in done.stderr
    assert "nan" not in done.stdout


def test_the_measures_of_a_code_are_those_counted_by_hand(study: Study) -> None:
    """USE.err: one agreed, two not, three agreed not; Cohen (4/6 - 5/9) / (4/9)."""
    found = estimates(as_json(study), code="USE.err")

    assert found == {
        "prevalence": 0.2857,
        "percent": 66.6667,
        "cohen": 0.25,
        "fleiss": "fewer than three coders",
        "alpha": 0.3125,
        "ac1": 0.4368,
        "pabak": 0.3333,
        "positive": 0.5,
        "negative": 0.75,
    }


def test_unused_codes_are_listed_and_undefined(study: Study) -> None:
    found = estimates(as_json(study), code="SEC.trust")

    assert found == {
        "prevalence": 0.0,
        "percent": 100.0,
        "cohen": "constant",
        "fleiss": "fewer than three coders",
        "alpha": "constant",
        "ac1": "constant",
        "pabak": "constant",
        "positive": "never given",
        "negative": 1.0,
    }


def test_overall_has_sets_of_codes_sets_of_themes_and_codes_pooled(study: Study) -> None:
    rows = as_json(study, "--by", "overall")

    assert list(dict.fromkeys((row["subject"], row["level"]) for row in rows)) == [
        ("sets", "codes"),
        ("sets", "themes"),
        ("pooled", "codes"),
    ]
    assert estimates(rows, subject="sets", level="codes")["percent"] == 66.6667
    assert estimates(rows, subject="sets", level="themes")["percent"] == 83.3333
    assert estimates(rows, subject="pooled")["percent"] == 87.5


def test_themes_stand_beside_the_codes_below_them(study: Study) -> None:
    found = estimates(as_json(study, "--by", "theme"), code="USE")

    assert found["percent"] == 83.3333
    assert (found["alpha"], found["alpha_of_codes"], found["difference"]) == (0.6857, 0.2326, 0.4532)


def test_parts_and_subjects_combine(study: Study) -> None:
    rows = as_json(study, "--by", "code", "--by", "pair", "--by", "round")

    assert {(row["pair"], row["round"], row["month"]) for row in rows} == {("coder_a · coder_b", 1, None)}
    assert {row["units"] for row in rows if row["measure"] == "prevalence"} == {6}


def test_codes_below_the_threshold_are_marked(study: Study) -> None:
    marks = {row["code"]: row["mark"] for row in as_json(study) if row["measure"] == "alpha"}

    assert marks == {
        "USE.err": "below 0.667",
        "USE.place": "below 0.667",
        "SEC.mal": "may be below 0.667",
        "SEC.trust": None,
    }


def test_an_estimate_lies_in_its_interval_and_the_seed_decides_it(study: Study) -> None:
    rows = as_json(study)

    inside = [row for row in rows if row["low"] is not None]
    assert len(inside) > 8
    assert all(row["low"] - 1e-9 <= row["estimate"] <= row["high"] + 1e-9 for row in inside)
    assert as_json(study) == rows
    assert as_json(study, "--resamples", "300") != rows


def test_decisions_of_an_adjudicator_change_nothing(study: Study) -> None:
    before = called(study, "--by", "code", "--by", "overall", "--format", "csv").stdout
    study.write(Decision, [decision(thread, "SEC.trust") for thread in GIVEN])

    assert called(study, "--by", "code", "--by", "overall", "--format", "csv").stdout == before


@pytest.mark.parametrize("fmt", ["text", "csv", "json", "md", "latex"])
@pytest.mark.parametrize("by", ["code", "theme", "overall", "pair", "round", "month", "arm"])
def test_every_format_and_part_has_no_nan(study: Study, fmt: str, by: str) -> None:
    done = called(study, "--by", by, "--format", fmt, "--resamples", "100")

    assert done.exit_code == 0
    assert "nan" not in done.stdout.lower()


def test_one_coder_alone_is_said(make_study: Make) -> None:
    study = make_study(codebook=BOOK)
    study.write(Coding, [coding("t1", "coder_a", "USE.err"), coding("t2", "coder_a", "")])
    found = estimates(as_json(study), code="USE.err")

    assert {name for name, value in found.items() if value == "one coder"} == set(found) - {"prevalence"}
    assert found["prevalence"] == 0.5
    assert "there is no pair" in called(study, "--by", "pair").stderr


def test_without_codings_the_next_step_is_named(make_study: Make) -> None:
    done = called(make_study(codebook=BOOK))

    assert done.exit_code == 2
    assert "there are no codings yet" in done.stderr
    assert "coding pull" in done.stderr


def test_a_code_that_the_codebook_does_not_have_is_measured_under_its_id(make_study: Make) -> None:
    evil = '=HYPERLINK("x")\x1b[31m'
    study = make_study(codebook=BOOK)
    study.write(Coding, [coding("t1", "coder_a", evil), coding("t1", "coder_b", evil), coding("t2", "coder_a", "")])

    assert "\x1b" not in called(study).stdout
    assert "\n,,,,,code,codes,'=HYPER" in called(study, "--format", "csv").stdout.replace('"', "")
    assert estimates(as_json(study), code=evil)["percent"] == 100.0


def test_a_passage_and_the_whole_unit_are_one_code_of_the_unit(make_study: Make) -> None:
    study = make_study(codebook=BOOK)
    passages = [coding("t1", "coder_a", "USE.err", start=n, end=n + 1) for n in range(3)]
    study.write(Coding, [*passages, coding("t1", "coder_b", "USE.err"), hand_study.coding("t2", "coder_b", "")])

    assert estimates(as_json(study), code="USE.err")["percent"] == 100.0


def test_a_missing_package_is_one_line_that_names_the_extra(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "krippendorff", None)
    done = called(study)

    assert (done.exit_code, done.stderr.count("\n")) == (4, 1)
    assert "pip install 'qualdev[agreement]'" in done.stderr


def test_a_page_excludes_what_would_be_left_out_and_is_no_folder(study: Study) -> None:
    asked = ["agreement", "--study", str(study.path), "--html", str(study.path / "a.html")]
    more = (["--format", "csv"], ["--by", "theme"], ["--output", str(study.path / "o.csv")])
    refused = [CliRunner().invoke(cli, [*asked, *each]) for each in more]
    folder = CliRunner().invoke(cli, ["agreement", "--study", str(study.path), "--html", str(study.path)])

    assert {(each.exit_code, each.stderr.splitlines()[0]) for each in refused} == {
        (2, "cli: --html excludes --output, --format and --by")
    }
    assert (folder.exit_code, f"{study.path}: is a folder" in folder.stderr) == (2, True)
    assert not (study.path / "a.html").exists()
