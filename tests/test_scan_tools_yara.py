"""YARA as a scanner: the team's rules beside ours, bounds, and what other people's rules say of themselves."""

import time
from pathlib import Path

import pytest
from code_rig import code_of, run_alone
from hypothesis import given, settings
from hypothesis import strategies as st

from codebook.errors import StudyError
from codebook.scanning import Scan
from scan.scanner import Kit
from scan.tools import SCANNERS
from scan.tools.rule_files import rule_files
from scan.tools.yara_matching import matches

yara = pytest.importorskip("yara", reason="yara-python comes with the extra scan")

YARA = SCANNERS["yara"]
NEEDLE = yara.compile(source='rule first { strings: $a = "needle" condition: $a }')
TWO = 'rule first { strings: $a = "needle" condition: $a }\nrule second { condition: filesize > 100 }\n'


def kit_of(study: Path, rules: dict[str, str], **settings: float) -> Kit:
    """What is run with these rules of the team's and none of ours."""
    for name, text in rules.items():
        path = study / "team" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return YARA.kit(Scan.model_validate({"rules": ["team"], "own_rules": False, **settings}), study)


def test_a_finding_is_at_the_first_place_and_tells_the_others(tmp_path: Path) -> None:
    kit = kit_of(tmp_path, {"two.yar": TWO})
    alone = run_alone(YARA, {"a.py": b"x\n\nneedle needle\nneedle\n"}, tmp_path, kit=kit)
    (raw,) = alone.said["a.py"].findings
    (seen,) = alone.findings(YARA, "a.py")

    assert (seen.rule, seen.line, seen.end_line, seen.severity, seen.cwe_raw) == ("team/two.yar:first", 3, 3, None, ())
    assert [(p["offset"], p["line"], p["text"]) for p in raw["places"]] == [
        (3, 3, "needle"),
        (10, 3, "needle"),
        (17, 4, "needle"),
    ]


def test_a_rule_without_strings_is_at_line_1(tmp_path: Path) -> None:
    alone = run_alone(YARA, {"a.py": b"x" * 200}, tmp_path, kit=kit_of(tmp_path, {"two.yar": TWO}))

    assert [(seen.rule, seen.line) for seen in alone.findings(YARA, "a.py")] == [("team/two.yar:second", 1)]


def test_a_file_that_does_not_compile_is_told_and_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("rule stolen { condition: true }", encoding="utf-8")
    rules = {
        "a.yar": "rule broken { condition: ",
        "b.yar": f'include "{tmp_path}/secret.txt"\nrule other {{ condition: true }}',
        "c.yara": TWO,
        "d.yar": 'import "cuckoo"\nrule c { condition: cuckoo.network.http_get(/x/) }',
        "e.yar": 'rule of_a_variable { condition: filename matches /x/ or extension == ".php" }',
        "notes.txt": "no rules",
    }
    kit = kit_of(tmp_path, rules)

    assert [(file.path, file.rules, file.problem) for file in kit.rule_files] == [
        ("team/a.yar", 0, "line 0: syntax error, unexpected end of file"),
        ("team/b.yar", 0, "line 1: includes are disabled"),
        ("team/c.yara", 2, None),
        ("team/d.yar", 0, "no module 'cuckoo' in this YARA; line 2: invalid field name \"network\""),
        ("team/e.yar", 1, None),
    ]
    alone = run_alone(YARA, {"a.py": b"needle"}, tmp_path, kit=kit)
    assert [seen.rule for seen in alone.findings(YARA, "a.py")] == ["team/c.yara:first"]


def test_the_same_name_in_two_files_is_two_rules(tmp_path: Path) -> None:
    rule = "rule same { condition: true }"
    kit = kit_of(tmp_path, {"a.yar": rule, "deep/a.yar": rule})
    alone = run_alone(YARA, {"a.py": b"x"}, tmp_path, kit=kit)

    assert [seen.rule for seen in alone.findings(YARA, "a.py")] == ["team/a.yar:same", "team/deep/a.yar:same"]


@pytest.mark.parametrize(
    ("meta", "cwe_raw", "severity", "category"),
    [
        ('CWE = "CWE-502" Severity = "HIGH" category = "x"', ("CWE-502",), "high", "x"),
        ('cwe_id = 78 severity = "medium"', ("78",), "medium", "CWE_94"),
        ('cwe = "CWE-22, CWE-23: Relative" severity = "5"', ("CWE-22", "CWE-23: Relative"), None, "CWE_94"),
        ('author = "somebody"', ("CWE_94",), None, "CWE_94"),
    ],
)  # fmt: skip
def test_what_other_peoples_rules_say_of_themselves(
    tmp_path: Path, meta: str, cwe_raw: tuple[str, ...], severity: str | None, category: str
) -> None:
    kit = kit_of(tmp_path, {"a.yar": f"rule tagged : CWE_94 {{ meta: {meta} condition: true }}"})
    (seen,) = run_alone(YARA, {"a.py": b"x"}, tmp_path, kit=kit).findings(YARA, "a.py")

    assert (seen.cwe_raw, seen.severity, seen.category) == (cwe_raw, severity, category)
    assert kit.rules[0].cwe_raw == cwe_raw


def test_a_catastrophic_expression_times_out_and_the_next_file_is_scanned(tmp_path: Path) -> None:
    kit = kit_of(tmp_path, {"a.yar": "rule slow { strings: $a = /(.*a){12}b/ condition: $a }"}, time_limit=1)
    codes = {"slow.py": code_of("slow.py", b"a" * 20_000_000), "fast.py": code_of("fast.py", b"x\n")}
    began = time.monotonic()
    alone = run_alone(YARA, {"slow.py": b"a" * 20_000_000, "fast.py": b"x\n"}, tmp_path, kit=kit, codes=codes)

    assert {name: said.status for name, said in alone.said.items()} == {"slow.py": "timed_out", "fast.py": "scanned"}
    assert time.monotonic() - began < 60  # of the days that it would take


def test_a_million_matches_are_told_in_few_words(tmp_path: Path) -> None:
    kit = kit_of(tmp_path, {"a.yar": 'rule every { strings: $a = "a" condition: #a > 3 }'})
    said = run_alone(YARA, {"a.txt": b"a" * 2_000_000}, tmp_path, kit=kit).said["a.txt"]

    assert said.status == "scanned"
    assert (len(said.findings[0]["places"]), said.findings[0]["more"]) == (20, 999_980)


def test_what_needs_more_memory_than_allowed_is_failed(tmp_path: Path) -> None:
    rules = "\n".join(f'rule r{n} {{ strings: $a = "a" $b = /a[a-z]?/ condition: any of them }}' for n in range(20))
    kit = kit_of(tmp_path, {"a.yar": rules}, memory_limit=200)
    said = run_alone(YARA, {"a.txt": b"a" * 2_000_000, "b.txt": b"b"}, tmp_path, kit=kit).said

    assert said["a.txt"].status == "failed"
    assert "memory" in str(said["a.txt"].reason)
    assert said["b.txt"].status == "scanned"


def test_contents_that_are_too_large_are_refused() -> None:
    code = code_of("weights.bin", b"")

    assert YARA.refuses(code) is None
    assert YARA.refuses(type(code)(sha256=code.sha256, suffix=".bin", bytes=200_000_001)) is not None


def test_the_rule_sets_hash_changes_with_any_rule(tmp_path: Path) -> None:
    first = kit_of(tmp_path, {"a.yar": TWO})
    again = kit_of(tmp_path, {"a.yar": TWO})
    other = kit_of(tmp_path, {"a.yar": TWO + " "})

    assert first.rules_hash == again.rules_hash != other.rules_hash
    assert first.tool_version.count(".") == 2


def test_what_is_no_match_of_yara_is_refused() -> None:
    with pytest.raises(ValueError, match="not a match"):
        YARA.parse({"rule": "x"})


def test_rules_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no rules at 'nowhere'"):
        rule_files(Scan(rules=["nowhere"]), tmp_path, "yara", (".yar",))


def test_links_out_of_a_folder_of_rules_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.yar").write_text(TWO, encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "e.yar").write_text(TWO, encoding="utf-8")
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "link.yar").symlink_to(tmp_path / "outside.yar")
    (tmp_path / "team" / "folder").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "team" / "own.yar").write_text(TWO, encoding="utf-8")
    found = rule_files(Scan(rules=["team", "elsewhere/e.yar"], own_rules=False), tmp_path, "yara", (".yar",))

    assert [source.path for source in found] == ["team/own.yar", "e.yar"]


def test_two_folders_of_one_name_stay_apart(tmp_path: Path) -> None:
    for place in ("one/rules", "two/rules"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "a.yar").write_text(TWO, encoding="utf-8")
    found = rule_files(Scan(rules=["one/rules", "two/rules"], own_rules=False), tmp_path, "yara", (".yar",))

    assert [source.path for source in found] == ["rules/a.yar", "rules~2/a.yar"]


@given(content=st.lists(st.sampled_from([b"needle", b"\n", b"x" * 40_000, b"\r\n"]), max_size=30).map(b"".join))
@settings(max_examples=60, deadline=None)
def test_the_line_of_every_place_is_that_of_its_offset(content: bytes) -> None:
    """Also where a content is longer than the blocks by which line ends are counted."""
    told = matches(NEEDLE, content, 20)["findings"]
    places = [place for found in told for place in found["places"]]

    assert [place["line"] for place in places] == [content[: place["offset"]].count(b"\n") + 1 for place in places]
    assert len(places) == min(content.count(b"needle"), 20)
