"""Codebooks and coded studies for the tests of exchange: by hand, and any that there may be."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from hand_study import BOOK, coding, row, thread
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from codebook.exchange.taken_over import as_yaml
from codebook.harmless import valid_text
from codebook.rows import Coding, ShownText, Thread, UnitOfCoding
from codebook.study import Study
from codebook.themes import Code, Codebook

MakeStudy = Callable[..., Study]

EMOJI = "👩\u200d👩\u200d👧 says: e\u0301te\u0301 is 𐐷ot 🇩🇪 a flag"
"""A family of five code points, combining accents, letters beyond the Basic Multilingual Plane, a flag of two."""

any_machine = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For property tests: they say nothing about time."""

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40).map(valid_text)
_headings = ("Include:", "\\Include:", "- x", "Code: A", "Status: retired", "# ", "  ", "\n")
_controls = ("_x0007_", "_x005F_x0041_", "\x07", "\r", "\r\n", "\t", "\ufeff", "\u2028", "\x85", "\uffff")
_marks = ("=1+1", "'=1", "''@x", "]]>", "<b>&amp;", '"', ",", ";", "!x")
_odd = st.sampled_from((*_headings, *_controls, *_marks))
nasty = st.lists(st.one_of(_odd, texts), max_size=6).map("".join).map(valid_text)
_filled = nasty.map(str.strip).filter(bool)
_items = st.lists(nasty, max_size=3).map(tuple)
_ids = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,15}", fullmatch=True)


@st.composite
def codebooks(draw: st.DrawFn) -> Codebook:
    """Any codebook with codes; some stand before the code that they stand under."""
    ids = draw(st.lists(_ids, min_size=1, max_size=6, unique=True))
    codes = [
        Code(
            id=own,
            name=draw(_filled),
            definition=draw(_filled),
            include=draw(_items),
            exclude=draw(_items),
            examples=draw(_items),
            parent=draw(st.sampled_from([None, *ids[:place]])),
            status=draw(st.sampled_from(["active", "proposed", "retired"])),
        )
        for place, own in enumerate(ids)
    ]
    shuffled = draw(st.permutations(codes))
    return Codebook("1.2.3", {code.id: code for code in shuffled}, "")


def loaded(version: str, codes: Any) -> Codebook:
    """The codebook of a file that :func:`as_yaml` made."""
    return Codebook.parse(Path("codebook.yaml"), as_yaml(version, codes).encode())


def unit(thread_id: str, coder: str, sha: str = "h1", **values: Any) -> UnitOfCoding:
    common = {"thread_id": thread_id, "kind": "thread", "round": 1, "arm": "plain", "run_id": "coding-push-1"}
    return row(UnitOfCoding, unit_id=thread_id, coder=coder, content_sha256=sha, **common | values)


def shown(unit_id: str, text: str, sha: str = "h1") -> ShownText:
    return row(ShownText, unit_id=unit_id, content_sha256=sha, text=text, run_id="coding-push-1")


def passage(thread_id: str, coder: str, code: str, text: str, quote: str, **values: Any) -> Coding:
    start = text.index(quote)
    return coding(thread_id, coder, code, start=start, end=start + len(quote), quote=quote, **values)


TEXTS = {"t1": EMOJI, "t2": "First line\r\nsecond\tline\x85\u2028<b> & \x07 end", "t3": "\ufeffbegins with a mark"}


def coded(make_study: MakeStudy, book: str = BOOK) -> Study:
    """A study with all that a project may carry: two rounds, passages, notes, a unit without a code, two versions."""
    study = make_study('[coders]\nnames = ["coder_a", "coder_b"]\n', codebook=book)
    assert study.key  # made before there are tables, as by the first command
    at = datetime(2026, 2, 3, 4, 5, 6, 789012)  # noqa: DTZ001 - as tables hold it
    study.write(
        Thread, [thread("t1", "github", 2023, labels=("a", "b")), thread("t2", "forum", None), thread("t3", "x", 1)]
    )
    given = [unit(t, c) for t in TEXTS for c in ("coder_a", "coder_b")]
    study.write(UnitOfCoding, [*given, unit("t1", "coder_a", "h2", round=2), unit("t9", "coder_b", "never stored")])
    study.write(ShownText, [*(shown(t, text) for t, text in TEXTS.items()), shown("t1", "edited since", "h2")])
    study.write(
        Coding,
        [
            passage("t1", "coder_a", "USE.err", EMOJI, "e\u0301te\u0301", coded_at=at, confidence="high"),
            passage("t1", "coder_a", "SEC.mal", EMOJI, "e\u0301te\u0301", coded_at=at, memo="why\r\n\x07 _x0007_ not?"),
            passage("t1", "coder_a", "SEC.mal", EMOJI, "🇩🇪", coded_at=at),
            passage("t1", "coder_b", "SEC.mal", EMOJI, EMOJI, annotation_id="1/1/2"),
            coding("t1", "coder_b", "USE.place", memo="whole", confidence="low", annotation_id="1/1/2"),
            coding("t1", "coder_a", "SEC.trust", round=2, annotation_id="4/1/2"),
            coding("t2", "coder_a", "", memo="nothing here", coded_at=at),
            coding("t2", "coder_b", ""),
            passage("t2", "coder_b", "SEC.mal", TEXTS["t2"], "second\tline\x85"),
            passage("t3", "coder_a", "USE.err", TEXTS["t3"], "\ufeffbegins"),
        ],
    )
    return study
