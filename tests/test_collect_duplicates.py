"""Addresses in one form, signatures of texts, and groups."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collect.derive.duplicates import Groups, bands, canonical, signature

WORDS = [f"word{n}" for n in range(200)]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://github.com/Acme/Loader/issues/7", "github.com/acme/loader/7"),
        ("http://www.GitHub.com/acme/loader/pull/7/files#diff", "github.com/acme/loader/7"),
        ("https://github.com/acme/loader/discussions/7?sort=new", "github.com/acme/loader/7"),
        ("https://huggingface.co/acme/m/discussions/7", "huggingface.co/acme/m/7"),
        ("https://stackoverflow.com/questions/12/How-to?noredirect=1", "stackoverflow.com/questions/12"),
        ("https://stackoverflow.com/q/12", "stackoverflow.com/questions/12"),
        ("https://discuss.example.org/t/a-title/34/5", "discuss.example.org/t/34"),
        ("https://discuss.example.org/t/34", "discuss.example.org/t/34"),
        ("https://example.org/Other/Path/", "example.org/Other/Path"),
        ("https://example.org/", None),
        ("javascript:alert(1)", None),
        ("http://[half", None),
        ("", None),
    ],
)
def test_an_address_has_one_form(url: str, expected: str | None) -> None:
    assert canonical(url) == expected


def test_a_signature_is_the_same_in_every_process_and_version() -> None:
    """If this fails with a newer rensa, groups in tables change too: note it in the changelog."""
    made = signature(" ".join(WORDS))

    assert made is not None
    assert len(made) == 512
    assert made[:8].hex() == "2a6cb1fa0ad728e5"
    assert len(bands(made)) == len(set(bands(made))) == 32


def test_a_text_of_few_words_has_no_signature() -> None:
    assert signature("me too " * 9) is None
    assert signature(f"<!-- {' '.join(WORDS)} --> me too") is None


def test_marks_and_case_make_no_difference() -> None:
    assert signature(" ".join(WORDS)) == signature(", ".join(WORDS).upper() + "!")


@pytest.mark.parametrize(("changed", "linked"), [(0, True), (3, True), (60, False), (200, False)])
def test_texts_are_linked_by_how_many_words_they_share(changed: int, linked: bool) -> None:
    other = list(WORDS)
    for place in random.Random(1).sample(range(200), changed):
        other[place] = "another"
    signatures = {n: signature(" ".join(w)) or b"" for n, w in (("a", WORDS), ("b", other))}
    groups = Groups()
    groups.link_similar(["a", "b"], signatures)

    assert dict(groups) == ({"a": "a", "b": "a"} if linked else {})


@given(st.lists(st.lists(st.text("abcdef", min_size=1, max_size=1), max_size=4)))
def test_groups_are_an_equivalence_and_named_by_their_smallest(links: list[list[str]]) -> None:
    forward, backward = Groups(), Groups()
    for members in links:
        forward.link(members)
    for members in reversed(links):
        backward.link(reversed(members))
    found = dict(forward)

    assert found == dict(backward)
    for members in links:
        if len(set(members)) > 1:
            assert len({found[m] for m in members}) == 1
    for group in found.values():
        members = [m for m in found if found[m] == group]
        assert min(members) == group
        assert len(members) > 1
