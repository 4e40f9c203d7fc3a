"""Bandit: what it reports natively is there, what it loses is told or rescued, and nobody can make it silent."""

import json
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from importlib import metadata, util
from pathlib import Path

import pytest
from code_rig import Alone, code_of, run_alone
from planted_rig import CODE, plant

from codebook.scanning import Scan
from scan.scanner import SeenFinding, Staged
from scan.tools.bandit import Bandit

BANDIT = Bandit()

DEEP = b"x = " + b" + ".join([b"a"] * 5000) + b"\neval(x)\n"

FILES = {
    "eval.py": b"import pickle\n\neval(\n    x\n)\n",
    "nosec.py": (
        b"eval(a)  # nosec\neval(b)  # nosec B307\neval(c)  # nosec: B101, B102\neval(d)  # nosec: eval\neval(e)\n"
    ),
    "template.py": b"call = dict(x={{_base_.y}}, password='abcdef')\nos.popen(a, shell=True, y={{b}})\n",
    "deep.py": DEEP,
    "python2.py": b"exec 'x'\n",
    "zeros.py": b"eval(x)\x00\n",
    "encoding.py": b"# coding: nonsense\neval(x)\n",
    "surrogate.py": b"password = '\\ud800'\n",
    "empty.py": b"",
    "shown.pyw": b"eval(x)\n",
    "config.json": b"{}",
}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Alone:
    return run_alone(BANDIT, FILES, tmp_path_factory.mktemp("bandit"))


def test_a_finding_has_bandits_rule_place_severity_confidence_and_weakness(alone: Alone) -> None:
    found = alone.findings(BANDIT, "eval.py")

    assert found[1] == SeenFinding(
        rule="B307",
        line=3,
        end_line=5,
        cwe_raw=("CWE-78",),
        severity="medium",
        severity_raw="MEDIUM",
        confidence="HIGH",
        message="Use of possibly insecure function - consider using safer ast.literal_eval.",
    )
    assert [(each.rule, each.line) for each in found] == [("B403", 1), ("B307", 3)]


def test_findings_under_nosec_are_there_and_marked_as_bandit_reads_the_comment(alone: Alone) -> None:
    found = [(each.line, each.suppressed) for each in alone.findings(BANDIT, "nosec.py")]

    assert found == [(1, True), (2, True), (3, False), (4, True), (5, False)]


def test_tests_that_fail_natively_on_templates_are_rescued_and_it_is_said(alone: Alone) -> None:
    said = alone.said["template.py"]

    assert said.status == "scanned"
    assert said.reason == (
        "a value at line 1 taken as unknown, which Bandit cannot compute: unhashable type: 'set'; "
        "a value at line 2 taken as unknown, which Bandit cannot compute: unhashable type: 'set'"
    )
    assert [each.rule for each in alone.findings(BANDIT, "template.py")] == ["B106", "B604", "B605"]


def test_a_file_that_is_nested_too_deeply_for_bandit_is_looked_at_all_the_same(alone: Alone) -> None:
    said = alone.said["deep.py"]

    assert (said.status, said.reason) == ("scanned", "nested too deeply for Bandit: looked at with a larger stack")
    assert [(each.rule, each.line) for each in alone.findings(BANDIT, "deep.py")] == [("B307", 2)]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("python2.py", "syntax error while parsing AST from file: line 1: Missing parentheses in call to 'exec'"),
        ("zeros.py", "null bytes"),
        ("encoding.py", "unknown encoding: nonsense"),
    ],
)
def test_what_cannot_be_parsed_has_failed_with_the_reason(alone: Alone, name: str, reason: str) -> None:
    assert alone.said[name].status == "failed"
    assert reason in str(alone.said[name].reason)


def test_a_string_that_breaks_bandits_own_report_is_told(alone: Alone) -> None:
    found = alone.findings(BANDIT, "surrogate.py")

    assert [each.message for each in found] == ["Possible hardcoded password: '\\ud800'"]


def test_python_is_asked_about_by_its_name_and_nothing_else_is(alone: Alone) -> None:
    assert alone.refused == {"config.json": "not Python"}
    assert [each.rule for each in alone.findings(BANDIT, "shown.pyw")] == ["B307"]
    assert alone.said["empty.py"].status == "scanned"


def test_a_test_that_raises_is_told_and_what_the_others_found_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from bandit.core.config import BanditConfig
    from bandit.core.test_set import BanditTestSet

    from scan.tools import bandit_testing

    def broken(_context: object) -> None:
        raise IndexError("it is\nnot there")

    tests = BanditTestSet(BanditConfig())
    monkeypatch.setitem(tests.tests, "Call", [broken, *tests.tests["Call"]])

    told = bandit_testing.told(b"eval(x)\n", tests)

    assert told["status"] == "failed"
    assert told["reason"] == (
        "tests failed inside Bandit; what the others found is kept: broken at line 1: IndexError: it is\nnot there"
    )
    assert [each["test_id"] for each in told["findings"]] == ["B307"]


def test_a_file_that_needs_too_much_memory_fails_and_the_next_is_scanned(tmp_path: Path) -> None:
    files = {"big.py": b"x = [" + b"1, " * 500_000 + b"]\n", "small.py": b"eval(x)\n"}

    alone = run_alone(BANDIT, files, tmp_path, Scan(memory_limit=200))

    assert (alone.said["big.py"].status, alone.said["small.py"].status) == ("failed", "scanned")
    assert "memory" in str(alone.said["big.py"].reason)


def test_planted_silence_and_planted_code_have_no_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the files are looked at in their repository, which is our working folder, home and Python path."""
    repository = tmp_path / "repository"
    canary = plant(repository)
    monkeypatch.chdir(repository)
    for name in ("HOME", "PYTHONPATH", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(repository))
    (tmp_path / "scratch").mkdir()
    staged = [Staged(code_of(path, content), repository / path) for path, content in CODE.items()]

    said = {each.sha256: each for each in BANDIT.scan(BANDIT.kit(Scan(), tmp_path), tmp_path / "scratch", staged)}
    found = {
        p: [(f["test_id"], f["suppressed"]) for f in said[sha256(c).hexdigest()].findings] for p, c in CODE.items()
    }

    assert not canary.exists()
    assert found == {
        "modeling_x.py": [("B403", False), ("B301", False)],
        "tests/test_x.py": [("B307", True)],
        "ignored/y.py": [("B307", False)],
        "build/z.py": [("B307", False)],
    }


def test_the_hash_is_of_the_tests_that_are_installed_and_stays_the_same() -> None:
    kit, again = BANDIT.kit(Scan(), Path()), BANDIT.kit(Scan(time_limit=5), Path())

    assert kit.rules_hash == again.rules_hash
    assert kit.tool_version == metadata.version("bandit")
    assert {"B101", "B301", "B307", "B615"} <= {each.rule for each in kit.rules}
    assert next(each.cwe_raw for each in kit.rules if each.rule == "B301") == ("CWE-502",)


@pytest.mark.parametrize("strange", [{}, {"test_id": "B1", "issue_cwe": 3, "line_range": []}, {"issue_cwe": {}}])
def test_what_is_no_issue_is_refused(strange: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no issue of Bandit's"):
        BANDIT.parse(strange)


def test_every_finding_of_a_native_run_is_there(tmp_path: Path) -> None:
    """The code that it is run on is the standard library's."""
    tree = tmp_path / "native"
    tree.mkdir()
    names = ("ftplib", "pickle", "shelve", "subprocess", "tempfile", "timeit", "webbrowser")
    files = {f"{name}.py": Path(str(util.find_spec(name).origin)).read_bytes() for name in names}
    for name, content in files.items():
        (tree / name).write_bytes(content)
    command = [sys.executable, "-I", "-m", "bandit", "-q", "-r", str(tree), "-f", "json", "--ignore-nosec"]
    native = json.loads(subprocess.run(command, capture_output=True, check=False, cwd=tmp_path).stdout)["results"]
    expected = Counter((Path(each["filename"]).name, each["line_number"], each["test_id"]) for each in native)

    alone = run_alone(BANDIT, files, tmp_path)
    actual = Counter((n, f["line_number"], f["test_id"]) for n, each in alone.said.items() for f in each.findings)

    assert len(expected) > 20
    assert actual == expected
