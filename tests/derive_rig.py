"""A source whose pages say in JSON what stands on them, and the tables that come of it."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from codebook.raw import Page, RawStore
from codebook.study import table_name
from codebook.wire import Dialect, Wire
from collect.derive import ROWS, Corpus, Gathered, Wanted
from collect.source import Earlier, Seen, SeenGone, SeenPost, SeenSlice, SeenThread, Site

KEY = b"k" * 32
SITE = Site(name="forum", base_url="", keywords=("trust_remote_code",), since=date(2020, 1, 1), until=date(2025, 1, 1))
KINDS: dict[str, Any] = {"thread": SeenThread, "post": SeenPost, "slice": SeenSlice, "gone": SeenGone}
MOMENTS = ("created_at", "window_start", "window_end")

Said = tuple[str, dict[str, Any]]
Rows = dict[str, list[Any]]


class Scripted:
    """The source."""

    Options = BaseModel

    def dialect(self, site: Site) -> Dialect:
        raise AssertionError("derive makes no requests")

    def fetch(self, site: Site, wire: Wire, earlier: Earlier) -> Iterator[str]:
        raise AssertionError("derive makes no requests")

    def parse(self, page: Page, site: Site) -> Iterator[Seen]:
        for kind, values in page.json():
            yield KINDS[kind](**(values | {k: datetime.fromisoformat(values[k]) for k in MOMENTS if values.get(k)}))


def thread(native_id: str = "1", **values: Any) -> Said:
    base = {"native_id": native_id, "item": "topic", "url": f"https://f.example/{native_id}", "title": "A title"}
    return "thread", base | {"created_at": "2024-01-01T00:00:00+00:00"} | values


def post(native_id: str, body: str = "text", **values: Any) -> Said:
    role = "comment" if native_id != "0" else "opening"
    return "post", {"thread": "1", "native_id": native_id, "role": role, "body": body} | values


def part(hits: Sequence[str], **values: Any) -> Said:
    return "slice", {"query": "q", "window_start": "2024-01-01T00:00:00+00:00", "reported": 3, "hits": hits} | values


def gone(native_id: str, why: str, now: str | None = None) -> Said:
    return "gone", {"native_id": native_id, "why": why, "now": now}


def run_id(number: object) -> str:
    return f"collect-threads-{number}"


def page_id(number: int) -> str:
    return Page(f"GET /{number}", 200, {}, b"", "").page_id


def store(folder: Path, pages: Sequence[Sequence[Said]], runs: str) -> RawStore:
    """Raw records of pages 0, 1, …, each of the run that the character in its place names."""
    made = RawStore(folder)
    for number, (seen, run) in enumerate(zip(pages, runs, strict=False)):
        made.append(Page(f"GET /{number}", 200, {}, json.dumps(seen).encode(), run_id(run)))
    made.close()
    return made


def tables(folder: Path, *gathered: Gathered, finished: str | None = None, wanted: Wanted | None = None) -> Rows:
    """The rows of every table in key order, and the number of orphans; ``finished`` names runs by character."""
    ids = None if finished is None else frozenset(map(run_id, finished))
    with Corpus(gathered, KEY, folder / "scratch", ids, wanted or Wanted()) as made:
        rows: Rows = {
            table_name(row_type): sorted(
                made.rows(row_type), key=lambda row: [(getattr(row, k) is not None, getattr(row, k)) for k in row.KEY]
            )
            for row_type in ROWS
        }
        return rows | {"orphans": [made.count("orphans")]}


def corpus(folder: Path, *pages: Sequence[Said], site: Site = SITE, runs: str = "1111111111", **how: Any) -> Rows:
    """The tables of one site with these pages."""
    return tables(folder, Gathered(Scripted(), site, store(folder / "raw", pages, runs)), **how)
