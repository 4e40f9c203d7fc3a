"""The codebook of the example study and its two invented coders fit the invented threads and each other."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sites import corpus

import codebook
from codebook.themes import Codebook

SITES = Path(corpus.__file__).parent
CODERS = ("coder_a", "coder_b")

Reference = tuple[str, str, str, int]
Given = dict[Reference, dict[str, Any]]


@pytest.fixture(scope="module")
def references() -> set[Reference]:
    return {(t.site, t.item, t.repo, t.number) for t in corpus.load(SITES / "example_threads.yaml")}


@pytest.fixture(scope="module")
def book() -> Codebook:
    return Codebook.load(Path(codebook.__file__).parent / "example" / "codebook.yaml")


@pytest.fixture(scope="module")
def codings() -> dict[str, Given]:
    tree = YAML(typ="safe", pure=True).load((SITES / "example_codings.yaml").read_text(encoding="utf-8"))
    by_coder: dict[str, Given] = {}
    for coder, entries in tree["coders"].items():
        by_coder[coder] = {(e["site"], e["item"], e["repo"], e["number"]): e for e in entries}

        assert len(by_coder[coder]) == len(entries), f"{coder} codes a thread twice"
    return by_coder


def code_sets(entries: Iterable[dict[str, Any]]) -> list[set[str]]:
    return [set(e["codes"]) for e in entries]


def test_codebook_has_the_themes_and_codes_of_the_study_with_something_to_work_with(book: Codebook) -> None:
    expected = {
        "COMPAT": ["COMPAT.pipeline", "COMPAT.deployment", "COMPAT.versions"],
        "AVOID": ["AVOID.evaluation", "AVOID.workaround"],
        "SUPPORT": ["SUPPORT.native", "SUPPORT.deprecation", "SUPPORT.longterm"],
        "MISCON": ["MISCON.revision", "MISCON.semantics", "MISCON.overgeneral"],
        "SECURITY": ["SECURITY.malicious", "SECURITY.ambiguity"],
        "USABILITY": ["USABILITY.errors", "USABILITY.placement", "USABILITY.docs"],
    }

    assert book.version == "1.0.0"
    assert {t.id: [c.id for c in book.children(t.id)] for t in book.themes()} == expected
    for leaf in book.leaves():
        assert 2 <= len(leaf.include) <= 4, leaf.id
        assert 1 <= len(leaf.exclude) <= 3, leaf.id
        assert 1 <= len(leaf.examples) <= 2, leaf.id


def test_codes_that_the_codebook_refers_to_exist(book: Codebook) -> None:
    texts = [t for c in book.codes.values() for t in (c.definition, *c.include, *c.exclude)]
    named = {match for text in texts for match in re.findall(r"\b[A-Z]{5,9}(?:\.[a-z]+)?\b", text)}

    assert {"AVOID", "SECURITY", "MISCON.semantics", "SUPPORT.native", "USABILITY.docs"} <= named
    assert named <= set(book.codes)


def test_every_thread_is_coded_by_both_coders(references: set[Reference], codings: dict[str, Given]) -> None:
    assert tuple(codings) == CODERS
    assert all(set(codings[coder]) == references for coder in CODERS)


def test_codings_are_leaves_of_the_codebook_and_each_is_used(book: Codebook, codings: dict[str, Given]) -> None:
    leaves = {c.id for c in book.leaves()}

    for coder in CODERS:
        given = Counter(code for entry in codings[coder].values() for code in entry["codes"])
        assert set(given) == leaves, coder
        assert all(len(set(e["codes"])) == len(e["codes"]) <= 3 for e in codings[coder].values())
        assert {e["confidence"] for e in codings[coder].values()} <= {"low", "medium", "high"}
        assert sum("memo" in e for e in codings[coder].values()) >= 8
        assert all(isinstance(e.get("memo", ""), str) for e in codings[coder].values())


def test_every_code_has_two_threads_on_which_somebody_put_it(book: Codebook, codings: dict[str, Given]) -> None:
    threads_of: dict[str, set[Reference]] = {leaf.id: set() for leaf in book.leaves()}
    for given in codings.values():
        for reference, entry in given.items():
            for code in entry["codes"]:
                threads_of[code].add(reference)

    assert min(map(len, threads_of.values())) >= 2
    assert {1, 2, 3} <= set(map(len, code_sets(codings["coder_a"].values())))
    assert sum(not codes for codes in code_sets(codings["coder_a"].values())) == 6


def test_coders_agree_as_people_do(book: Codebook, codings: dict[str, Given]) -> None:
    """The same set on about three quarters of the threads, and no code on which they hardly ever meet.

    Per code it is the positive specific agreement, 2a / (2a + b + c); the plain share of equal decisions would be
    near 1 because every code is absent from most threads.
    """
    a, b = codings["coder_a"], codings["coder_b"]
    differing = [r for r in a if set(a[r]["codes"]) != set(b[r]["codes"])]
    per_code = {}
    for leaf in book.leaves():
        with_a = {r for r in a if leaf.id in a[r]["codes"]}
        with_b = {r for r in b if leaf.id in b[r]["codes"]}
        per_code[leaf.id] = round(2 * len(with_a & with_b) / (len(with_a) + len(with_b)), 2)
    expected = {
        "COMPAT.pipeline": 0.86,
        "COMPAT.deployment": 0.86,
        "COMPAT.versions": 0.8,
        "AVOID.evaluation": 1.0,
        "AVOID.workaround": 1.0,
        "SUPPORT.native": 0.8,
        "SUPPORT.deprecation": 1.0,
        "SUPPORT.longterm": 1.0,
        "MISCON.revision": 0.8,
        "MISCON.semantics": 0.67,
        "MISCON.overgeneral": 0.67,
        "SECURITY.malicious": 0.83,
        "SECURITY.ambiguity": 1.0,
        "USABILITY.errors": 1.0,
        "USABILITY.placement": 0.89,
        "USABILITY.docs": 0.67,
    }

    assert len(differing) == 12
    assert per_code == expected


def test_what_coders_differ_on_and_no_more_has_a_decision_with_its_reason(
    book: Codebook, codings: dict[str, Given]
) -> None:
    tree = YAML(typ="safe", pure=True).load((SITES / "example_codings.yaml").read_text(encoding="utf-8"))
    decided = {(e["site"], e["item"], e["repo"], e["number"]): e for e in tree["decisions"]["coder_c"]}
    a, b = codings["coder_a"], codings["coder_b"]
    leaves = {c.id for c in book.leaves()}

    assert set(decided) == {r for r in a if set(a[r]["codes"]) != set(b[r]["codes"])}
    assert all(set(e["codes"]) <= leaves and e["reason"] for e in decided.values())
    sides = Counter(
        "a" if set(e["codes"]) == set(a[r]["codes"]) else "b" if set(e["codes"]) == set(b[r]["codes"]) else "neither"
        for r, e in decided.items()
    )
    assert min(sides["a"], sides["b"]) >= 2


def test_what_raters_leave_out_has_no_codes(references: set[Reference], codings: dict[str, Given]) -> None:
    tree = YAML(typ="safe", pure=True).load((SITES / "example_codings.yaml").read_text(encoding="utf-8"))
    verdicts = {
        coder: {(e["site"], e["item"], e["repo"], e["number"]): e["verdict"] for e in entries}
        for coder, entries in (tree["screening"] | tree["judged"]).items()
    }
    differing = {
        r for r in references if verdicts["coder_a"].get(r, "include") != verdicts["coder_b"].get(r, "include")
    }
    out = {r for r in references - differing if verdicts["coder_a"].get(r) == "exclude"}

    assert set(verdicts["coder_c"]) == differing
    assert len(out) == 2
    assert all(codings[coder][r]["codes"] == [] for coder in CODERS for r in out)
