"""Which candidates are quoted, and what is masked in them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.quotes.candidates import Candidate
from analysis.quotes.choice import choose
from analysis.quotes.masking import masked, searchable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ask @somebody or mail jane.doe@corp.example", "ask [name] or mail [name]"),
        ("@user-0123456789 said so", "@user-0123456789 said so"),
        ("see https://github.com/o/r/issues/1, then go", "see [link], then go"),
        ("use ghp_0123456789abcdefghijABCDEFGHIJ012345", "use [token]"),
        ("trust_remote_code=True in @dataclass(frozen=True)", "trust_remote_code=True in @dataclass(frozen=True)"),
    ],
)
def test_what_leads_to_a_person_is_masked(text: str, shown: str) -> None:
    assert masked(text, links=False) == shown


def test_six_words_as_they_were_written_are_searchable() -> None:
    assert searchable("one two three four five six")
    assert not searchable("one two three [name] four five six")
    assert not searchable("one, two, three, four, five")


def candidate(text: str, source: str, author: str | None, agreed: int, *, marked: bool) -> Candidate:
    codes, coders, date = ("X",), ("a",), datetime(2024, 1, 1, tzinfo=UTC)
    return Candidate(marked, text, text, text, codes, coders, agreed, None, source, source, "", date, author, None)


CANDIDATES = st.lists(
    st.builds(
        candidate,
        st.text("abcdefgh", min_size=1, max_size=2),
        st.sampled_from(["github", "forum"]),
        st.sampled_from([None, "x", "y", "z"]),
        st.integers(1, 3),
        marked=st.booleans(),
    ),
    max_size=12,
)


@given(found=CANDIDATES, n=st.integers(1, 8))
@settings(max_examples=100, deadline=None)
def test_no_quote_twice_and_none_before_a_better_one(found: Sequence[Candidate], n: int) -> None:
    chosen = choose(found, n)
    tiers = [(not each.marked, -each.agreed) for each in chosen]

    assert len(chosen) == min(n, len({each.text for each in found}))
    assert len({each.text for each in chosen}) == len(chosen)
    assert tiers == sorted(tiers)
