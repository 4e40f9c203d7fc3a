"""One vocabulary: tools' words as CWE, one scale of severity, which findings are one weakness."""

import json
from itertools import combinations

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from codebook.cli import cli
from codebook.rows.risk import Finding
from codebook.weaknesses import equivalent, group, name, normalised, owasp, severity, top25, weakness_ids
from codebook.weaknesses.stated import TABLES, stated


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (["CWE-78: Improper Neutralization of Special Elements used in an OS Command"], ("CWE-78",)),
        (["78"], ("CWE-78",)),
        (["078"], ("CWE-78",)),
        (["external/cwe/cwe-078", "external/cwe/cwe-088"], ("CWE-78", "CWE-88")),
        (["CWE-078"], ("CWE-78",)),
        (["cwe502"], ("CWE-502",)),
        (["CWE-78, CWE-77"], ("CWE-78", "CWE-77")),
        (["https://cwe.mitre.org/data/definitions/502.html"], ("CWE-502",)),
        (["CWE-94", "CWE-094", "94"], ("CWE-94",)),
        (["security", "", "CWE-", "CWE-0", "CWE-123456", "7.8", "٧٨", "-78", "maintainability/cwe"], ()),
        ([], ()),
    ],
)
def test_tools_write_weaknesses_in_many_ways(raw: list[str], expected: tuple[str, ...]) -> None:
    assert normalised(raw) == expected


def test_a_deprecated_entry_is_read_as_the_one_that_cwe_names_instead() -> None:
    assert normalised(["CWE-132"]) == ("CWE-170",)


def test_a_category_and_an_entry_newer_than_the_table_stay_as_they_are() -> None:
    assert normalised(["CWE-310", "CWE-1434"]) == ("CWE-310", "CWE-1434")


@pytest.mark.parametrize(
    ("tool", "rule", "raw", "expected"),
    [
        ("bandit", "B506", ["20"], ("CWE-502",)),
        ("bandit", "B506:yaml_load", ["CWE-20"], ("CWE-502",)),
        ("Bandit", "B307", ["78"], ("CWE-95",)),
        ("bandit", "B602", ["78"], ("CWE-78",)),
        ("semgrep", "B506", ["20"], ("CWE-20",)),
        ("bandit", "B506", ["22"], ("CWE-22",)),
    ],
)
def test_only_stated_rules_of_stated_tools_are_read_as_another_weakness(
    tool: str, rule: str, raw: list[str], expected: tuple[str, ...]
) -> None:
    assert normalised(raw, tool=tool, rule=rule) == expected


def test_what_bandit_says_of_eval_is_the_same_as_what_others_say() -> None:
    (bandit,) = normalised(["78"], tool="bandit", rule="B307")

    assert [equivalent(bandit, each) for each in ("CWE-94", "CWE-95", "CWE-96", "CWE-78")] == [True, True, True, False]


def test_bandits_weaknesses_are_remapped_where_the_table_says_and_its_own_rules_give_what_is_remapped() -> None:
    issue = pytest.importorskip("bandit.core.issue", reason="bandit is not installed")
    given_by_bandit = {value for key, value in vars(issue.Cwe).items() if key.isupper()}

    assert {int(row["given"]) for row in stated("remaps").rows if row["tool"] == "bandit"} <= given_by_bandit


def test_lists_of_cwe_and_owasp() -> None:
    assert [top25("CWE-502"), top25("CWE-95"), top25("CWE-94")] == [True, False, True]
    assert owasp("CWE-502") == "A08:2021 Software and Data Integrity Failures"
    assert owasp("CWE-95") == "A03:2021 Injection"
    assert owasp("CWE-703") is None
    assert name("CWE-502") == "Deserialization of Untrusted Data"
    assert name("CWE-99999") is None


@pytest.mark.parametrize(
    ("tool", "said", "expected"),
    [
        ("bandit", "LOW", "low"),
        ("bandit", "UNDEFINED", None),
        ("semgrep", "WARNING", "medium"),
        ("semgrep", "CRITICAL", "critical"),
        ("codeql", "9.8", "critical"),
        ("codeql", 7, "high"),
        ("codeql", "6.9", "medium"),
        ("codeql", "3.9", "low"),
        ("codeql", "0.0", None),
        ("codeql", "recommendation", "low"),
        ("picklescan", "Dangerous", "critical"),
        ("somebody", "error", "high"),
        ("somebody", "11", None),
        ("somebody", "nan", None),
        ("somebody", True, None),
        ("somebody", None, None),
    ],
)
def test_severities_stand_on_one_scale(tool: str, said: str | float | None, expected: str | None) -> None:
    assert severity(tool, said) == expected


def test_the_tables_fit_together() -> None:
    """Each weakness is in one group, on one list of OWASP's and in the table of entries; parents are there, too."""
    entries = {row["cwe"] for row in stated("entries").rows}
    for table, column in (
        ("equivalences", "cwe"),
        ("remaps", "given"),
        ("remaps", "cwe"),
        ("top25", "cwe"),
        ("owasp", "cwe"),
    ):
        assert {row[column] for row in stated(table).rows} <= entries
    for table in ("entries", "equivalences", "top25", "owasp"):
        named = [row["cwe"] for row in stated(table).rows]
        assert len(named) == len(set(named))
    assert {row["parent"] for row in stated("entries").rows} - {""} <= entries
    assert {row["instead"] for row in stated("entries").rows} - {""} <= entries
    assert all(row["reason"] for table in ("equivalences", "remaps", "severities") for row in stated(table).rows)
    assert all("20" in stated(table).source for table in TABLES)


def test_the_command_prints_every_table_with_its_source() -> None:
    told = CliRunner().invoke(cli, ["weaknesses", "top25", "--format", "json"])
    every = CliRunner().invoke(cli, ["weaknesses", "--format", "json"])

    assert json.loads(told.stdout)[14] == {"rank": "15", "cwe": "502"}
    assert "2025" in told.stderr
    assert [row["table"] for row in json.loads(every.stdout)] == list(TABLES)


def _finding(number: int, line: int, end: int | None, cwes: tuple[str, ...], file: str | None = "a" * 64) -> Finding:
    return Finding(
        finding_id=f"f{number}",
        tool="bandit",
        rule="B1",
        cwe=cwes[0] if cwes else None,
        cwe_raw=None,
        cwes=cwes,
        severity=None,
        sha256=file,
        line=line,
        end_line=end,
        suppressed_by_author=False,
        run_id="scan-code-1",
    )


def test_findings_on_overlapping_lines_with_equivalent_weaknesses_are_one() -> None:
    found = weakness_ids(
        [
            _finding(1, 3, None, ("CWE-95",)),
            _finding(2, 2, 4, ("CWE-94", "CWE-20")),
            _finding(3, 3, 3, ("CWE-502",)),
            _finding(4, 5, 5, ("CWE-95",)),
            _finding(5, 3, 3, ("CWE-95",), "b" * 64),
            _finding(6, 3, 3, ()),
            _finding(7, 3, 3, ()),
        ]
    )

    assert found["f1"] == found["f2"]
    assert len(set(found.values())) == 6


def test_findings_are_joined_over_a_third_that_overlaps_both() -> None:
    found = weakness_ids(
        [_finding(1, 1, 2, ("CWE-78",)), _finding(2, 4, 5, ("CWE-78",)), _finding(3, 2, 4, ("CWE-77",))]
    )

    assert len(set(found.values())) == 1


def test_a_further_tool_that_finds_the_same_does_not_change_the_id() -> None:
    one, other = _finding(1, 3, 3, ("CWE-95",)), _finding(2, 3, 9, ("CWE-94",))

    assert weakness_ids([one])["f1"] == weakness_ids([one, other])["f1"]


_CWES = st.lists(st.sampled_from(["CWE-77", "CWE-78", "CWE-94", "CWE-95", "CWE-502"]), max_size=2, unique=True)
_SPOT = st.tuples(st.integers(1, 12), st.none() | st.integers(1, 14), _CWES, st.sampled_from(["a" * 64, "b" * 64]))


@given(st.lists(_SPOT, max_size=12), st.randoms())
def test_every_finding_has_one_weakness_whatever_the_order(spots: list, random) -> None:
    """The ids are those of the connected components, found here by trying all pairs."""
    rows = [_finding(i, line, end, tuple(cwes), file) for i, (line, end, cwes, file) in enumerate(spots)]
    parts = {row.finding_id: {row.finding_id} for row in rows}
    for a, b in combinations(rows, 2):
        if _same(a, b):
            together = parts[a.finding_id] | parts[b.finding_id]
            parts.update(dict.fromkeys(together, together))
    shuffled = random.sample(rows, len(rows))

    found = weakness_ids(shuffled)
    assert found == weakness_ids(rows)
    assert {frozenset(part) for part in parts.values()} == {
        frozenset(k for k, v in found.items() if v == each) for each in found.values()
    }


def _same(a: Finding, b: Finding) -> bool:
    overlap = a.line <= max(b.line, b.end_line or 0) and b.line <= max(a.line, a.end_line or 0)
    return a.sha256 == b.sha256 and overlap and bool({group(c) for c in a.cwes} & {group(c) for c in b.cwes})
