"""``platforms claims``: the timeline of a package over its history, each claim opened at its line, one explained."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from code_history import Written, plug_in, release

from codebook.rows.claims import Claim
from codebook.study import Study
from platforms import EVIDENCE, claims_command
from platforms.claims_command import claims as command
from platforms.evidence import Evidence, Gate
from platforms.extract.claims import claims
from platforms.extract.opened import checked

GATE = Gate(
    name="pack.load",
    mechanism="execution gate",
    surface="load",
    parameter="trust",
    symbols=("Model.load",),
    runs=("run_module",),
)
BEFORE = "class Model:\n    def load(self, name):\n        run_module(name)\n"
RAISES = (
    "class Model:\n    def load(self, name, **kw):\n        trust = kw.pop('trust', False)\n        if not trust:\n"
    "            raise ValueError('no')\n        run_module(name)\n"
)
ASKS = (
    "from .gate import resolve\nclass Model:\n    def load(self, name, trust=None):\n        trust = resolve(trust)\n"
    "        run_module(name)\n"
)
RESOLVE = (
    "def resolve(trust):\n    if trust is None:\n"
    "        if input('run it?') != 'y':\n            raise ValueError('no')\n"
)
GENERATIONS = (
    {"pack/model.py": BEFORE},
    {"pack/model.py": RAISES},
    {"pack/auto/model.py": ASKS, "pack/auto/gate.py": RESOLVE},
)


def history(count: int = 9) -> list[Written]:
    """Releases in which three generations of the gate follow each other, the last in other modules."""
    return [release(f"{n}.0", GENERATIONS[n * 3 // count], number=n) for n in range(count)]


def made(kept: Sequence[Written]) -> list[Claim]:
    """The claims of releases."""
    evidence: dict[str, Evidence] = {"pack": plug_in(GATE)}
    return list(claims(kept, evidence, None))


def test_the_timeline_of_a_gate_changes_between_adjacent_releases() -> None:
    told = [(c.version, c.level, c.default, c.symbol, c.path) for c in made(history())]

    assert [
        *((f"{n}.0", "none", None, "Model.load", "pack/model.py") for n in (0, 1, 2)),
        *((f"{n}.0", "opt-in", "False", "Model.load", "pack/model.py") for n in (3, 4, 5)),
        *((f"{n}.0", "prompt", "None", "Model.load", "pack/auto/model.py") for n in (6, 7, 8)),
    ] == told


def test_a_release_that_was_not_read_makes_no_claims_and_a_package_without_rules_none_either() -> None:
    unread = release("1.0", {})
    unread = Written(replace(unread.release, state="not_read", problem="no source"), {})

    assert made([unread, release("1.0", GENERATIONS[1], package="stranger")]) == []


def test_claims_are_the_same_in_any_order_of_releases_and_each_has_its_own_id() -> None:
    forth, back = made(history()), made(history()[::-1])

    assert len({c.claim_id for c in forth}) == len(forth)
    assert sorted(forth, key=lambda c: c.claim_id) == sorted(back, key=lambda c: c.claim_id)


def test_every_claim_opens_at_its_line_and_a_change_of_file_line_or_quote_is_told() -> None:
    kept = history()
    found = made(kept)
    first = found[0]
    elsewhere = replace(first, quote="def load(self, other):")
    further = replace(first, line=900)
    other = replace(first, sha256=hashlib.sha256(b"other").hexdigest())
    moved = replace(first, path="pack/gone.py")
    unkept = replace(first, version="99.0")

    assert [None] * len(found) == [one.problem for one in checked(found, kept)]
    assert [one.problem for one in checked([elsewhere, further, other, moved, unkept], kept)] == [
        "the line does not show the quote",
        "the line does not show the quote",
        "the file has another hash",
        "the file is not among those that are kept of the release",
        "the release is not kept",
    ]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """A study with the claims of the history; the releases are those in memory."""
    kept = history()
    made_here = Study.create(tmp_path / "study", "Claims")
    made_here.write(Claim, made(kept))
    monkeypatch.setattr(claims_command, "releases", lambda _: iter(kept))
    monkeypatch.setitem(EVIDENCE, "pack", plug_in(GATE))
    return made_here


def asked(study: Study, *arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(command, ["--study", str(study.path), *arguments], catch_exceptions=True)


def test_claims_are_chosen_by_package_mechanism_and_version(study: Study) -> None:
    chosen = asked(study, "--format", "json", "--package", "PACK", "--mechanism", "execution gate", "--version", "3.0")
    none = asked(study, "--format", "json", "--platform", "nowhere")

    (row,) = json.loads(chosen.stdout)
    assert (
        row["level"],
        row["default"],
        row["line"],
        row["on_default"],
    ) == ("opt-in", "False", 3, "raises (pack/model.py:5)")
    assert json.loads(none.stdout) == []


def test_check_says_how_many_claims_show_what_they_say(study: Study) -> None:
    result = asked(study, "--check")

    assert result.exit_code == 0
    assert "9 claims of code opened at their lines, 9 show what they say" in result.stderr


def test_check_ends_with_1_where_a_claim_does_not_hold(study: Study) -> None:
    rows = list(study.read(Claim))
    study.write(Claim, [replace(rows[0], quote="something else"), *rows[1:]])
    result = asked(study, "--check")

    assert "DoesNotHold" in repr(result.exception)
    assert f"{rows[0].claim_id}: pack " in result.stderr


def test_explain_shows_the_claim_the_lines_around_and_the_rule(study: Study) -> None:
    (claim,) = [c for c in study.read(Claim) if c.version == "3.0"]
    shown = asked(study, "--explain", claim.claim_id[:10]).stdout.splitlines()

    assert ">     3          trust = kw.pop('trust', False)" in shown
    assert "the rule pack.load:" in shown
    assert '  parameter: "trust"' in shown


def test_explain_of_an_id_that_nobody_has_says_so(study: Study) -> None:
    assert "no claim has an id that begins with 'zzz'" in str(asked(study, "--explain", "zzz").exception)


def test_what_hostile_code_says_reaches_the_terminal_as_harmless_text(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = RAISES.replace("'no'", "'\x1b]0;owned\x07\x1b[31m\u202e'")
    kept = [release("1.0", {"pack/model.py": evil.replace("False", "'\x1b[31m'")})]
    monkeypatch.setattr(claims_command, "releases", lambda _: iter(kept))
    study.write(Claim, made(kept))
    (claim,) = study.read(Claim)
    shown = asked(study, "--explain", claim.claim_id).stdout + asked(study).stdout

    assert "owned" in shown
    assert not set("\x1b\x07\u202e") & set(shown)


@pytest.mark.parametrize("package", sorted(EVIDENCE))
def test_every_package_has_a_platform_something_wanted_and_rules_with_names_of_their_own(package: str) -> None:
    """The contract of the plug-ins."""
    evidence = EVIDENCE[package]
    names = [rule.name for rule in evidence.rules]

    assert evidence.package == package
    assert evidence.platform
    assert evidence.wanted.paths
    assert len(set(names)) == len(names) > 0
