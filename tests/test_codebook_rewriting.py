"""Rewriting raw stores and the eraser: all or nothing, whatever the moment of a kill; any JSON."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codebook.erasure import Eraser
from codebook.raw import Page, RawStore
from codebook.rewriting import rewrite


def shouting(page: Page) -> Page:
    return replace(page, body=page.body.upper()) if b"a" in page.body else page


class Killed(Exception):
    """Stands for SIGKILL."""


def test_killed_at_any_moment_and_run_again_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def filled(name: str) -> RawStore:
        for segment in range(3):
            store = RawStore(tmp_path / name)
            for number in range(4):
                body = b"aaa" if number == segment else b"b%d" % number
                store.append(Page(f"GET /{segment}/{number}", 200, {}, body, "r", "", "2026-01-01"))
            store.close()
        return RawStore(tmp_path / name)

    calm = filled("calm")
    untouched = [p.read_bytes() for p in calm.segments()]
    assert rewrite(calm, shouting).pages == 3
    whole = [p.read_bytes() for p in calm.segments()]
    outcomes, moments = set(), 0
    while True:
        store, left = filled(f"killed-{moments}"), moments
        with monkeypatch.context() as patched:
            for name in ("replace", "unlink", "open"):
                patched.setattr(Path, name, counted(getattr(Path, name), left))
            counted.calls = 0  # type: ignore[attr-defined] # the counter of this attempt
            try:
                rewrite(store, shouting)
                break
            except Killed:
                moments += 1
        outcomes.add(tuple(p.read_bytes() for p in store.segments()) in (tuple(untouched), tuple(whole)))
        rewrite(store, shouting)

        assert [p.read_bytes() for p in store.segments()] == whole
        assert sorted(p.name for p in store.folder.iterdir()) == [
            "000001.jsonl.gz",
            "000002.jsonl.gz",
            "000003.jsonl.gz",
        ]
    assert moments > 10


def counted(function: Callable[..., object], left: int) -> Callable[..., object]:
    def call(*arguments: object, **options: object) -> object:
        counted.calls += 1  # type: ignore[attr-defined] # see above
        if counted.calls > left + 1:  # type: ignore[attr-defined] # see above
            raise Killed
        return function(*arguments, **options)

    return call


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from(["ada", "@ada", "see ada!"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["user", "login", "body", "title", "url", "id", "x", "username", "owner"]), inner
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_in_any_json_a_name_is_gone_and_erasing_again_changes_nothing(body: object) -> None:
    eraser = Eraser(
        site="s", author=lambda n: n == "ada", thread=lambda _: False, shortened=lambda _: False, lengths=(1,)
    )
    page = Page("GET /x", 200, {}, json.dumps(body).encode(), "r")
    once = eraser.page(page)

    assert eraser.page(once) == once
    assert b"@ada" not in once.body
    assert b"see ada" not in once.body
    assert '"login": "ada"' not in once.body.decode()
