"""``platforms timeline``, ``diff``, ``coverage`` and ``disagreements`` on claims that are written by hand."""

import csv
import io
import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hand_study import HOSTILE, row
from hypothesis import given
from hypothesis import strategies as st
from platform_pages import platforms

from codebook.mechanisms import MECHANISMS
from codebook.rows import Claim, Disagreement, Document, InForce, Release
from codebook.study import Study
from codebook.tables import columns
from platforms.in_force import intervals
from platforms.timeline.rows import changes, state, steps

SETTINGS = '[platforms]\nnames = ["hub", "other"]\n'


def on(year: int, month: int = 1) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


def claim(number: str | None, level: str, default: str | None = None, **values: Any) -> Claim:
    about = {"platform": "hub", "package": "client", "component": "sdk", "mechanism": "execution gate"}
    own = {"claim_id": f"{number}-{level}", "surface": "load", "parameter": "trust", "symbol": "load"}
    said = {"version": number, "level": level, "default": default, "path": "a.py", "line": 7, "quote": "trust=None"}
    return row(Claim, **about | own | said | values)


RELEASES = [
    row(Release, package="client", platform="hub", version=version, released=date, state=state_)
    for version, date, state_ in (
        ("1.0", on(2020), "read"),
        ("1.1", on(2021), "not_read"),
        ("1.2", on(2022), "read"),
        ("1.10", on(2023), "read"),
    )
]
CLAIMS = [
    claim("1.0", "none", released=on(2020)),
    claim("1.2", "warn", "None", released=on(2022)),
    claim("1.10", "warn", "None", released=on(2023)),
    claim("1.10", "none", "True", released=on(2023), symbol="f > g = True", scope="this call"),
]


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    made = make_study(SETTINGS)
    made.write(Release, RELEASES)
    made.write(Claim, CLAIMS)
    made.write(InForce, intervals(CLAIMS, RELEASES))
    return made


def test_a_gate_is_shown_release_by_release_in_the_order_of_versions(study: Study) -> None:
    """1.10 comes after 1.2; the change has an unread release between its two, and that is told."""
    ran = platforms(study, "timeline", "trust", "--package", "client")

    expected = """\
package    symbol    parameter    version    released             default    level    after    adjacent
---------  --------  -----------  ---------  -------------------  ---------  -------  -------  ----------
client     load      trust        1.0        2020-01-01 00:00:00             none
client     load      trust        1.2        2022-01-01 00:00:00  None       warn     1.0      no
client     load      trust        1.10       2023-01-01 00:00:00  None       warn
"""
    assert "\n".join(line.rstrip() for line in ran.stdout.splitlines()) + "\n" == expected
    assert ran.stderr == "releases that could not be read, and are not in it: 1 (see: platforms status)\n"


@pytest.mark.parametrize("words", [("timeline",), ("claims",), ("diff", "--between", "1.0", "1.2")])
def test_a_package_may_be_named_as_an_index_names_it_or_otherwise(study: Study, words: tuple[str, ...]) -> None:
    named = [platforms(study, *words, "--package", name).stdout for name in ("client", "Client")]

    assert named[0] == named[1] != ""
    assert named[0] != platforms(study, *words[:1], "--package", "clients").stdout


def test_only_changes_and_calls_on_demand_with_all_columns_of_claims(study: Study) -> None:
    rows = json.loads(platforms(study, "timeline", "--changes", "--calls", "--format", "json").stdout)

    assert [(r["symbol"], r["version"], r["level"]) for r in rows] == [
        ("f > g = True", "1.10", "none"),
        ("load", "1.0", "none"),
        ("load", "1.2", "warn"),
    ]
    assert list(rows[0]) == [*(column.name for column in columns(Claim)), "after", "adjacent"]


def test_a_switch_that_no_claim_is_about_is_an_error_with_the_nearest_one(study: Study) -> None:
    ran = platforms(study, "timeline", "trus")

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "Did you mean 'trust'?" in ran.stderr


def test_a_study_without_claims_of_code_says_so(make_study: Callable[..., Study]) -> None:
    made = make_study(SETTINGS)

    assert platforms(made, "timeline").stderr == "no claims of code are in this study\n"
    assert platforms(made, "diff", "--since", "2020-01-01").stderr == "no claims about platforms are in this study\n"


def test_the_picture_has_a_bar_per_interval_and_strangers_text_as_text(study: Study, tmp_path: Path) -> None:
    hostile = claim("1.2", "warn", symbol=HOSTILE, released=on(2022))
    study.write(InForce, intervals([*CLAIMS, hostile], RELEASES))
    path = tmp_path / "levels.svg"
    ran = platforms(study, "timeline", "--picture", path)
    svg = ET.fromstring(path.read_text(encoding="utf-8"))
    tips = [title.text for title in svg.iter("{http://www.w3.org/2000/svg}title")]

    assert (ran.exit_code, ran.stdout) == (0, "")
    assert tips == [
        "Levels in force by date and version",
        "warn (None): 1.2 to 1.2, 2022-01-01 to 2023-01-01",
        "none (None): 1.0 to 1.0, 2020-01-01 to 2022-01-01",
        "warn (None): 1.2 to 1.10, 2022-01-01 to now",
    ]
    assert not list(svg.iter("{http://www.w3.org/2000/svg}script"))
    assert platforms(study, "timeline", "--picture", tmp_path / "a.gif").exit_code == 2


@given(st.lists(st.sampled_from(["none", "warn", "prompt"]), min_size=1, max_size=8))
def test_between_changes_nothing_changes(levels: list[str]) -> None:
    found = steps([claim(f"1.{n}", level, claim_id=str(n)) for n, level in enumerate(levels)], [])
    kept = changes(found)

    assert [step.claim.level for step in found] == levels
    assert len(kept) == 1 + sum(one != two for one, two in itertools.pairwise(levels))
    assert all(state(one.claim) != state(two.claim) for one, two in itertools.pairwise(kept))
    assert all(step.adjacent for step in kept[1:])


def rows_of(text: str, *names: str) -> list[tuple[str, ...]]:
    return [tuple(line[name] for name in names) for line in csv.DictReader(io.StringIO(text))]


def test_what_changed_since_a_day(study: Study) -> None:
    """A gate, what documentation states, and pages; the same with an end is empty where nothing happened."""
    documents = [
        row(Document, document_id=i, url=f"https://site.invalid/{i[0]}", sha256=i * 32, platform="hub", **about)
        for i, about in (
            ("a1", {"read_at": on(2020), "current": False}),
            ("a2", {"read_at": on(2022), "current": True}),
            ("b1", {"read_at": on(2020), "current": True}),
            ("c1", {"read_at": on(2022), "current": True}),
        )
    ]
    docs = {"package": None, "component": "docs", "parameter": None, "symbol": None}
    silent = claim(None, "not_documented", mechanism="sandbox", claim_id="s", released=on(2020), **docs)
    said = claim(None, "documented", mechanism="sandbox", claim_id="d", released=on(2022), **docs)
    study.write(Document, documents)
    study.write(Claim, [*CLAIMS, silent, said])
    ran = platforms(study, "diff", "--since", "2021-06-01", "--format", "csv")
    quiet = platforms(study, "diff", "--since", "2022-02-01", "--until", "2022-03-01")

    assert rows_of(
        ran.stdout, "change", "mechanism", "symbol", "level_before", "level", "version_before", "version"
    ) == [
        ("changed", "execution gate", "load", "none", "warn", "1.0", "1.10"),
        ("changed", "sandbox", "", "not_documented", "documented", "", ""),
        ("page changed", "", "https://site.invalid/a", "", "", "a1" * 6, "a2" * 6),
        ("new page", "", "https://site.invalid/c", "", "", "", "c1" * 6),
    ]
    assert (quiet.stdout, quiet.stderr) == ("", "nothing changed\n")


def test_what_changed_between_two_releases(study: Study) -> None:
    ran = platforms(study, "diff", "--package", "client", "--between", "1.0", "1.2", "--format", "csv")

    assert rows_of(ran.stdout, "change", "level_before", "level", "default", "claim_before", "claim") == [
        ("changed", "none", "warn", "None", "1.0-none", "1.2-warn")
    ]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ((), "what is to be compared?"),
        (("--between", "1", "2"), "what is to be compared?"),
        (("--since", "2020-01-01", "--package", "client", "--between", "1.0", "1.2"), "what is to be compared?"),
        (("--package", "client", "--between", "1.0", "9.9"), "no claims about client 9.9"),
        (("--since", "2024-01-01", "--until", "2023-01-01"), "--until lies before --since"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_an_error(study: Study, words: tuple[str, ...], what: str) -> None:
    ran = platforms(study, "diff", *words)

    assert ran.exit_code == 2
    assert what in ran.stderr


def test_a_check_of_no_claims_does_not_pass(study: Study) -> None:
    ran = platforms(study, "claims", "--check", "--package", "clint")

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "there are no such claims to check" in ran.stderr


def test_coverage_with_wrong_reviews_prints_no_table(make_study: Callable[..., Study]) -> None:
    ran = platforms(make_study(SETTINGS + 'reviews = ["none.yaml"]\n'), "coverage")

    assert (ran.exit_code, ran.stdout) == (2, "")


def test_coverage_says_what_has_evidence_and_why_what_has_none(study: Study) -> None:
    docs = {"package": None, "component": "docs", "evidence_kind": "documentation", "symbol": None}
    made = [
        claim(None, "not_documented", mechanism="sandbox", claim_id="s", **docs),
        claim(None, "documented", mechanism="pinning", claim_id="p", **docs),
        claim(None, "unknown", mechanism="prompt", claim_id="u", **docs),
        claim(None, "not_documented", mechanism="allow-list", claim_id="a", **docs),
        claim(
            "1.10", "unknown", mechanism="allow-list", claim_id="b", released=on(2023)
        ),  # code has it: not just silence
        claim(None, "none", mechanism="malware scan", claim_id="r", **docs | {"evidence_kind": "reviewer"}),
    ]
    problem = row(
        Document, document_id="x", url="https://site.invalid/x", platform="hub", problem="a login form", current=True
    )
    study.write(Claim, [*CLAIMS, *made])
    study.write(Document, [problem])
    ran = platforms(study, "coverage", "--format", "csv")
    found = {(p, m): rest for p, m, *rest in rows_of(ran.stdout, *("platform", "mechanism"), *COUNTED)}

    assert found["hub", "execution gate"] == ["warn", "2", "0", "0", ""]
    assert found["hub", "sandbox"] == ["not_documented", "0", "0", "0", "not documented"]
    assert found["hub", "pinning"] == ["documented", "0", "1", "0", ""]
    assert found["hub", "prompt"] == ["unknown", "0", "0", "0", "unknown"]
    assert found["hub", "malware scan"] == ["none", "0", "0", "1", ""]
    assert found["hub", "allow-list"] == ["unknown", "0", "0", "0", "unknown"]
    assert found["hub", "gated access"] == ["unknown", "0", "0", "0", "no rule"]
    assert found["other", "gated access"] == ["unknown", "0", "0", "0", "no source"]
    assert len(found) == 2 * len(MECHANISMS)
    assert ran.stderr.splitlines() == [
        "https://site.invalid/x could not be read: a login form",
        "client: 1 releases could not be read",
    ]
    only = platforms(study, "coverage", "--missing", "--platform", "hub", "--format", "csv").stdout
    assert ("hub", "pinning") not in rows_of(only, "platform", "mechanism")


COUNTED = ("level", "code", "documentation", "reviewers", "missing")


def test_disagreements_show_the_evidence_of_both_sides(study: Study) -> None:
    quoted = claim(None, "documented", claim_id="d", package=None, path="page.md", quote="never trust=None")
    study.write(Claim, [*CLAIMS, quoted])
    about = {"platform": "hub", "rule": "forbidden-default", "parameter": "trust", "what": "they differ"}
    study.write(Disagreement, [row(Disagreement, disagreement_id="1", documented="d", in_code="1.10-warn", **about)])
    ran = platforms(study, "disagreements", "--format", "json")
    (found,) = json.loads(ran.stdout)

    assert (found["says"], found["does"]) == (
        "\u201cnever trust=None\u201d (page.md:7)",
        "\u201ctrust=None\u201d (client 1.10 a.py:7)",
    )
    assert platforms(study, "disagreements", "--rule", "unwarnd").exit_code == 2
    assert platforms(study, "disagreements", "--rule", "unwarned").stderr == "no disagreements are known\n"
