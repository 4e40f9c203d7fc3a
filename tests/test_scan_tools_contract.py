"""What every scanner promises (``scan/scanner.py``), asked of each of them on the same code and the same rubbish."""

import json
import pickle
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from code_rig import Alone, code_of, run_alone

from codebook.errors import Missing
from codebook.scanning import Scan
from scan.scanner import Kit, Scanner, SeenFinding
from scan.tools import SCANNERS

FILES = {
    "weak.py": (
        b"import os, pickle\n\n\ndef load(p):\n    os.system(p)\n    exec(p)\n    return pickle.load(open(p, 'rb'))\n"
    ),
    "quiet.py": b"def f(x):\n    return eval(x)  # nosec  # nosemgrep\n",
    "plain.py": b"x = 1\n",
    "empty.py": b"",
    "broken.py": b"def f(:\n))) $$$ eval(x)\n",
    "zeros.py": b"eval(x)\x00\x00\n",
    "wide.py": "import os\nos.system(x)\n".encode("utf-16"),
    "bytes.py": bytes(range(256)) * 40,
    "deep.py": b"x = " + b"(" * 3000 + b"a" + b")" * 3000 + b"\n",
    "line.py": b"x = '" + b"a" * 150_000 + b"'\neval(x)\n",
    "markup.py": "password = '<script>\\ud800\u202e=cmd|x{0}%s'\n".encode(),
    "weights.pkl": pickle.dumps({"a": [1, 2]}) + b"cos\nsystem\n(S'x'\ntR.",
    "weights.bin": b"PK\x03\x04" + b"\xff" * 500,
    "config.json": b'{"auto_map": {"AutoModel": "weak.Model"}}',
    "notes.md": b"# eval(x)\n",
    "nameless": b"eval(x)\n",
}


@pytest.fixture(scope="module", params=sorted(SCANNERS))
def scanner(request: pytest.FixtureRequest) -> Scanner:
    return SCANNERS[request.param]


@pytest.fixture(scope="module")
def kit(scanner: Scanner, tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """What it takes, or in a sentence that it is missing."""
    try:
        return scanner.kit(Scan(), tmp_path_factory.mktemp("study"))
    except Missing as missing:
        pytest.skip(f"not installed here: {missing.what}")


@pytest.fixture(scope="module")
def alone(scanner: Scanner, kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    scratch = tmp_path_factory.mktemp("scratch")
    yield run_alone(scanner, FILES, scratch, kit=replace(kit, seconds=20))
    assert not list((scratch / "worker").glob("run-*"))


def test_a_kit_says_which_tool_in_which_version_with_which_rules(scanner: Scanner, kit: Kit) -> None:
    assert SCANNERS[kit.tool] is scanner
    assert kit.tool_version
    assert len(kit.rules_hash) == 64


def test_a_kit_goes_to_other_processes_and_its_hash_says_what_it_looks_for(
    scanner: Scanner, kit: Kit, tmp_path: Path
) -> None:
    again = scanner.kit(Scan(time_limit=5, memory_limit=900), tmp_path)

    assert pickle.loads(pickle.dumps(kit)) == kit
    assert pickle.loads(pickle.dumps(scanner)).__class__ is scanner.__class__
    assert (again.tool_version, again.rules_hash) == (kit.tool_version, kit.rules_hash)
    assert len({each.rule for each in kit.rules}) == len(kit.rules)
    assert all("/" not in name for name in kit.files)


def test_what_is_refused_depends_on_the_content_and_not_on_its_paths(scanner: Scanner) -> None:
    for name, content in FILES.items():
        code = code_of(name, content)

        assert scanner.refuses(code) == scanner.refuses(replace(code, paths=("other/place.txt",)))


def test_every_content_is_answered_once_or_refused_with_a_reason(alone: Alone) -> None:
    answered = Counter([*alone.said, *alone.refused])

    assert answered == Counter(list(FILES))
    assert all(alone.refused.values())
    for name, said in alone.said.items():
        assert said.status == "scanned" or said.reason, name


def test_what_is_said_is_json_and_names_no_place_of_this_machine(alone: Alone, tmp_path: Path) -> None:
    for name, said in alone.said.items():
        text = json.dumps([said.reason, *said.findings])

        assert str(tmp_path.parent.parent) not in text, name
        assert said.sha256 not in text, name


def test_findings_have_a_rule_and_a_place_in_the_file(scanner: Scanner, alone: Alone) -> None:
    for name in alone.said:
        lines = FILES[name].count(b"\n") + FILES[name].count(b"\r") + 2
        for found in alone.findings(scanner, name):
            assert isinstance(found, SeenFinding)
            assert found.rule, name
            assert 1 <= found.line <= (found.end_line or found.line) <= lines, name
            (found.message or "").encode()


def test_the_same_content_has_the_same_findings_in_any_batch(
    scanner: Scanner, kit: Kit, alone: Alone, tmp_path: Path
) -> None:
    some = {name: FILES[name] for name in ("weak.py", "quiet.py") if name in alone.said}

    again = run_alone(scanner, some, tmp_path, kit=kit)

    assert {name: said.findings for name, said in again.said.items()} == {
        name: alone.said[name].findings for name in some
    }


@pytest.mark.parametrize("strange", [{}, {"line": "x"}, {"rule": 3, "places": None}])
def test_what_is_no_finding_is_refused(scanner: Scanner, strange: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        scanner.parse(strange)
