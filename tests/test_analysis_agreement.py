"""``analysis agreement`` and ``analysis saturation``: what coding has measured, and how old it is."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hand_study import BOOK, coding, row

from analysis.agreement.measures import marked
from analysis.agreement.standing import warnings
from analysis.cli import cli
from codebook.agreed import basis
from codebook.rows import AgreementMeasure, Coding, SaturationStep
from codebook.study import Study

Make = Callable[..., Study]

NO_PART: dict[str, Any] = dict.fromkeys(("source", "round", "arm", "month", "pair"))


def measure(code: str | None, name: str, estimate: float | None, **values: Any) -> AgreementMeasure:
    subject = {None: "pooled", "USE": "theme", "SEC": "theme"}.get(code, "code")
    level = "themes" if subject == "theme" else "codes"
    common = {"subject": subject, "level": level, "units": 40, "coders": 2, "resamples": 1000, "basis": "of then"}
    return row(
        AgreementMeasure, code=code, measure=name, estimate=estimate, **NO_PART | common | values, run_id="coding-1"
    )


def measured(code: str | None, alpha: float | None, low: float | None, **values: Any) -> list[AgreementMeasure]:
    """The measures that are shown: percent, kappa, alpha and AC1."""
    undefined = {"undefined": "constant", "no_interval": "constant"} if alpha is None else {}
    ends = {"low": low, "high": None if low is None else 0.95}
    return [
        measure(code, "percent", 87.5, **values),
        measure(code, "cohen", alpha, **ends, **undefined, **values),
        measure(code, "alpha", alpha, **ends, **undefined, **values),
        measure(code, "ac1", 0.8, low=0.7, high=0.9, **values),
    ]


ROWS = [
    *measured(None, 0.7, 0.6),
    *measured("SEC", 0.9, 0.8),
    *measured("SEC.mal", 0.9, 0.8),
    *measured("SEC.trust", None, None),
    *measured("USE.err", 0.5, 0.4),
    *measured("USE.place", 0.7, 0.5),
    *measured("USE.err", 0.6, 0.3, source="github", units=25),
    *measured("USE.err", 0.3, 0.1, source="forum", units=15),
]


@pytest.fixture
def study(make_study: Make) -> Study:
    made = make_study(codebook=BOOK)
    made.write(Coding, [coding("t1", "coder_a", "USE.err")])
    with made.connect() as con:
        now = basis(con, made)
    made.write(AgreementMeasure, [replace(each, basis=now) for each in ROWS])
    return made


def called(study: Study, *arguments: str, code: int = 0) -> Result:
    done = CliRunner().invoke(cli, [*arguments, "--study", str(study.path)])
    assert done.exit_code == code, done.stderr
    return done


def test_everything_themes_and_codes_in_the_order_of_the_codebook(study: Study) -> None:
    done = called(study, "agreement")
    text = done.stdout.splitlines()

    assert done.stderr.splitlines() == ["intervals: 95 %, BCa bootstrap over threads, 1000 resamples; threshold: 0.667"]
    assert [line.split("  ")[0] for line in text[2:]] == [
        "codes, pooled",
        "SEC",
        "USE.err",
        "USE.place",
        "SEC.mal",
        "SEC.trust",
    ]
    line = "USE.err Error handling 40 2 88 % 0.50 [0.40, 0.95] 0.50 [0.40, 0.95] 0.80 [0.70, 0.90] below 0.667"
    assert " ".join(text[4].split()) == line
    assert text[5].endswith("may be below 0.667")
    assert "undefined (constant)" in text[7]


def test_by_source(study: Study) -> None:
    found = json.loads(called(study, "agreement", "--by", "source", "--by", "code", "--format", "json").stdout)
    actual = [(e["source"], e["code"], e["name"], e["measure"], e["estimate"], e["units"], e["mark"]) for e in found]

    assert [line for line in actual if line[3] == "alpha"] == [
        ("forum", "USE.err", "Error handling", "alpha", 0.3, 15, "below 0.667"),
        ("github", "USE.err", "Error handling", "alpha", 0.6, 25, "below 0.667"),
    ]


def test_a_part_that_was_not_measured_is_named_with_the_command_that_measures_it(study: Study) -> None:
    done = called(study, "agreement", "--by", "pair", "--by", "round", code=2)

    assert "agreement has not been measured by round and pair" in done.stderr
    assert "Run: coding agreement --by round --by pair" in done.stderr


def test_codings_that_came_later_are_told(study: Study) -> None:
    study.write(Coding, [coding("t1", "coder_a", "USE.place")])
    done = called(study, "agreement")

    assert done.stderr.splitlines()[-1] == (
        "agreement is older than the codings or the codebook, its numbers are of what was there before; "
        "run: coding agreement"
    )
    with study.connect() as con:
        actual = list(warnings(con, study))
    older = "Agreement is older than the codings or the codebook, its numbers are of what was there before"

    assert actual == [f"{older}; run: coding agreement.", "Saturation has not been measured: run: coding saturation."]


def test_before_anything_is_measured_the_command_that_measures_is_named(make_study: Make) -> None:
    study = make_study()
    agreement, saturation = called(study, "agreement", "--format", "json"), called(study, "saturation")

    assert json.loads(agreement.stdout) == []
    assert agreement.stderr == (
        "agreement has not been measured: there are no codings yet; run coding pull, then run: coding agreement\n"
    )
    assert saturation.stdout.split() == [
        *("source", "n", "thread_id", "new_codes", "found", "expected", "low", "high"),
        *("--------", "---", "-----------", "-----------", "-------", "----------", "-----", "------"),
    ]
    with study.connect() as con:
        assert list(warnings(con, study)) == []


def test_codes_below_the_threshold_of_the_study(study: Study) -> None:
    """A theme without codes below it is measured as a code; here both codes of USE count for themselves."""
    assert marked(study, "code") == {"USE.err": "below 0.667", "USE.place": "may be below 0.667"}
    assert marked(study, "theme") == {"USE.err": "below 0.667", "USE.place": "may be below 0.667"}


def test_hostile_codes_of_a_table_are_text(study: Study) -> None:
    evil = "\x1b[31m\\input{x}"
    study.write(AgreementMeasure, measured(evil, 0.5, 0.4))

    assert "\x1b" not in called(study, "agreement").stdout
    assert "\\input" not in called(study, "agreement", "--format", "latex").stdout


def test_curves_of_saturation(study: Study) -> None:
    steps = [(None, 1, "t1", 2, 2), (None, 2, "t2", 0, 2), ("forum", 1, "t2", 1, 1), ("github", 1, "t1", 2, 2)]
    study.write(
        SaturationStep,
        [
            row(SaturationStep, source=s, n=n, thread_id=t, new_codes=new, found=f, expected=1.5, low=1, high=2)
            for s, n, t, new, f in steps
        ],
    )
    done = called(study, "saturation", "--format", "csv")
    of_sources = called(study, "saturation", "--by", "source", "--format", "csv")

    assert done.stdout.splitlines()[1:] == ["all,1,t1,2,2,1.5,1,2", "all,2,t2,0,2,1.5,1,2"]
    assert done.stderr.splitlines()[0] == "all: 2 codes in 2 threads; the last new one came with thread 1"
    assert of_sources.stdout.splitlines()[1:] == ["forum,1,t2,1,1,1.5,1,2", "github,1,t1,2,2,1.5,1,2"]
