"""Versions of a codebook: what differs, what explains it, and what becomes of codes that were given before."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codebook.errors import StudyError
from codebook.study import Study
from codebook.themes import Codebook
from codebook.versions import recorded
from codebook.versions.chain import Chain, Outcome
from codebook.versions.differences import differences, proposed

MakeStudy = Callable[..., Study]


def book(version: str, codes: str, *changes: str) -> Codebook:
    """A codebook of lines ``id parent name``, name and definition the same; ``-`` is no parent, ``!`` retires."""
    return Codebook.parse(Path("codebook.yaml"), written(version, codes, *changes).encode())


def written(version: str, codes: str, *changes: str) -> str:
    text = f'version: "{version}"\nchanges: [{", ".join(changes)}]\ncodes:\n'
    for line in dedent(codes).strip().splitlines():
        code, parent, name = line.lstrip("!").split(maxsplit=2)
        above = "" if parent == "-" else f", parent: {parent}"
        retired = ", status: retired" if line.startswith("!") else ""
        text += f"  - {{id: {code}{above}, name: {name}, definition: {name}{retired}}}\n"
    return text


ONE = """\
    SEC - Security
    SEC.mal SEC Malice
    SEC.trust SEC Trust
    SEC.flag SEC Flag
    USE - Use
    USE.msg USE Messages
    USE.log USE Logs
    OTHER - Other
"""
TWO = """\
    SEC - Security
    SEC.malicious SEC Malice
    SEC.trust.code SEC Trust in code
    SEC.trust.owner SEC Trust in owners
    USE - Use
    USE.err USE Errors
    USE.flag USE Flag
    !OTHER - Other
"""
CHANGES = (
    '{version: "1.1.0", rename: {from: SEC.mal, to: SEC.malicious}}',
    '{version: "1.1.0", rename: {from: SEC.flag, to: USE.flag}}',
    '{version: "1.1.0", move: {code: USE.flag, under: USE}}',
    '{version: "1.1.0", merge: {from: [USE.msg, USE.log], into: USE.err}}',
    '{version: "1.1.0", split: {from: SEC.trust, into: [SEC.trust.code, SEC.trust.owner]}}',
    '{version: "1.1.0", retire: OTHER}',
)
FIRST, SECOND = book("1.0.0", ONE), book("1.1.0", TWO, *CHANGES)


def test_every_difference_is_named_with_the_change_that_explains_it() -> None:
    found = [(d.code, d.change, d.before, d.after, d.explained_by) for d in differences(FIRST, SECOND)]

    split, merge = "split SEC.trust into SEC.trust.code, SEC.trust.owner", "merge USE.msg, USE.log into USE.err"
    assert found == [
        ("SEC.malicious", "new id", "SEC.mal", "SEC.malicious", "rename SEC.mal to SEC.malicious"),
        ("SEC.trust.code", "added", "", "Trust in code", split),
        ("SEC.trust.owner", "added", "", "Trust in owners", split),
        ("USE.err", "added", "", "Errors", merge),
        ("USE.flag", "new id", "SEC.flag", "USE.flag", "rename SEC.flag to USE.flag"),
        ("USE.flag", "moved", "SEC", "USE", "move USE.flag under USE"),
        ("OTHER", "status", "active", "retired", "retire OTHER"),
        ("SEC.trust", "gone", "Trust", "", split),
        ("USE.msg", "gone", "Messages", "", merge),
        ("USE.log", "gone", "Logs", "", merge),
    ]


def test_without_changes_every_difference_is_unexplained() -> None:
    found = [(d.code, d.change, d.explained_by) for d in differences(FIRST, book("1.1.0", TWO))]

    assert found == [
        ("SEC.malicious", "added", ""),
        ("SEC.trust.code", "added", ""),
        ("SEC.trust.owner", "added", ""),
        ("USE.err", "added", ""),
        ("USE.flag", "added", ""),
        ("OTHER", "status", ""),
        ("SEC.mal", "gone", ""),
        ("SEC.trust", "gone", ""),
        ("SEC.flag", "gone", ""),
        ("USE.msg", "gone", ""),
        ("USE.log", "gone", ""),
    ]


@pytest.mark.parametrize(
    ("codes", "change", "expected"),
    [
        ("A - Alpha\nB - Two", "rename: B", ("B", "renamed", "B", "Two", True)),
        ("A - Alpha\nB A B", "move: {code: B, under: A}", ("B", "moved", "", "A", True)),
        ("A - Alpha\nB - B\nC A C", "split: {from: A, into: [C]}", ("A", "not assigned", "a code", "a theme", True)),
        ("A - Alpha\nB - B\nC A C", "add: C", ("A", "not assigned", "a code", "a theme", False)),
        ("B - Alpha", "rename: {from: A, to: B}", ("B", "new id", "A", "B", False)),
    ],
)
def test_each_kind_of_difference_wants_its_own_kind_of_change(
    codes: str, change: str, expected: tuple[str, str, str, str, bool]
) -> None:
    later = book("1.1.0", codes, f'{{version: "1.1.0", {change}}}')
    found = [
        (d.code, d.change, d.before, d.after, bool(d.explained_by))
        for d in differences(book("1.0.0", "A - Alpha\nB - B"), later)
    ]

    assert expected in found


def test_the_plainest_changes_that_are_proposed_explain_what_they_are_proposed_for() -> None:
    old = book("1.0.0", "A - Alpha\nB - B\nC - C\nD - D\n!E - E")
    codes = "A - Two\n!B - B\nC A C\nE - E\nF - F"
    lost = differences(old, book("1.1.0", codes))
    changes = [f'{{version: "1.1.0", {line}}}' for line in dict.fromkeys(map(proposed, lost)) if line]

    assert changes == [
        '{version: "1.1.0", rename: A}',
        '{version: "1.1.0", reword: A}',
        '{version: "1.1.0", retire: B}',
        '{version: "1.1.0", move: {code: C, under: A}}',
        '{version: "1.1.0", add: E}',
        '{version: "1.1.0", add: F}',
        '{version: "1.1.0", retire: D}',
    ]
    left = [(d.code, d.change) for d in differences(old, book("1.1.0", codes, *changes)) if not d.explained_by]
    assert left == [("A", "not assigned")], "A has a code under it now: which codings go there, only a split can say"


def test_reworded_signs_are_shown_before_and_after() -> None:
    one = Codebook.parse(Path("c"), b'version: "1.0.0"\ncodes: [{id: A, name: A, definition: x, include: [a, b]}]')
    two = Codebook.parse(
        Path("c"),
        b'version: "1.0.1"\nchanges: [{version: "1.0.1", reword: A}]\n'
        b"codes: [{id: A, name: A, definition: x, include: [a]}]",
    )

    assert [(d.change, d.before, d.after, d.explained_by) for d in differences(one, two)] == [
        ("reworded", "include: a | b", "include: a", "reword A")
    ]


def test_a_change_of_an_earlier_step_explains_nothing() -> None:
    later = book("1.2.0", "A - Alpha", '{version: "1.0.0", retire: B}')

    assert [(d.code, d.change, d.explained_by) for d in differences(book("1.0.0", "A - Alpha\nB - B"), later)] == [
        ("B", "gone", "")
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("SEC.mal", Outcome("SEC.malicious", "leaf")),
        ("SEC.flag", Outcome("USE.flag", "leaf")),
        ("USE.msg", Outcome("USE.err", "leaf")),
        ("USE.log", Outcome("USE.err", "leaf")),
        ("SEC.trust", Outcome("SEC.trust", "retired", ("SEC.trust.code", "SEC.trust.owner"))),
        ("OTHER", Outcome("OTHER", "retired")),
        ("SEC", Outcome("SEC", "inner")),
        ("NOPE", Outcome("NOPE", "gone")),
    ],
)
def test_what_becomes_of_a_code(code: str, expected: Outcome) -> None:
    chain = Chain((FIRST, SECOND))

    assert chain.outcome(code, "1.0.0") == expected
    assert chain.outcome(code, "1.1.0") == expected, "an old annotation that is saved again under the new page"


def test_codes_are_followed_through_all_versions_from_the_one_on_the_page() -> None:
    third = book(
        "2.0.0",
        "SEC - S\nSEC.mal SEC New meaning\nSEC.bad SEC Malice\nTRUST - T",
        '{version: "2.0.0", rename: {from: SEC.malicious, to: SEC.bad}}',
        '{version: "2.0.0", merge: {from: [SEC.trust.code, SEC.trust.owner], into: TRUST}}',
        '{version: "2.0.0", add: SEC.mal}',
        '{version: "2.0.0", retire: USE.err}',
    )
    chain = Chain((FIRST, SECOND, third))

    assert chain.outcome("SEC.mal", "1.0.0") == Outcome("SEC.bad", "leaf")
    assert chain.outcome("SEC.mal", "2.0.0") == Outcome("SEC.mal", "leaf"), "the id has a new meaning"
    assert chain.outcome("SEC.trust", "1.0.0") == Outcome("SEC.trust", "retired", ("TRUST",))
    assert chain.outcome("SEC.trust.code", "1.1.0") == Outcome("TRUST", "leaf")
    assert chain.outcome("USE.msg", "1.0.0") == Outcome("USE.err", "retired")
    assert chain.splits


def test_the_first_recorded_version_has_the_changes_before_it() -> None:
    assert Chain((SECOND,)).outcome("SEC.mal", "1.0.0") == Outcome("SEC.malicious", "leaf")


@given(st.lists(st.sampled_from(["rename", "merge", "split", "retire"]), min_size=1, max_size=8), st.data())
def test_no_code_ever_becomes_a_dead_one(kinds: list[str], data: st.DataObject) -> None:
    """Whatever is done to a codebook, step by step: a code is a leaf in the end, or leaves, or retired."""
    alive, changes, books = ["C0", "C1", "C2"], [], [book("0.0.1", "C0 - a\nC1 - b\nC2 - c\nKEEP - k")]
    for number, kind in enumerate(kinds, 2):
        old = data.draw(st.sampled_from(alive)) if alive else "KEEP"
        if old == "KEEP":
            break
        new = [f"N{number}a", f"N{number}b"]
        done = {
            "rename": (f"rename: {{from: {old}, to: {new[0]}}}", new[:1]),
            "merge": (f"merge: {{from: [{old}], into: {new[0]}}}", new[:1]),
            "split": (f"split: {{from: {old}, into: [{', '.join(new)}]}}", new),
            "retire": (f"retire: {old}", []),
        }[kind]
        alive = [each for each in alive if each != old] + done[1]
        changes.append(f'{{version: "0.0.{number}", {done[0]}}}')
        books.append(book(f"0.0.{number}", "\n".join(f"{c} - x" for c in [*alive, "KEEP"]), *changes))
    chain = Chain(tuple(books))
    leaves = {leaf.id for leaf in books[-1].leaves()}

    for each in books:
        for code in each.codes:
            outcome = chain.outcome(code, each.version)
            assert (
                outcome.code in leaves
                or (outcome.choices and set(outcome.choices) <= leaves)
                or (outcome.state == "retired")
            )
            assert (outcome.state == "leaf") == (outcome.code in leaves and not outcome.choices)


def put(study: Study, text: str) -> Study:
    (study.path / "codebook.yaml").write_text(text, encoding="utf-8")
    return Study.open(study.path)


def test_a_version_is_recorded_once_and_verbatim(make_study: MakeStudy) -> None:
    text = "# a comment\n" + written("1.0.0", ONE)
    study = make_study(codebook=text)

    assert recorded.record(study, "codebook-migrate-1")
    assert not recorded.record(study, "codebook-migrate-2")
    pages = [(page.request, page.body.decode(), page.run_id) for page in recorded.store(study).pages()]
    assert pages == [("CODEBOOK /versions/1.0.0", text, "codebook-migrate-1")]


def test_a_comment_is_no_difference_and_an_edit_without_a_new_version_is_an_error(make_study: MakeStudy) -> None:
    study = make_study(codebook=written("1.0.0", ONE))
    recorded.record(study, "r")

    assert recorded.check(put(study, "# why\n\n" + written("1.0.0", ONE) + "\n")) == []
    with pytest.raises(StudyError) as caught:
        recorded.check(put(study, written("1.0.0", ONE.replace("Malice", "Harm"))))
    assert caught.value.what == "the codebook was edited without a new version: codes of 1.0.0 differ: SEC.mal"
    assert caught.value.hint.startswith("Raise `version` above 1.0.0 and say under `changes:` what was done")
    with pytest.raises(StudyError, match=r"codes of 1\.0\.0 are the same, but its `changes` differ"):
        recorded.check(put(study, written("1.0.0", ONE, '{version: "1.0.0", add: SEC}')))


def test_a_codebook_does_not_go_back(make_study: MakeStudy) -> None:
    study = make_study(codebook=written("1.1.0", TWO, *CHANGES))
    recorded.record(study, "r")

    with pytest.raises(StudyError, match=r"the codebook is version 1\.0\.0, and 1\.1\.0 was in use already"):
        recorded.check(put(study, written("1.0.0", ONE)))


def test_what_no_change_explains_is_told_once_and_recorded(make_study: MakeStudy) -> None:
    study, told = make_study(codebook=written("1.0.0", ONE)), list[str]()
    recorded.see(study, "r1", told.append)
    later = put(study, written("1.1.0", ONE.replace("OTHER - Other\n", "")))
    recorded.see(later, "r2", told.append)
    recorded.see(later, "r3", told.append)

    assert [line.split(";")[0] for line in told] == ["codebook 1.1.0: no typed change explains what happened to OTHER"]
    assert [b.version for b in recorded.chain(study).books] == ["1.0.0", "1.1.0"]


def test_a_damaged_record_is_told_and_the_other_versions_stay(make_study: MakeStudy) -> None:
    study = make_study(codebook=written("1.0.0", ONE))
    recorded.record(study, "r1")
    recorded.record(put(study, written("1.1.0", TWO, *CHANGES)), "r2")
    last = recorded.store(study).segments()[-1]
    last.write_bytes(last.read_bytes()[:-9])

    assert [b.version for b in recorded.chain(study).books] == ["1.0.0"]
    assert [line.split(" at byte")[0] for line in recorded.damage(study)] == ["000002.jsonl.gz: cut"]
