"""Our Semgrep rules: what each finds in model code, and what it lets pass.

Samples are kept as ``.py.txt``, so that nothing takes them for code of the project; nothing in them is ever run. A line
after ``# ruleid: RULE`` is what RULE is to find, one after ``# ok: RULE`` is what it is to let pass.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from codebook.weaknesses import name, normalised, severity

RULES = Path(__file__).resolve().parents[1] / "scan" / "rules" / "semgrep"
SAMPLES = sorted((Path(__file__).resolve().parent / "rule_samples" / "semgrep").glob("*.py.txt"))
ANNOTATION = re.compile(r"^\s*# (ruleid|ok): (.+)$")
Place = tuple[str, int, str]


def rules() -> dict[str, dict[str, Any]]:
    reader = YAML(typ="safe")
    each = [rule for file in sorted(RULES.glob("*.yaml")) for rule in reader.load(file)["rules"]]
    return {rule["id"]: rule for rule in each}


def annotated(kind: str) -> Iterator[Place]:
    for sample in SAMPLES:
        for number, line in enumerate(sample.read_text(encoding="utf-8").splitlines(), 1):
            found = ANNOTATION.match(line)
            if found and found[1] == kind:
                yield from ((sample.name, number + 1, rule) for rule in found[2].split(", "))


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Semgrep says of all samples with all rules, in one start."""
    folder = tmp_path_factory.mktemp("samples")
    for sample in SAMPLES:
        (folder / sample.name.removesuffix(".txt")).write_bytes(sample.read_bytes())
    home = tmp_path_factory.mktemp("home")
    options = ["--metrics=off", "--disable-version-check", "--no-git-ignore", "--json", "--config", str(RULES)]
    done = subprocess.run(
        [str(Path(sys.executable).parent / "semgrep"), "scan", *options, str(folder)],
        capture_output=True,
        check=False,
        env={"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_there_are_at_least_40_rules_and_each_has_a_positive_and_a_benign_sample() -> None:
    assert len(rules()) >= 40
    assert {rule for *_, rule in annotated("ruleid")} == set(rules())
    assert {rule for *_, rule in annotated("ok")} == set(rules())


def test_all_rules_are_understood_and_all_samples_are_read(said: dict[str, Any]) -> None:
    assert said["errors"] == []
    assert len(said["paths"]["scanned"]) == len(SAMPLES)


def test_each_rule_finds_its_lines_and_no_other_line_of_any_sample(said: dict[str, Any]) -> None:
    expected = sorted(set(annotated("ruleid")))

    actual = {
        (Path(each["path"]).name + ".txt", each["start"]["line"], each["check_id"].rpartition(".")[2])
        for each in said["results"]
    }
    assert expected == sorted(actual)
    assert actual.isdisjoint(annotated("ok"))


@pytest.mark.parametrize("rule", list(rules().values()), ids=lambda rule: rule["id"])
def test_a_rule_says_what_it_looks_for_why_and_how_bad_it_is(rule: dict[str, Any]) -> None:
    told = rule["metadata"]
    (cwe,) = normalised([told["cwe"]])

    assert re.fullmatch(r"qualdev(-[a-z0-9]+)+", rule["id"])
    assert told["cwe"] == f"{cwe}: {name(cwe)}"
    assert severity("semgrep", rule["severity"]) is not None
    assert told["confidence"] in {"LOW", "MEDIUM", "HIGH"}
    assert all(told[key] for key in ("category", "why"))
    assert cwe in told["references"]
    assert not [each for each in told["references"] if "/" in each]
    assert rule["message"].count(".") >= 2, "says what is wrong and what to do"
