"""``coding evaluate`` on a small study with planted decisions, and what it says of bad input."""

import csv
import io
import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hand_study import coding, decision
from live_studio import put_threads

from codebook.rows import Coding, Decision
from codebook.study import Study
from coding.cli import cli

BOOK = """\
version: "1.0.0"
codes:
  - {id: COOK, name: Cooking, definition: "Somebody prepares food in a kitchen: baking, frying, recipes."}
  - {id: SEA, name: Sailing, definition: "Somebody sails a boat on the sea: wind, waves, harbours."}
  - {id: TAX, name: Taxes, definition: "Somebody has to pay taxes: forms, deductions, the revenue office."}
"""

SAID = {
    "COOK": ("I baked bread in the oven today.", "Fry the onions in butter first.", "My recipe for soup needs salt."),
    "SEA": (
        "The wind filled our sails at noon.",
        "Waves broke over the boat all night.",
        "We anchored in the harbour.",
    ),
    "TAX": ("The tax form has a new deduction.", "The revenue office wants my income.", "How is this tax declared?"),
}
PLAIN = [(f"t{at:02d}", code) for at, code in enumerate(["COOK"] * 6 + ["SEA"] * 4 + ["TAX"] * 2)]
"""Twelve threads that coders read without suggestions, with what was decided."""

MOVED = [(f"u{at}", "TAX") for at in range(3)]
"""Three that one of the coders read with suggestions."""

EVALUATED = (
    "evaluated on 12 units of 12 threads whose coders saw no suggestions; each is scored by models that have not seen "
    "its thread (N folds); 100 resamples"
)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("evaluated")
    (folder / "study.toml").write_text('[study]\ntitle = "t"\nkeywords = ["x"]\nseed = 11\n', encoding="utf-8")
    (folder / "codebook.yaml").write_text(BOOK, encoding="utf-8")
    made = Study.open(folder)
    said = {thread: SAID[code][at % 3] for at, (thread, code) in enumerate(PLAIN)}
    moved = {thread: f"{SAID['COOK'][at]} Really." for at, (thread, _) in enumerate(MOVED)}
    put_threads(made, {thread: [text] for thread, text in (said | moved).items()})
    return decide(made, [*PLAIN, *MOVED])


def decide(study: Study, decided: Iterable[tuple[str, str]]) -> Study:
    """Write codings and decisions; threads u… are read by one coder with suggestions."""
    given = list(decided)
    arms = {thread: "suggested" if thread.startswith("u") else "plain" for thread, _ in given}
    study.write(
        Coding,
        [coding(t, "coder_a", code) for t, code in given]
        + [coding(t, "coder_b", code, arm=arms[t]) for t, code in given],
    )
    study.write(Decision, [decision(thread, code) for thread, code in given])
    return study


def told(result: Result) -> list[str]:
    """What a run says, whatever the number of folds."""
    return re.sub(r"\d+ folds", "N folds", result.stderr).splitlines()


def evaluated(study: Study, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["evaluate", "--study", str(study.path), "--resamples", "100", *arguments])


def test_the_rows_of_what_is_known_beforehand(study: Study) -> None:
    """Majority always says COOK first: it is right for 6 of 12 units. Every thread says what it is about."""
    result = evaluated(study, "--format", "json")
    rows = json.loads(result.stdout)
    of = {(row["method"], row["offers"], row["code"], row["measure"]): row for row in rows}

    assert result.exit_code == 0, result.output
    assert told(result)[-2:] == [
        EVALUATED,
        "decided units that were read with suggestions, and so not counted: 3",
    ]
    assert {(row["units"], row["threads"]) for row in rows} == {(12, 12)}
    most = {measure: of["majority", "likeliest", None, measure] for measure in ("precision@1", "best@1", "coverage")}
    assert {name: row["estimate"] for name, row in most.items()} == {"precision@1": 0.5, "best@1": 1.0, "coverage": 1.0}
    assert {
        key: (of["majority", "likeliest", *key]["estimate"], of["majority", "likeliest", *key]["undefined"])
        for key in (
            (None, "f1_micro"),
            (None, "f1_macro"),
            ("COOK", "precision"),
            ("COOK", "recall"),
            ("SEA", "precision"),
            ("TAX", "f1"),
            ("TAX", "precision@1"),
        )
    } == {
        (None, "f1_micro"): (0.5, None),
        (None, "f1_macro"): (pytest.approx(2 / 9), None),
        ("COOK", "precision"): (0.5, None),
        ("COOK", "recall"): (1.0, None),
        ("SEA", "precision"): (None, "never offered"),
        ("TAX", "f1"): (0.0, None),
        ("TAX", "precision@1"): (None, "never among the first 1"),
    }
    assert of["similarity to definitions", "likeliest", None, "f1_macro"]["estimate"] == 1.0
    assert of["suggestions", "likeliest", None, "precision@1"]["estimate"] == 1.0
    assert of["similarity to definitions", "likeliest", None, "ece"]["undefined"] == "no probabilities"
    assert (
        of["suggestions", "best F1", None, "brier"]["estimate"] < of["majority", "likeliest", None, "brier"]["estimate"]
    )


def test_every_format_has_all_methods_and_a_second_run_says_the_same(study: Study, tmp_path: Path) -> None:
    text, again = evaluated(study), evaluated(study)
    file = tmp_path / "evaluation.csv"
    saved = evaluated(study, "--format", "csv", "--output", str(file))
    (majority,) = [line.split() for line in text.stdout.splitlines() if line.startswith("majority")]

    assert (text.exit_code, saved.exit_code, text.stdout) == (0, 0, again.stdout)
    assert majority[:9] == ["majority", "likeliest", "0.50", "0.50", "0.50", *majority[5:9]]
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    assert len(rows) == 8 * (13 + 3 * 5)


def test_by_code_shows_how_often_each_was_decided_and_why_nothing_is_said(study: Study) -> None:
    shown = [line.split()[:3] for line in evaluated(study, "--by", "code").stdout.splitlines()[2:]]

    assert [row for row in shown if row[2] == "said"] == [
        ["COOK", "6", "said"],
        ["SEA", "4", "said"],
        ["TAX", "2", "said"],
    ]
    assert len(shown) == 6


@pytest.mark.parametrize(
    ("decided", "message"),
    [
        ([], "too few decided units to evaluate on: 0 (threads: 0)"),
        (PLAIN[:1], "too few decided units to evaluate on: 1 (threads: 1)"),
        (
            [(f"u{at}", "TAX") for at in range(3)] + PLAIN[:8],
            "too few decided units to evaluate on: 8 (threads: 8); read with suggestions, and so not counted: 3",
        ),
    ],
)
def test_what_cannot_be_evaluated_is_refused_with_the_numbers(
    study: Study, decided: list[tuple[str, str]], message: str
) -> None:
    result = evaluated(decide(study, decided))
    decide(study, [*PLAIN, *MOVED])

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[0] == f"cli: decisions: {message}"
    assert "At least 10 units with prose in 2 threads are needed" in result.stderr


def test_decided_units_that_are_no_longer_there_are_told_and_left_out(study: Study) -> None:
    result = evaluated(decide(study, [*PLAIN, ("w0", "COOK")]))
    decide(study, [*PLAIN, *MOVED])

    assert result.exit_code == 0
    assert told(result)[-2:] == [
        EVALUATED,
        "decided units without prose, or no longer to be coded, and so not counted: 1",
    ]


def test_one_code_alone_leaves_the_others_undefined(study: Study) -> None:
    result = evaluated(decide(study, [(thread, "COOK") for thread, _ in PLAIN]), "--format", "json")
    decide(study, [*PLAIN, *MOVED])
    of = {(r["method"], r["offers"], r["code"], r["measure"]): r for r in json.loads(result.stdout)}

    assert result.exit_code == 0, result.output
    assert of["suggestions", "likeliest", "SEA", "recall"]["undefined"] == "never decided"
    assert of["majority", "likeliest", None, "f1_macro"]["estimate"] == 1.0
    assert of["majority", "likeliest", None, "f1_macro"]["no_interval"] == "no variation"
