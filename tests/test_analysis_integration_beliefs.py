"""Beliefs checked against claims, weaknesses beside mechanisms and words, disagreements beside confusion."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import joint_study
import pytest
from click.testing import CliRunner
from hand_study import row

from analysis.cli import cli
from analysis.integration import beliefs, disagreements, evidence, mentions, mitigation
from analysis.integration.joint import JOINTS
from codebook.bringing import BROUGHT_BY
from codebook.mechanisms import MECHANISMS
from codebook.rows import TABLES, Claim, Finding
from codebook.study import Study
from codebook.weaknesses.stated import stated


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole study, written once."""
    return joint_study.whole(tmp_path_factory.mktemp("joint") / "study").path


@pytest.fixture
def study(built: Path, tmp_path: Path) -> Study:
    return Study.open(Path(shutil.copytree(built, tmp_path / "study")))


def test_a_belief_is_checked_against_the_day_and_against_today(study: Study) -> None:
    """Prompting is not asking to: what h4 believes did not hold; of 2020 nothing is known of the gate."""
    with study.connect() as con:
        found = beliefs.ledger(con, study)
        summed = beliefs.rows(con, study)
    names = ("thread_id", "platform", "at_the_time", "today", "claims_then", "claims_now", "quote", "claim_quote")
    expected = [
        ("h4", "hub", "does not hold", "does not hold", ["c2"], ["c2"], "it only runs if I say so"),
        ("h5", "hub", "unknown", "does not hold", [], ["c2"], None),
    ]

    assert expected == [tuple(each[name] for name in names[:-1]) for each in found]
    assert {each["claim_quote"] for each in found} == {"trust_remote_code=None"}
    counts = ("platform", "threads", "held", "held_in_part", "did_not_hold", "unknown", "holds_today")
    assert [tuple(each[name] for name in counts) for each in summed] == [("hub", 2, 0, 0, 1, 1, "does not hold")]


def test_a_belief_that_held_once_need_not_hold_today(study: Study) -> None:
    """The gate was opt-in in January 2024; with a second, weaker gate the belief holds in part."""
    early = replace(joint_study.THREADS[3], created_at=joint_study.day(2024, 1, 5))
    study.write(type(early), [early])
    with study.connect() as con:
        (once,) = beliefs.ledger(con, study)
    first, *others = joint_study.IN_FORCE
    study.write(type(first), [first, replace(first, symbol="other", level="warn", claim_id="c8"), *others])
    with study.connect() as con:
        (partly,) = beliefs.ledger(con, study)

    assert (once["at_the_time"], once["today"], once["levels_then"]) == ("holds", "does not hold", ["opt-in"])
    assert (partly["at_the_time"], partly["claims_then"]) == ("in part", ["c1", "c8"])


def test_code_counts_before_pages_and_a_page_until_it_says_something_else(study: Study) -> None:
    scan: dict[str, Any] = {"platform": "hub", "mechanism": "malware scan", "component": "docs", "url": "page"}
    pages = [
        row(Claim, claim_id="d1", level="none", released=joint_study.day(2023, 1, 1), **scan),
        row(Claim, claim_id="d2", level="documented", released=joint_study.day(2024, 1, 1), **scan),
    ]
    gate: dict[str, Any] = {"platform": "hub", "mechanism": "execution gate", "component": "docs"}
    boast = row(Claim, claim_id="d3", level="block", **gate)
    study.write(Claim, [*joint_study.CLAIMS, *pages, boast])
    with study.connect() as con:
        evidence.lay_out(con)
        query = "SELECT mechanism, level, of_code FROM mechanisms_now WHERE platform = 'hub' ORDER BY mechanism"
        now = con.execute(query).fetchall()
        until = con.execute("SELECT until FROM evidence WHERE claim_id = 'd1'").fetchall()

    assert now == [
        ("execution gate", "prompt", True),
        ("malware scan", "documented", False),
        ("pickle scan", "documented", False),
    ]
    assert until == [(joint_study.day(2024, 1, 1).replace(tzinfo=None),)]


def test_weaknesses_stand_beside_what_would_have_caught_them(study: Study) -> None:
    """A group of weaknesses is one; one that no mechanism looks for says so."""
    quality = replace(joint_study.FINDINGS[0], finding_id="f8", cwe="CWE-703", cwes=("CWE-703",))
    alike = replace(joint_study.FINDINGS[0], finding_id="f9", cwe="CWE-94", cwes=("CWE-94",))
    study.write(Finding, [*joint_study.FINDINGS, quality, alike])
    with study.connect() as con:
        rows = mitigation.rows(con, study)
    names = ("cwe", "models", "of_models", "findings", "mechanism", "level", "coverage")
    found = [tuple(each[name] for name in names) for each in rows]

    assert found[0] == ("CWE-502", 1, 2, 2, "pickle scan", "documented", "documented")
    assert ("CWE-94, CWE-95", 1, 2, 2, "execution gate", "prompt", "prompt") in found
    assert ("CWE-94, CWE-95", 1, 2, 2, "sandbox", "no claim", "prompt") in found
    assert found[-1] == ("CWE-703", 1, 2, 1, None, None, "no mechanism")


def test_what_is_there_that_nobody_speaks_of(study: Study) -> None:
    """A concerned thread says eval; pickle is said in a thread without concern, so nobody speaks of it."""
    with study.connect() as con:
        rows = mentions.rows(con, study)
    names = ("cwe", "models", "of_models", "findings", "concerned", "of_concerned", "reading")

    assert [tuple(each[name] for name in names) for each in rows] == [
        ("CWE-95", 1, 3, 1, 1, 3, "found and spoken of"),
        ("CWE-502", 1, 3, 2, 0, 3, "found, not spoken of"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a pickled model", ["pickled"]),
        ("evaluation of executives", []),
        ("torch.load(x, weights_only=false)", ["torch.load", "weights_only"]),
        ("torchxload", []),
        ("a supply-chain attack", ["supply-chain"]),
    ],
)
def test_words_are_whole_ones_and_survive_being_taken_out(study: Study, text: str, found: list[str]) -> None:
    with study.connect() as con:
        ((first, again),) = con.execute(
            "SELECT regexp_extract_all($text, $word) AS one, "
            "regexp_extract_all(array_to_string(regexp_extract_all($text, $word), chr(10)), $word)",
            {"text": text, "word": mentions.spoken()},
        ).fetchall()

    assert first == found
    assert again == found


def test_disagreements_stand_beside_confused_threads(study: Study) -> None:
    with study.connect() as con:
        rows = disagreements.rows(con, study)
    names = ("platform", "mechanism", "disagreements", "rules", "threads", "confused", "percent", "claims")

    assert [tuple(each[name] for name in names) for each in rows] == [
        ("hub", "execution gate", 1, ["other-effect"], 5, 2, 40.0, ["c2", "c4"]),
        ("zoo", None, 0, [], 2, 0, 0.0, []),
    ]


@pytest.mark.parametrize("there", ["", "d", "m", "p"])
def test_a_half_empty_study_is_told_what_is_missing(make_study: Callable[..., Study], there: str) -> None:
    """Whichever stages have not been there, each join gives what it can and names the commands that bring the rest."""
    study = make_study()
    writes = {"d": joint_study.discussions, "m": joint_study.models, "p": joint_study.mechanisms}
    if there == "d":
        (study.path / "codebook.yaml").write_text(joint_study.BOOK, encoding="utf-8")
    for each in there:
        writes[each](study)
    for name, joint in JOINTS.items():
        told = CliRunner().invoke(cli, ["joins", name, "--study", str(study.path), "--format", "json"])

        assert told.exit_code == 0
        assert isinstance(json.loads(told.stdout), list)
        assert all(f"no rows yet in {table}; run: " in told.stderr for table in joint.needs if not there)
        assert "no rows yet" in told.stderr


def test_every_join_names_tables_and_columns_that_there_are(study: Study) -> None:
    told = CliRunner().invoke(cli, ["joins", "--study", str(study.path), "--format", "json"])

    assert [each["join"] for each in json.loads(told.stdout)] == list(JOINTS)
    assert {table for joint in JOINTS.values() for table in joint.needs} <= set(BROUGHT_BY) <= set(TABLES)
    with study.connect() as con:
        found = {name: joint.rows(con, study) for name, joint in JOINTS.items()}
    assert all(tuple(row) == JOINTS[name].columns for name, rows in found.items() for row in rows)
    assert all(found.values())


def test_stated_mitigations_are_of_mechanisms_and_weaknesses_that_there_are() -> None:
    entries = {each["cwe"] for each in stated("entries").rows}
    caught, said = stated("mitigations").rows, stated("spoken").rows

    assert {each["mechanism"] for each in caught} <= set(MECHANISMS)
    assert {each["catches"] for each in caught} == {"stops", "finds", "limits"}
    assert {each["cwe"] for each in (*caught, *said)} <= entries
    assert all(each["reason"] for each in (*caught, *said))
    assert len({(each["cwe"], each["mechanism"]) for each in caught}) == len(caught)
    assert all(each["word"] == each["word"].lower() for each in said)
