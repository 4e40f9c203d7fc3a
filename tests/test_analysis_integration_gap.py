"""Concern beside risk per platform, counted by hand on the study of joint_study."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import joint_study
import pytest
from click.testing import CliRunner
from hand_study import row

from analysis.cli import cli
from analysis.integration import gap
from codebook.rows import Finding, Model
from codebook.study import Study

COUNTS = ("platform", "threads", "concern", "models", "with_findings", "not_known", "files", "not_scanned", "findings")


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    return make_study(joint_study.TOML, codebook=joint_study.BOOK)


def counted(study: Study, *cwes: str) -> list[dict[str, Any]]:
    with study.connect() as con:
        return [dict(each) for each in gap.rows(con, study, cwes)]


def test_each_platform_has_its_concern_beside_its_risk(study: Study) -> None:
    """One of five threads about hub is concerned, one of its two models has findings, the other was not scanned."""
    for write in (joint_study.discussions, joint_study.models, joint_study.mechanisms):
        write(study)
    found = counted(study)
    expected = [("hub", 5, 1, 2, 1, 1, 2, 1, 3), ("zoo", 2, 1, 1, 0, 0, 1, 0, 0)]

    assert expected == [tuple(each[name] for name in COUNTS) for each in found]
    assert [(r["concern_percent"], r["risk_per_1000"], r["kloc"], r["per_kloc"]) for r in found] == [
        (20.0, 500.0, 2.0, 1.5),
        (50.0, 0.0, 0.5, 0.0),
    ]
    assert [(r["concern_rank"], r["risk_rank"], r["rank_difference"]) for r in found] == [
        (2.0, 1.0, 1.0),
        (1.0, 2.0, -1.0),
    ]
    assert [(r["gates"], r["level_now"]) for r in found] == [(1, "prompt"), (1, "warn")]


def test_what_was_not_scanned_widens_the_interval(study: Study) -> None:
    """Both models of hub may have a finding: the interval ends at all of them."""
    joint_study.models(study)
    hub, _ = counted(study)

    assert hub["risk_high"] == pytest.approx(1000)
    assert hub["risk_low"] == pytest.approx(94.53, abs=0.01)


def test_one_weakness_alone_can_be_asked_for(study: Study) -> None:
    joint_study.models(study)

    assert [each["findings"] for each in counted(study, "CWE-95")] == [1, 0]
    assert [each["findings"] for each in counted(study, "CWE-502")] == [2, 0]


def test_a_finding_of_a_repository_and_no_file_counts_for_its_model(study: Study) -> None:
    joint_study.models(study)
    bob = joint_study.MODELS[1].model_id
    about = row(Finding, finding_id="f9", tool="scanner", cwe="CWE-78", model_id=bob, current=True, line=1)
    study.write(Finding, [*joint_study.FINDINGS, about])
    hub, _ = counted(study)

    assert (hub["with_findings"], hub["not_known"], hub["findings"], hub["per_kloc"]) == (2, 0, 4, 1.5)


def test_two_revisions_are_one_repository_and_a_mirror_is_told(study: Study) -> None:
    joint_study.models(study)
    second = replace(joint_study.MODELS[0], model_id="hub:ann/one@2", revision="2", mirror_of="zoo:ann/one")
    study.write(Model, [*joint_study.MODELS, second])

    assert [each["models"] for each in counted(study)] == [2, 1]
    with study.connect() as con:
        gap.rows(con, study)
        assert "models that mirror another, counted on each platform: 1" in list(gap.notes(con, study))


@pytest.mark.parametrize(
    ("there", "platforms", "empty", "said"),
    [
        ("", [], ("threads", "models", "gates"), "no rows yet in threads; run: collect threads"),
        ("d", ["hub"], ("models", "risk_per_1000", "gates"), "no rows yet in model_files; run: scan fetch"),
        ("m", ["hub", "zoo"], ("threads", "concern_percent", "gates"), "no rows yet in codings; run: coding pull"),
        ("p", ["hub", "zoo"], ("threads", "models"), "no rows yet in findings; run: scan code"),
    ],
)
def test_a_half_empty_study_gives_its_half_and_says_what_brings_the_other(
    study: Study, there: str, platforms: list[str], empty: tuple[str, ...], said: str
) -> None:
    writes = {"d": joint_study.discussions, "m": joint_study.models, "p": joint_study.mechanisms}
    for each in there:
        writes[each](study)
    told = CliRunner().invoke(cli, ["gap", "--study", str(study.path), "--format", "json"])
    found = json.loads(told.stdout)

    assert told.exit_code == 0
    assert platforms == [each["platform"] for each in found]
    assert all(each[name] is None for each in found for name in empty)
    assert said in told.stderr


def test_words_say_where_worry_and_risk_part_and_that_it_is_a_description(study: Study) -> None:
    platforms = [("a", 10.0, 900.0), ("b", 30.0, 100.0), ("c", 20.0, 500.0)]
    rows: list[dict[str, object]] = [
        {"platform": p, "concern_percent": c, "risk_per_1000": r, "concern_rank": k, "risk_rank": m}
        | {"rank_difference": float(k - m), "threads": threads, "models": 12}
        for (p, c, r), k, m, threads in zip(platforms, (3, 1, 2), (1, 3, 2), (40, 3, 9), strict=True)
    ]

    assert list(gap.said(rows, study)) == [
        "a: rank 3 by concern, 1 by risk: risk ranks above worry",
        "b: rank 1 by concern, 3 by risk: worry ranks above risk",
        "ranks rest on 3 to 40 threads and 12 models a platform; how uncertain shares are, intervals say",
        (
            "3 platforms with both sides: Spearman's rho -1.00, permutation p 0.333 (all orders counted). So few "
            "platforms, and not drawn at random: both describe these platforms, and test nothing about others"
        ),
    ]


@pytest.mark.parametrize(
    ("toml", "wrong"),
    [
        ('[analysis]\nconcern = ["SECC"]\n', "the codebook has no code 'SECC'"),
        ('[analysis]\nconfusion = ["SECC"]\n', "the codebook has no code 'SECC'"),
    ],
)
def test_a_code_that_the_codebook_does_not_have_is_named_with_the_nearest(
    make_study: Callable[..., Study], toml: str, wrong: str
) -> None:
    study = make_study(toml, codebook=joint_study.BOOK)
    joint_study.discussions(study)
    command = ["gap"] if "concern" in toml else ["joins", "disagreements"]
    told = CliRunner().invoke(cli, [*command, "--study", str(study.path)])

    assert told.exit_code == 2
    assert wrong in told.stderr
    assert "Did you mean 'SEC'?" in told.stderr


def test_a_weakness_that_is_none_is_an_error(study: Study) -> None:
    told = CliRunner().invoke(cli, ["gap", "--cwe", "pickle", "--study", str(study.path)])

    assert told.exit_code == 2
    assert "no weakness 'pickle'" in told.stderr
