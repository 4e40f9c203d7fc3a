"""Where rules and files are that a result names."""

from typing import Any

import pytest

from scan.sarif.places import Place, Places
from scan.sarif.rules import Rules

RULE = {
    "id": "py/a",
    "shortDescription": {"text": "A short text"},
    "messageStrings": {"m": {"text": "{0} flows to {1}; {{}}"}},
    "properties": {
        "tags": ["security", "external/cwe/cwe-022", "external/cwe/cwe-036"],
        "precision": "high",
        "problem.severity": "error",
        "security-severity": "7.5",
    },
}


def _tool(driver: list[dict[str, Any]], *extensions: list[dict[str, Any]]) -> dict[str, Any]:
    parts = [{"name": f"pack{i}", "semanticVersion": "1", "rules": rules} for i, rules in enumerate(extensions)]
    return {"driver": {"name": "CodeQL", "semanticVersion": "2.22.4", "rules": driver}, "extensions": parts}


@pytest.mark.parametrize(
    ("tool", "reference"),
    [
        (_tool([RULE]), {"ruleId": "py/a"}),
        (_tool([{"id": "x"}, RULE]), {"ruleId": "py/a", "ruleIndex": 1}),
        (_tool([{"id": "x"}, RULE]), {"rule": {"id": "py/a", "index": 1}}),
        (_tool([{"id": "x"}, RULE]), {"rule": {"index": 1}}),
        (_tool([], [{"id": "x"}], [RULE]), {"rule": {"id": "py/a", "index": 0, "toolComponent": {"index": 1}}}),
        (_tool([], [{"id": "x"}], [RULE]), {"rule": {"index": 0, "toolComponent": {"name": "pack1"}}}),
        (_tool([{"id": "x"}], [RULE]), {"ruleId": "py/a", "ruleIndex": 0}),
        (_tool([RULE]), {"ruleId": "py/a/sub"}),
        (_tool([RULE]), {"ruleId": "py/a", "ruleIndex": 99}),
    ],
)
def test_a_rule_is_found_in_the_driver_and_in_extensions(tool: dict[str, Any], reference: dict[str, Any]) -> None:
    assert Rules(tool).of(reference) == RULE


def test_a_result_whose_rule_is_not_described_keeps_its_name() -> None:
    rules = Rules(_tool([]))

    assert (rules.of({"ruleId": "r"}), rules.identity({"ruleId": "r"}, {})) == ({}, "r")


ROOTED = {"%SRCROOT%": {"uri": "file:///home/x/repo/"}, "SRC": {"uri": "src/", "uriBaseId": "%SRCROOT%"}}


@pytest.mark.parametrize(
    ("location", "root", "path", "inside"),
    [
        ({"uri": "a/b.py"}, "", "a/b.py", True),
        ({"uri": "./a//b.py"}, "", "a/b.py", True),
        ({"uri": "a/c/../b.py"}, "", "a/b.py", True),
        ({"uri": "a%20b.py"}, "", "a b.py", True),
        ({"uri": "100%.py"}, "", "100%.py", True),
        ({"uri": "50%25.py"}, "", "50%25.py", True),
        ({"uri": "%ff.py"}, "", "\\xff.py", True),
        ({"uri": "a%2Fb.py"}, "", "a/b.py", True),
        ({"uri": "a/..%2F..%2Fb.py"}, "", "a/..%2F..%2Fb.py", False),
        ({"uri": "a\\b.py"}, "", "a/b.py", True),
        ({"uri": "b.py", "uriBaseId": "%SRCROOT%"}, "", "b.py", True),
        ({"uri": "b.py", "uriBaseId": "SRC"}, "", "src/b.py", True),
        ({"uri": "b.py", "uriBaseId": "SRC"}, "/home/x/repo", "src/b.py", True),
        ({"uri": "b.py", "uriBaseId": "SRC"}, "file:///home/x", "repo/src/b.py", True),
        ({"uri": "b.py", "uriBaseId": "UNKNOWN"}, "", "b.py", True),
        ({"index": 1}, "", "listed.py", True),
        ({"uri": "file:///home/x/repo/a.py"}, "/home/x/repo/", "a.py", True),
        ({"uri": "/home/x/repo/a.py"}, "file:///home/x/repo", "a.py", True),
        ({"uri": "file://localhost/home/x/repo/a.py"}, "/home/x/repo", "a.py", True),
        ({"uri": "file:///C:/repo/a.py"}, "c:\\repo", "a.py", True),
        ({"uri": "C:\\repo\\sub\\a.py"}, "C:/repo", "sub/a.py", True),
        ({"uri": "build/src/a.py"}, "build/src", "a.py", True),
        ({"uri": "b.py", "uriBaseId": "%SRCROOT%"}, "/elsewhere", "b.py", False),
        ({"uri": "../../etc/passwd"}, "", "../../etc/passwd", False),
        ({"uri": "a/%2e%2e/%2e%2e/x"}, "", "a/%2e%2e/%2e%2e/x", False),
        ({"uri": "/etc/passwd"}, "", "/etc/passwd", False),
        ({"uri": "file:///etc/passwd"}, "/home/x/repo", "file:///etc/passwd", False),
        ({"uri": "https://example.invalid/a.py"}, "", "https://example.invalid/a.py", False),
        ({"index": 99}, "", None, False),
        ("nonsense", "", None, False),
    ],
)
def test_an_address_leads_into_the_repository_or_is_outside(location: Any, root: str, path: str, inside: bool) -> None:
    artifacts = [{}, {"location": {"uri": "listed.py"}}]
    found = Places(ROOTED, artifacts, root, {"100%.py", "50%25.py"}).of(location)

    assert found == Place(path, inside=inside)


def test_bases_that_lead_in_a_circle_end() -> None:
    bases = {"A": {"uri": "a/", "uriBaseId": "B"}, "B": {"uri": "b/", "uriBaseId": "A"}}

    assert Places(bases, [], "", ()).of({"uri": "x.py", "uriBaseId": "A"}).inside
