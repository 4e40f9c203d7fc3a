"""Semgrep: what it reports natively is there, what it has not read is told, and nobody can make it silent."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from bench.repositories import repositories, weak
from code_rig import Alone, code_of, run_alone
from planted_rig import CODE, plant

from codebook.errors import Missing
from codebook.scanning import Scan
from scan.scanner import Kit, RulesFile, SeenFinding, Staged
from scan.tools import semgrep_engine
from scan.tools.semgrep import LARGE, Semgrep

SEMGREP = Semgrep()

OWN = Path(semgrep_engine.__file__).resolve().parents[1] / "rules" / "semgrep"

FILES = {
    "system.py": b"import os\n\n\ndef run(command):\n    os.system(\n        command\n    )\n",
    "nosem.py": (
        b"def f(a):\n    eval(a)  # nosemgrep\n    eval(a)  # nosem: qualdev-eval\n    # nosemgrep: other\n"
        b"    eval(a)\n    # nosem\n    eval(a)\n    eval(a)  # nosec\n"
    ),
    "taint.py": b"a = flow()\nb = a\nuse(b)\n",
    "python2.py": b"def f(x):\n    print 'x'\n    eval(x)\n",
    "broken.py": b"def f(x):\n    eval(x)\n\n))) ((( %% $$$\n",
    "zeros.py": b"def f(x):\n    eval(x)\x00\n",
    "lexical.py": bytes(range(256)) * 10 + b"eval(x)",
    "empty.py": b"",
    "more.pyw": b"def f(x):\n    eval(x)\n",
    "slow.py": b"def f(x):\n    return os.system(x)\n" * (LARGE // 20),
    "config.json": b"{}",
}

TEAM = {
    "good.yaml": (
        b"rules:\n- id: team-flow\n  languages: [python]\n  severity: MEDIUM\n  message: from $X\n  mode: taint\n"
        b"  metadata: {cwe: ['CWE-20: Improper Input Validation', CWE-74], category: flow, confidence: LOW}\n"
        b"  pattern-sources: [{pattern: flow()}]\n  pattern-sinks: [{pattern: use($X)}]\n"
    ),
    "mixed.yml": (
        b"rules:\n- &one {id: team-one, languages: [py], severity: INFO, message: m, pattern: 'one(('}\n"
        b"- {<<: *one, id: qualdev-eval}\n- {<<: *one, id: team js}\n- {<<: *one, id: team-js, languages: [js]}\n"
        b"- {<<: *one, id: team-join, mode: join}\n"
        b"- {<<: *one, id: team-paths, pattern: two(), paths: {include: [x]}}\n"
        b"- {<<: *one, id: team-both, pattern: three(), languages: [js, python]}\n"
    ),
    "syntax.yaml": b"rules: [\n",
    "none.yaml": b"tools: []\n",
}


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    study = tmp_path_factory.mktemp("study")
    (study / "team").mkdir()
    for name, content in TEAM.items():
        (study / "team" / name).write_bytes(content)
    return SEMGREP.kit(Scan(rules=["team"]), study)


@pytest.fixture(scope="module")
def alone(kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    codes = {"python2.py": code_of("python2.py", FILES["python2.py"], parses=False)}
    return run_alone(SEMGREP, FILES, tmp_path_factory.mktemp("semgrep"), kit=replace(kit, seconds=3), codes=codes)


def test_a_finding_has_the_rules_id_place_severity_weakness_and_category(alone: Alone) -> None:
    assert alone.findings(SEMGREP, "system.py") == [
        SeenFinding(
            rule="qualdev-os-system",
            line=5,
            end_line=7,
            cwe_raw=(
                "CWE-78: Improper Neutralization of Special Elements used in an OS Command ('OS Command Injection')",
            ),
            severity="high",
            severity_raw="ERROR",
            confidence="MEDIUM",
            category="shell",
            message=(
                "A command line is put together and given to a shell. "
                "Use subprocess.run with a list of arguments, without a shell."
            ),
        )
    ]


def test_findings_under_nosemgrep_are_there_and_marked_as_semgrep_reads_the_comment(alone: Alone) -> None:
    found = [(each.line, each.suppressed) for each in alone.findings(SEMGREP, "nosem.py")]

    assert found == [(2, True), (3, True), (5, False), (7, True), (8, False)]


def test_a_data_flow_is_told_from_source_to_sink(alone: Alone) -> None:
    found = alone.findings(SEMGREP, "taint.py")[0]

    assert (found.rule, found.line, found.cwe_raw) == (
        "team-flow",
        3,
        ("CWE-20: Improper Input Validation", "CWE-74"),
    )
    assert json.loads(str(found.flows)) == [
        [
            {"line": 1, "end_line": 1, "column": 5, "message": "flow()"},
            {"line": 1, "end_line": 1, "column": 1, "message": "a"},
            {"line": 2, "end_line": 2, "column": 1, "message": "b"},
            {"line": 3, "end_line": 3, "column": 1, "message": "use(b)"},
        ]
    ]


@pytest.mark.parametrize(
    ("name", "status", "reason", "rules"),
    [
        ("python2.py", "scanned", "not valid Python for this Python; Semgrep says nothing about it", ["qualdev-eval"]),
        ("broken.py", "failed", "partly parsed; lines 4-4 were not read", ["qualdev-eval"]),
        ("zeros.py", "failed", "partly parsed; lines 2-2 were not read", []),
        ("lexical.py", "failed", "Lexical error: unrecognized symbol", []),
        ("empty.py", "scanned", "None", []),
        ("more.pyw", "scanned", "None", ["qualdev-eval"]),
    ],
)
def test_what_was_not_read_is_told_and_what_was_found_is_kept(
    alone: Alone, name: str, status: str, reason: str, rules: list[str]
) -> None:
    said = alone.said[name]

    assert (said.status, [each.rule for each in alone.findings(SEMGREP, name)]) == (status, rules)
    assert str(said.reason).startswith(reason)
    assert "/" not in str(said.reason)


def test_a_file_that_takes_too_long_costs_itself_and_no_other(alone: Alone) -> None:
    assert alone.said["slow.py"].status == "timed_out"
    assert alone.said["slow.py"].reason


def test_only_python_is_asked_about(alone: Alone) -> None:
    assert alone.refused == {"config.json": "not Python"}


def test_rules_that_cannot_be_used_are_rows_with_the_reason_and_stop_no_other(kit: Kit) -> None:
    team = [each for each in kit.rule_files if each.path.startswith("team/")]
    mixed = str(next(each.problem for each in team if each.path == "team/mixed.yml"))

    assert [(each.path, each.rules) for each in team] == [
        ("team/good.yaml", 1),
        ("team/mixed.yml", 2),
        ("team/none.yaml", 0),
        ("team/syntax.yaml", 0),
    ]
    assert [each.problem for each in team][2:] == [
        "it has no list of `rules`",
        "it is no valid YAML (ParserError)",
    ]
    for part in (
        "qualdev-eval: a rule of this id is in qualdev/evaluation.yaml",
        "rule 3 has no id of letters, digits, -, . and _",
        "team-js: it is for js, and only Python is looked at",
        "team-join: rules of mode 'join' are not run",
        "team-paths: its `paths` do not count: a content has many",
        "team-both: only Python is looked at, and nothing else in js",
        "team-one: Invalid pattern for Python",
    ):
        assert part in mixed


def test_all_of_our_own_rules_are_in_use(kit: Kit) -> None:
    own = [each for each in kit.rule_files if each.path.startswith("qualdev/")]

    assert own
    assert [each for each in own if each.problem or not each.rules] == list[RulesFile]()


def test_the_hash_is_of_the_rule_files(kit: Kit, tmp_path: Path) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "good.yaml").write_bytes(TEAM["good.yaml"] + b"# changed\n")

    other = SEMGREP.kit(Scan(rules=["team"], own_rules=False), tmp_path)

    assert other.rules_hash != kit.rules_hash
    assert [each.rule for each in other.rules] == ["team-flow"]


def test_without_a_rule_or_without_semgrep_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Missing, match="no rule that it can use"):
        SEMGREP.kit(Scan(own_rules=False), tmp_path)
    monkeypatch.setattr(semgrep_engine.util, "find_spec", lambda _name: None)
    with pytest.raises(Missing, match="not installed with its engine"):
        semgrep_engine.program()


def test_planted_silence_and_planted_code_have_no_effect(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the files are looked at in their repository, which is our working folder, home and path."""
    repository, scratch = tmp_path / "repository", tmp_path / "scratch"
    canary = plant(repository)
    monkeypatch.chdir(repository)
    for name in ("HOME", "PYTHONPATH", "PATH", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(repository))
    (scratch / "kit").mkdir(parents=True)
    (scratch / "kit" / "rules.json").write_bytes(kit.files["rules.json"])
    staged = [Staged(code_of(path, content), repository / path) for path, content in CODE.items()]

    said = {each.sha256: each for each in SEMGREP.scan(kit, scratch, staged)}
    found = {
        path: [(each["check_id"], each["is_ignored"]) for each in said[sha256(content).hexdigest()].findings]
        for path, content in CODE.items()
    }

    assert not canary.exists()
    assert found == {
        "modeling_x.py": [("qualdev-pickle-load", False)],
        "tests/test_x.py": [("qualdev-eval", False)],
        "ignored/y.py": [("qualdev-eval", True)],
        "build/z.py": [("qualdev-eval", False)],
    }


@pytest.mark.parametrize("strange", [{}, {"check_id": "x", "metadata": 3}])
def test_what_is_no_match_is_refused(strange: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no match of Semgrep's"):
        SEMGREP.parse(strange)


def test_every_finding_of_a_native_run_is_there(kit: Kit, tmp_path: Path) -> None:
    tree = tmp_path / "native"
    files = {
        f"{number}/{path}": content.encode()
        for number, repository in enumerate(weak(repositories(5)))
        for path, content in repository.files.items()
        if path.endswith(".py")
    }
    for path, content in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(content)
    command = [str(Path(sys.executable).with_name("semgrep")), "scan", "--config", str(OWN), "--metrics=off", "--json"]
    done = subprocess.run(
        [*command, "--disable-version-check", "--disable-nosem", "--quiet", "--jobs=1", str(tree)],
        capture_output=True,
        check=False,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        cwd=tmp_path,
    )
    expected = Counter(
        (str(Path(each["path"]).relative_to(tree)), each["start"]["line"], each["check_id"].rpartition(".")[2])
        for each in json.loads(done.stdout)["results"]
    )

    contents = {sha256(content).hexdigest(): content for content in files.values()}
    alone = run_alone(SEMGREP, {f"{name}.py": content for name, content in contents.items()}, tmp_path, kit=kit)
    found = {name: alone.findings(SEMGREP, f"{name}.py") for name in contents}
    actual = Counter(
        (path, each.line, each.rule) for path, content in files.items() for each in found[sha256(content).hexdigest()]
    )

    assert len(expected) > 10
    assert actual == expected
