"""What stands on pages, spooled: small records for DuckDB, and bodies beside them in one file.

DuckDB finds out which record of a post is the newest; it needs no body for that, only its hash. So bodies are written
once, read back once by their place, and never sorted. Spool files hold names: they belong in a private folder.
"""

import hashlib
import json
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Self

import duckdb

from codebook import tables
from codebook.harmless import valid_text
from codebook.masks import masked
from codebook.pseudonyms import Accounts
from codebook.raw import Page
from collect.source import Seen, SeenGone, SeenPost, SeenSlice, SeenThread, Site

_ABOUT = {"seq": "BIGINT", "record": "BIGINT", "site": "VARCHAR", "page": "VARCHAR", "run_id": "VARCHAR"}
_THREAD = {"thread_id": "VARCHAR", "native_id": "VARCHAR"}
_TYPES: dict[str, dict[str, str]] = {
    "pages": _ABOUT,
    "threads": _ABOUT
    | _THREAD
    | dict.fromkeys(("source", "item", "url", "title", "state", "author", "uid", "version"), "VARCHAR")
    | {"created_at": "TIMESTAMP", "labels": "VARCHAR[]", "n_reported": "BIGINT", "brought": "BOOLEAN"},
    "gone": _ABOUT | _THREAD | {"why": "VARCHAR", "now": "VARCHAR"},
    "posts": _ABOUT
    | _THREAD
    | {"later": "BOOLEAN", "created_at": "TIMESTAMP", "content": "BIGINT", "text": "BIGINT", "place": "BIGINT"},
    "slices": _ABOUT
    | {"query": "VARCHAR", "window_start": "TIMESTAMP", "window_end": "TIMESTAMP", "reported": "BIGINT"}
    | {"hits": "VARCHAR[]", "problem": "VARCHAR", "skipped": "BOOLEAN", "changes": "BOOLEAN"},
}


class Spool:
    """Takes what stands on pages, in order; use it in a ``with`` block, then read it.

    Args:
        folder: Where the files go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._out: dict[str, IO[str]] = {}
        self._seq = self._record = self._place = 0
        self.accounts = Accounts()
        """Every account and display name that a page gives an author."""

    def __enter__(self) -> Self:
        for name in _TYPES:
            self._out[name] = self._stack.enter_context(self._path(name).open("w", encoding="utf-8"))
        self._bodies = self._stack.enter_context((self._folder / "bodies").open("wb"))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.spool"

    def add(self, page: Page, site: Site, seen: Iterable[Seen]) -> None:
        """Take a page and what stands on it."""
        self._record += 1
        about = {"record": self._record, "site": site.name, "page": page.page_id, "run_id": page.run_id}
        self._write("pages", about)
        for each in seen:
            self._seq += 1
            if isinstance(each, SeenThread):
                self._note_names(each)
                self._write("threads", about | _header(each, site.name))
            elif isinstance(each, SeenPost):
                self._note_names(each)
                self._write("posts", about | self._post(each, site.name))
            elif isinstance(each, SeenGone):
                self._write("gone", about | _of_thread(each.native_id, site.name) | {"why": each.why, "now": each.now})
            else:
                self._write("slices", about | _slice(each))

    def _note_names(self, seen: SeenThread | SeenPost) -> None:
        self.accounts.add(seen.author and valid_text(seen.author), map(valid_text, filter(None, seen.author_names)))

    def _write(self, name: str, values: dict[str, Any]) -> None:
        self._out[name].write(json.dumps({"seq": self._seq} | values, default=str) + "\n")

    def _post(self, seen: SeenPost, site: str) -> dict[str, Any]:
        values = _post(seen, site)
        line = json.dumps(values).encode() + b"\n"
        place, self._place = self._place, self._place + len(line)
        self._bodies.write(line)
        return _of_thread(seen.thread, site) | {
            "native_id": valid_text(seen.native_id),
            "later": seen.role != "opening",
            "created_at": tables.plain(seen.created_at),
            "content": _hash(line),
            "text": _hash(values["body"].encode()),
            "place": place,
        }

    def views(self, con: duckdb.DuckDBPyConnection) -> None:
        """Make the views ``seen_pages``, ``seen_threads``, ``seen_posts``, ``seen_gone`` and ``seen_slices``."""
        for name, types in _TYPES.items():
            struct = "{" + ", ".join(f"'{c}': '{t}'" for c, t in types.items()) + "}"
            con.execute(f"CREATE VIEW seen_{name} AS SELECT * FROM {tables.spooled(self._path(name), struct)}")  # noqa: S608 - our names

    def bodies(self) -> IO[bytes]:
        """The bodies, to be closed by the caller; :func:`post_at` reads one."""
        return (self._folder / "bodies").open("rb")


def post_at(bodies: IO[bytes], place: int) -> dict[str, Any]:
    """What was spooled of a post, with the names of ``posts``; ``author`` is the account's own name."""
    bodies.seek(place)
    values: dict[str, Any] = json.loads(bodies.readline())
    return values


def _hash(content: bytes) -> int:
    """64 bits: enough to tell the few records of one post from each other."""
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), signed=True)


def _of_thread(native_id: str, site: str) -> dict[str, Any]:
    native_id = valid_text(native_id)
    return {"thread_id": f"{site}:{native_id}", "native_id": native_id}


def _header(seen: SeenThread, site: str) -> dict[str, Any]:
    return _of_thread(seen.native_id, site) | {
        "source": valid_text(seen.source or site),
        "brought": seen.source is not None,
        "item": seen.item,
        "url": valid_text(seen.url),
        "title": valid_text(seen.title),
        "state": seen.state and valid_text(seen.state),
        "created_at": tables.plain(seen.created_at),
        "author": seen.author and valid_text(seen.author),
        "labels": sorted(map(valid_text, seen.labels)),
        "n_reported": seen.n_reported,
        "uid": seen.uid and valid_text(seen.uid),
        "version": seen.version and valid_text(seen.version),
    }


def _post(seen: SeenPost, site: str) -> dict[str, Any]:
    thread_id = f"{site}:{valid_text(seen.thread)}"
    return {
        "post_id": f"{thread_id}/{valid_text(seen.native_id)}",
        "thread_id": thread_id,
        "native_id": valid_text(seen.native_id),
        "role": seen.role,
        "created_at": tables.plain(seen.created_at),
        "author": seen.author and valid_text(seen.author),
        "author_kind": seen.author_kind,
        # Else positions in it would depend on who shows it.
        "body": valid_text(seen.body).replace("\r\n", "\n"),
        "score": seen.score,
        "accepted": seen.accepted,
        "hidden": seen.hidden,
        "reply_to": seen.reply_to,
        "licence": seen.licence,
    }


def _slice(seen: SeenSlice) -> dict[str, Any]:
    return {
        "query": valid_text(seen.query),
        "window_start": tables.plain(seen.window_start),
        "window_end": tables.plain(seen.window_end),
        "reported": seen.reported,
        "hits": [valid_text(h) for h in seen.hits],
        "problem": seen.problem and masked(valid_text(seen.problem)),
        "skipped": seen.skipped,
        "changes": seen.changes,
    }
