"""What every source must hold, whichever it is: one test per promise, over the whole dict."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from four_sites import TOKEN, example, four_sites
from pydantic import BaseModel, ValidationError

from codebook.raw import Page, RawStore
from codebook.settings import Section
from codebook.wire import Dialect, Wire
from collect import SOURCES
from collect.source import Earlier, Seen, SeenGone, SeenPost, SeenSlice, SeenThread, Site

SITE_OF = {
    "github": "github",
    "huggingface": "huggingface",
    "discourse": "pytorch_forum",
    "stackexchange": "stackoverflow",
}
ROW = {"source": "team", "url": "https://t.example/1", "title": "trust_repo", "text": "What is it?"}


class Asked:
    """One site of a kind, and how often it was asked."""

    def __init__(self, kind: str, folder: Path, base_url: str, options: dict[str, object], seen: list[object]) -> None:
        self.source = SOURCES[kind]
        self.site = Site(
            name="here",
            base_url=base_url,
            keywords=("trust_remote_code", "trust_repo"),
            since=date(2019, 1, 1),
            until=date(2026, 1, 1),
            folder=folder,
            token=TOKEN["GITHUB_TOKEN"] if kind == "github" else None,
            options=self.source.Options.model_validate(options),
        )
        self.store = RawStore(folder / "raw")
        self.seen = seen

    def fetch(self, run: str = "r") -> list[str]:
        wire = Wire(self.store, run, self.site.base_url, self.source.dialect(self.site), sleep=lambda _: None)
        found = list(self.source.fetch(self.site, wire, Earlier()))
        self.store.close()
        return found

    def parsed(self) -> list[Seen]:
        return [seen for page in self.store.pages() for seen in self.source.parse(page, self.site)]


@contextmanager
def asked(kind: str, folder: Path) -> Iterator[Asked]:
    if kind == "file":
        (folder / "t.jsonl").write_text(json.dumps(ROW) + "\n")
        yield Asked(kind, folder, "", {"path": "t.jsonl"}, [])
        return
    with four_sites(example()) as sites:
        local = sites.local[SITE_OF[kind]]
        options: dict[str, object] = {"repos": list(sites.repos)} if kind == "huggingface" else {}
        yield Asked(kind, folder, local.base_url, options, local.seen)


@pytest.fixture(params=sorted(SOURCES))
def collected(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Asked]:
    with asked(request.param, tmp_path) as made:
        made.found = made.fetch()  # type: ignore[attr-defined] # a note for the tests
        yield made


def test_what_fetch_yields_is_what_the_pages_hold_with_all_posts(collected: Asked) -> None:
    seen = collected.parsed()
    threads = {s.native_id for s in seen if isinstance(s, SeenThread)}
    posts = Counter(s.thread for s in seen if isinstance(s, SeenPost) and s.role == "opening")

    assert threads
    assert set(collected.found) == threads  # type: ignore[attr-defined] # see the fixture
    assert set(posts) == threads


def test_native_ids_of_posts_are_unique_in_their_thread_on_a_page(collected: Asked) -> None:
    for page in collected.store.pages():
        seen = [s for s in collected.source.parse(page, collected.site) if isinstance(s, SeenPost)]

        assert [k for k, n in Counter((s.thread, s.native_id) for s in seen).items() if n > 1] == []


def test_parsing_is_pure(collected: Asked) -> None:
    assert collected.parsed() == collected.parsed()


def test_a_run_that_goes_on_asks_for_nothing_twice(collected: Asked) -> None:
    before = len(collected.seen)

    assert collected.fetch() == collected.found  # type: ignore[attr-defined] # see the fixture
    assert len(collected.seen) == before


def test_another_run_finds_the_same_and_changes_nothing_that_is_stored(collected: Asked) -> None:
    before = [segment.read_bytes() for segment in collected.store.segments()]

    assert collected.fetch("r2") == collected.found  # type: ignore[attr-defined] # see the fixture
    assert [segment.read_bytes() for segment in collected.store.segments()][: len(before)] == before
    assert {page.run_id for page in collected.store.pages()} == {"r", "r2"}


def test_every_slice_has_a_query_and_hits_that_are_threads(collected: Asked) -> None:
    seen = collected.parsed()
    threads = {s.native_id for s in seen if isinstance(s, SeenThread)}
    slices = [s for s in seen if isinstance(s, SeenSlice)]

    assert slices
    assert all(s.query and not s.problem and not s.skipped for s in slices)
    assert {hit for s in slices for hit in s.hits} == threads


@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_a_source_is_its_three_functions_and_its_keys(kind: str) -> None:
    source = SOURCES[kind]

    assert issubclass(source.Options, BaseModel)
    assert not set(source.Options.model_fields) & set(Section.model_fields), "a key of all kinds may not be redefined"
    with pytest.raises(ValidationError):
        source.Options.model_validate({"no_such_key": 1})


@pytest.mark.parametrize("kind", sorted(set(SOURCES) - {"file"}))
@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"message": "Not Found"}', b'{"items": null}', b"<html>"]
)
def test_a_refusal_on_any_stored_page_parses_to_no_thread(kind: str, body: bytes, tmp_path: Path) -> None:
    """What a site said instead of an answer is kept in raw; it must not stop a rebuild."""
    with asked(kind, tmp_path) as made:
        made.fetch()
        for page in list(made.store.pages()):
            refused = Page(page.request, 404, {}, body, "r")
            seen = list(made.source.parse(refused, made.site))

            assert [s for s in seen if not isinstance(s, SeenSlice | SeenGone)] == []
        assert isinstance(made.source.dialect(made.site), Dialect)
