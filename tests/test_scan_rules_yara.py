"""Our own YARA rules, each on the sample that it must flag and on ordinary model code that none may flag."""

import importlib.util
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from codebook.weaknesses import normalised, severity
from scan.tools import SCANNERS
from scan.tools.yara_matching import matches

yara = pytest.importorskip("yara", reason="yara-python comes with the extra scan")

RULES = sorted((Path(__file__).resolve().parents[1] / "scan" / "rules" / "yara").glob("*.yar"))
SAMPLES = Path(__file__).parent / "rule_samples" / "yara"
BETWEEN = b"%%%%\n"
NAMES = sorted(path.stem for path in (SAMPLES / "positive").glob("*.txt"))
COMPILED: Any = yara.compile(filepaths={path.stem: str(path) for path in RULES}, error_on_warning=True)


def flagged(content: bytes) -> list[str]:
    """The rules that flag a content."""
    return sorted(found["rule"] for found in matches(COMPILED, content, 20)["findings"])


def test_there_are_at_least_25_rules_and_none_slows_matching_down() -> None:
    assert len(list(COMPILED)) >= 25
    assert COMPILED.warnings == []


def test_every_rule_has_a_sample_that_it_must_flag_and_a_benign_one() -> None:
    rules = sorted(rule.identifier for rule in COMPILED)

    assert rules == NAMES
    assert rules == sorted(path.stem for path in (SAMPLES / "benign").glob("*.txt"))


def test_every_rule_says_what_it_is_about() -> None:
    said = [dict(rule.meta) for rule in COMPILED]

    assert [sorted(each) for each in said] == [["category", "cwe", "id", "severity", "why"]] * len(said)
    assert len({each["id"] for each in said}) == len(said)
    assert [each["id"] for each in said if severity("yara", each["severity"]) is None] == []
    assert [each["id"] for each in said if not normalised(each["cwe"].split(", "))] == []
    assert [each["id"] for each in said if len(each["why"]) < 30] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_flags_each_part_of_its_sample(name: str) -> None:
    parts = (SAMPLES / "positive" / f"{name}.txt").read_bytes().split(BETWEEN)

    assert [number for number, part in enumerate(parts) if name not in flagged(part)] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_rule_flags_ordinary_model_code(name: str) -> None:
    assert flagged((SAMPLES / "benign" / f"{name}.txt").read_bytes()) == []


def test_hardly_any_of_the_models_of_transformers_is_flagged() -> None:
    """Code of models by people who mean well; all rules on a sample of their files."""
    found = importlib.util.find_spec("transformers")
    if found is None or found.origin is None:
        pytest.skip("transformers is not installed: it comes with the extra topics")
    files = sorted((Path(found.origin).parent / "models").rglob("*.py"))
    sample = random.Random(20261122).sample(files, 300)
    seen = Counter(rule for path in sample for rule in flagged(path.read_bytes()))

    assert sum(seen.values()) <= 3, dict(seen)


def test_findings_say_what_their_rule_says() -> None:
    content = b"import torch\n\nstate = torch.load('model.bin', weights_only=False)\n"
    (found,) = matches(COMPILED, content, 20)["findings"]
    seen = SCANNERS["yara"].parse(found | {"file": "qualdev/deserialisation.yar"})

    assert (seen.rule, seen.line, seen.end_line) == ("pickles_are_read", 3, 3)
    assert (seen.cwe_raw, seen.severity, seen.category) == (("CWE-502",), "medium", "deserialisation")


def test_a_finding_is_on_the_line_of_the_call_and_not_on_the_end_of_the_line_before() -> None:
    content = b"import base64\n\nexec(base64.b64decode(text))\n"
    found = {each["rule"]: each["places"][0]["line"] for each in matches(COMPILED, content, 20)["findings"]}

    assert found == {"exec_of_decoded_text": 3}
