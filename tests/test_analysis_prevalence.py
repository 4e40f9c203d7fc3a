"""How many models need custom code: counts, shares, intervals, and what is not known."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hand_study import row
from hypothesis import given
from hypothesis import strategies as st
from report_read import no_figures, written
from statsmodels.stats.proportion import proportion_confint

from analysis.interval import share, wilson
from codebook.rows import Model, Shard
from codebook.study import Study

Make = Callable[..., Study]
Run = Callable[..., Any]

HOSTILE = "<b>&=cmd|' /C calc'!A0\x1b[31m"


def model(platform: str, name: str, **values: Any) -> Model:
    common = {"owner": "o", "hub": platform, "role": "listed", "needs_custom_code": False, "formats": "none"}
    given = common | values
    return row(Model, model_id=f"{given['hub']}:o/{name}@1", platform=platform, name=name, **given)


MODELS = (
    model("hf", "a", criteria=("file_name", "tag"), needs_custom_code=True, formats="safetensors", tags=("nlp", "x")),
    model("hf", "b", criteria=("tag",), formats="pickle", tags=("nlp", HOSTILE)),
    model("hf", "c", needs_custom_code=True, formats="both"),
    model("hf", "d", needs_custom_code=None, formats=None),
    model("hf", "e", role="followed", criteria=("tag",), needs_custom_code=True),
    model("csg", "a", criteria=("tag",), needs_custom_code=True, mirror_of="hf:o/a"),
    model("csg", "z", mirror_of="hf:o/gone"),
    model("mm", "det", criteria=("openmmlab",), needs_custom_code=True),
    model("mm", "det", hub="disk", criteria=("openmmlab",), needs_custom_code=True),
)


@pytest.fixture
def study(make_study: Make) -> Study:
    made = make_study()
    made.write(Model, MODELS)
    made.write(Shard, [row(Shard, hub="hf", query=q, state=s, reason=r) for q, s, r in SHARDS])
    return made


SHARDS = (("all", "complete", None), ("owner o", "partial", "300 of 400 came"))


def printed(run: Run, study: Study, *more: str) -> list[dict[str, object]]:
    done = run("analysis", "prevalence", "--format", "json", *more, "--study", study.path)
    assert done.code == 0, done.err
    return list(json.loads(done.out))


def test_repositories_are_counted_once_by_criterion_and_what_is_not_known_is_no_no(study: Study, run: Run) -> None:
    rows = printed(run, study)
    names = ("platform", "models", "published", "tag", "file_name", "openmmlab", "published_unknown")
    loader = ("loader", "loader_unknown", "mirrors")

    assert [tuple(row[name] for name in (*names, *loader)) for row in rows] == [
        ("csg", 2, 1, 1, 0, 0, 0, 1, 0, 2),
        ("hf", 4, 2, 2, 1, 0, 1, 2, 1, 0),
        ("mm", 1, 1, 0, 0, 1, 0, 1, 0, 0),
        ("total", 7, 4, 3, 1, 1, 1, 4, 1, 2),
        ("total, mirrors once", 6, 3, 2, 1, 1, 1, 3, 1, 2),
    ]
    hf = rows[1]
    assert (hf["published_percent"], hf["published_of_all"]) == (50.0, pytest.approx(200 / 7))
    assert hf["published_low"] == pytest.approx(100 * proportion_confint(2, 4, method="wilson")[0])
    assert hf["published_high"] == pytest.approx(100 * proportion_confint(3, 4, method="wilson")[1]), "d may be one"


def test_what_limits_the_counts_is_said(study: Study, run: Run) -> None:
    said = run("analysis", "prevalence", "--study", study.path).err.splitlines()

    assert said == [
        "hf: shards that are not complete: 1 of 2 (300 of 400 came). Models may be missing.",
        "Repositories without the tag and without a full list of files: 1 of 7.",
        "Repositories of which it is not known what a loader executes: 1 of 7.",
    ]


def test_a_mirror_of_which_something_is_not_known_makes_no_no_of_its_original(make_study: Make, run: Run) -> None:
    study = make_study()
    unknown = {"needs_custom_code": None, "formats": None, "mirror_of": "hf:o/a"}
    both = [
        model("hf", "b", criteria=("tag",), needs_custom_code=True),
        model("csg", "b", **unknown | {"mirror_of": "hf:o/b"}),
    ]
    study.write(Model, [model("hf", "a"), model("csg", "a", **unknown), *both])
    once = printed(run, study)[-1]

    assert {name: once[name] for name in ("models", "published", "published_unknown", "loader", "loader_unknown")} == {
        "models": 2,
        "published": 1,
        "published_unknown": 1,
        "loader": 1,
        "loader_unknown": 1,
    }


def test_a_platform_that_a_stranger_calls_total_is_not_taken_for_the_sum(make_study: Make, run: Run) -> None:
    study = make_study()
    study.write(Model, [model("total", "a", needs_custom_code=None), model("zoo", "b"), model("zoo", "c")])
    rows = printed(run, study)
    said = run("analysis", "prevalence", "--study", study.path).err

    assert [(row["platform"], row["models"]) for row in rows] == [
        ("total", 1),
        ("zoo", 2),
        ("total", 3),
        ("total, mirrors once", 3),
    ]
    assert "not known what a loader executes: 1 of 3." in said


def test_the_overlap_of_the_criteria(study: Study, run: Run) -> None:
    rows = printed(run, study, "--part", "overlap")

    assert [tuple(row.values()) for row in rows] == [
        ("csg", True, False, False, True, 1),
        ("hf", False, False, False, True, 1),
        ("hf", True, False, False, False, 1),
        ("hf", True, True, False, True, 1),
        ("mm", False, False, True, True, 1),
    ]


def test_formats_of_weights(study: Study, run: Run) -> None:
    rows = printed(run, study, "--part", "formats")

    assert [(row["platform"], row["formats"], row["models"], row["of"], row["percent"]) for row in rows] == [
        ("csg", "none", 2, 2, 100.0),
        ("hf", "both", 1, 4, 25.0),
        ("hf", "pickle", 1, 4, 25.0),
        ("hf", "safetensors", 1, 4, 25.0),
        ("hf", "unknown", 1, 4, 25.0),
        ("mm", "none", 1, 1, 100.0),
    ]


def test_tags_are_shares_of_models_and_strangers_text_stays_text(study: Study, run: Run) -> None:
    rows = printed(run, study, "--part", "tags", "--top", "2")
    page = run("analysis", "prevalence", "--part", "tags", "--format", "md", "--study", study.path)

    assert [(row["tag"], row["models"], row["of"], row["percent"]) for row in rows] == [
        ("nlp", 2, 2, 100.0),
        (HOSTILE, 1, 2, 50.0),
    ]
    assert [row["share_of_these"] for row in rows] == [pytest.approx(200 / 3), pytest.approx(100 / 3)]
    assert "\x1b" not in page.out
    assert "<b>" not in page.out


def test_a_study_without_models_says_what_to_run(make_study: Make, run: Run) -> None:
    done = run("analysis", "prevalence", "--study", make_study().path)

    assert done.code == 2
    assert "no models have been listed yet" in done.err
    assert "Run: scan models" in done.err


@pytest.mark.usefixtures(no_figures.__name__)
def test_the_report_counts_models_where_there_are_any(study: Study, make_study: Make) -> None:
    pages = []
    for each in (study, make_study(name="other")):
        written(each)
        pages.append((each.path / "out" / "report.html").read_text(encoding="utf-8"))

    assert "Repositories that need custom code" in pages[0]
    assert "50.00 % (15.00 to 95.44)" in pages[0]
    assert "hf: shards that are not complete: 1 of 2 (300 of 400 came)." in pages[0]
    assert ["caption-prevalence" in page for page in pages] == [True, False]
    assert "No models have been listed yet. They come with: scan models" in pages[1]


def test_published_counts_are_shown_with_their_own_and_with_the_common_denominator(
    make_study: Make, run: Run, tmp_path: Path
) -> None:
    given = tmp_path / "counts.json"
    given.write_text(json.dumps({"a": {"b/c": {"One": [80, 20, 25.0], "Two": {"models": 20, "published": 20}}}}))
    rows = printed(run, make_study(), "--published", f"{given}#/a/b~1c")
    short = [(r["platform"], r["models"], r["published"], r["published_percent"], r["published_of_all"]) for r in rows]

    assert short == [("One", 80, 20, 25.0, 20.0), ("Two", 20, 20, 100.0, 20.0), ("total", 100, 40, 40.0, 40.0)]


def test_published_counts_may_be_csv(make_study: Make, run: Run, tmp_path: Path) -> None:
    given = tmp_path / "counts.csv"
    given.write_text("platform,models,published\nOne,80,20\n", encoding="utf-8")

    assert [row["models"] for row in printed(run, make_study(), "--published", str(given))] == [80, 80]


@pytest.mark.parametrize(
    ("name", "text", "pointer", "said"),
    [
        ("c.json", "{", "", "it is not JSON"),
        ("c.json", "[1]", "", "it is no object of platforms"),
        ("c.json", "{}", "", "there are no counts in it"),
        ("c.json", '{"One": 3}', "", "it is no platform with two whole numbers"),
        ("c.json", '{"One": [3, 4]}', "", "4 of 3 cannot be"),
        ("c.json", '{"One": [true, 0]}', "", "it is no platform with two whole numbers"),
        ("c.json", '{"One": [3, 1]}', "#/Two", "there is no 'Two' in it"),
        ("c.csv", "platform,models,published\nOne,8,x\n", "", "c.csv:2: it is no platform with two whole numbers"),
        ("c.csv", "platform,models,published\nA,8,1\nA,8,1\n", "", "it has a platform twice"),
    ],
)
def test_counts_that_cannot_be_are_refused(
    make_study: Make, run: Run, tmp_path: Path, name: str, text: str, pointer: str, said: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = run("analysis", "prevalence", "--published", f"{tmp_path / name}{pointer}", "--study", make_study().path)

    assert done.code == 2
    assert said in done.err


def test_the_published_table_of_the_study_is_reproduced(
    shared: Callable[[str], Path], make_study: Make, run: Run
) -> None:
    facts = shared("facts/paper_facts.json")
    study = make_study()
    arguments = ("analysis", "prevalence", "--published", f"{facts}#/rq1/table1", "--study", study.path)
    latex, csv = run(*arguments, "--format", "latex"), run(*arguments, "--format", "json")
    rows = json.loads(csv.out)
    table = json.loads(facts.read_text(encoding="utf-8"))["rq1"]["table1"]

    assert {row["platform"]: round(row["published_percent"], 2) for row in rows[:-1]} == {
        "Hugging Face": 2.11,
        "OpenCSG": 3.2,
        "ModelScope": 4.65,
        "OpenMMLab": 100.0,
        "PyTorch Hub": 100.0,
    }
    assert {platform: values[2] for platform, values in table.items()} == {
        row["platform"]: round(row["published_percent"], 2) for row in rows[:-1]
    }
    assert [round(row["published_of_all"], 4) for row in rows] == [1.8331, 0.3143, 0.1628, 0.0008, 0.0013, 2.3124]
    assert "Hugging Face & 1699968 & 35953 & 2.115" in " ".join(latex.out.split())
    assert latex.out.startswith("\\begin{tabular}")


@given(st.integers(1, 10**7).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_is_that_of_statsmodels(counts: tuple[int, int]) -> None:
    n, of = counts

    assert wilson(n, of) == pytest.approx(proportion_confint(n, of, method="wilson"), abs=1e-9)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_what_is_not_known_only_widens_the_interval(n: int, without: int, unknown: int) -> None:
    of = n + without + unknown
    known, wide = share(n, of), share(n, of, unknown)

    if not of:
        assert known.percent is known.low is known.high is None
        return
    assert (wide.percent, wide.low) == (known.percent, known.low)
    assert 0 <= wide.low <= wide.percent <= known.high <= wide.high <= 100
