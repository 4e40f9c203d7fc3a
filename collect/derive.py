"""Tables from raw pages: a pure function of the raw records, the settings and the study's key.

Pages are parsed one at a time, pseudonymised and spooled; DuckDB then drops repeats (the newest record of a thread or
post wins), orders the posts of each thread and joins what is known of it. Memory does not grow with the corpus.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Self

import duckdb

from codebook import tables
from codebook.harmless import valid_text
from codebook.pseudonyms import Pseudonyms
from codebook.raw import RawStore
from codebook.rows import Exclusion, Post, Slice, Thread
from collect.keywords import has_keyword, keyword_places
from collect.prose import code_share
from collect.source import SeenGone, SeenPost, SeenSlice, SeenThread, Site, Source

_COMMON = {"seq": "BIGINT", "record": "BIGINT", "site": "VARCHAR", "page": "VARCHAR", "run_id": "VARCHAR"}
_SPOOLED = {
    "pages": _COMMON,
    "threads": _COMMON
    | {c.name: c.sql_type for c in tables.columns(Thread) if c.name not in ("n_posts", "included", "page", "run_id")}
    | {"filter": "VARCHAR"},
    "posts": _COMMON
    | {c.name: c.sql_type for c in tables.columns(Post) if c.name not in ("position", "page", "run_id")},
    "slices": _COMMON
    | {"query": "VARCHAR", "window_start": "TIMESTAMP", "window_end": "TIMESTAMP", "reported": "BIGINT"}
    | {"hits": "VARCHAR[]", "problem": "VARCHAR", "skipped": "BOOLEAN"},
}

_SQL = (Path(__file__).parent / "derive.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Gathered:
    """One site's raw records and what reads them."""

    source: Source
    site: Site
    store: RawStore


class Corpus:
    """The rows that the raw records give, ready to be written table by table.

    Use it in a ``with`` block; the spool files live as long as the block.

    Args:
        gathered: The sites of the study.
        key: The study's key for pseudonyms.
        scratch: Folder for spool files, on a disk with room for the corpus.
    """

    def __init__(self, gathered: Iterable[Gathered], key: bytes, scratch: Path) -> None:
        self._gathered = list(gathered)
        self._pseudonyms = Pseudonyms(key)
        self._scratch = scratch
        self._stack = ExitStack()
        self.damage: list[str] = []
        """Raw records that could not be read, one sentence each."""

    def __enter__(self) -> Self:
        self._scratch.mkdir(parents=True, exist_ok=True)
        for left in self._scratch.glob(".derive-*"):  # by a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(self._stack.enter_context(TemporaryDirectory(prefix=".derive-", dir=self._scratch)))
        with ExitStack() as files:
            out = {n: files.enter_context((folder / f"{n}.spool").open("w", encoding="utf-8")) for n in _SPOOLED}
            self._spool(out)
        self._con = self._stack.enter_context(tables.connect(folder))
        for name, types in _SPOOLED.items():
            struct = "{" + ", ".join(f"'{c}': '{t}'" for c, t in types.items()) + "}"
            self._con.execute(
                f"CREATE VIEW seen_{name} AS SELECT * FROM {tables.spooled(folder / f'{name}.spool', struct)}"  # noqa: S608 - our names
            )
        self._con.execute("CREATE TABLE windows (site VARCHAR, since TIMESTAMP, until TIMESTAMP)")
        for each in self._gathered:
            self._con.execute(
                "INSERT INTO windows VALUES (?, ?, ?)", [each.site.name, each.site.since, each.site.until]
            )
        self._con.execute(_SQL)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def threads(self) -> Iterator[Thread]:
        """Rows of ``threads``."""
        return self._rows(Thread, "threads")

    def posts(self) -> Iterator[Post]:
        """Rows of ``posts``."""
        return self._rows(Post, "posts")

    def slices(self) -> Iterator[Slice]:
        """Rows of ``slices``."""
        return self._rows(Slice, "slices")

    def exclusions(self) -> Iterator[Exclusion]:
        """Rows of ``exclusions`` that collecting gives."""
        return self._rows(Exclusion, "exclusions")

    def count(self, view: str) -> int:
        """Number of rows of ``threads``, ``posts``, ``slices``, ``exclusions``, or of ``orphans``.

        Orphans are posts whose thread stands on no page; they are in no table.
        """
        found = self._con.execute(f"SELECT count(*) FROM {view}").fetchone()  # noqa: S608 - one of our own views
        return int(found[0]) if found else 0

    def _rows(self, row_type: type[Any], view: str) -> Iterator[Any]:
        names = [c.name for c in tables.columns(row_type)]
        many = [i for i, c in enumerate(tables.columns(row_type)) if c.many]
        cursor: duckdb.DuckDBPyConnection = self._con.cursor()
        cursor.execute("SELECT " + ", ".join(f'"{n}"' for n in names) + f" FROM {view}")  # noqa: S608 - our own names
        while batch := cursor.fetchmany(1000):
            for values in batch:
                fields = list(values)
                for i in many:
                    fields[i] = tuple(fields[i] or ())
                yield row_type(**dict(zip(names, fields, strict=True)))

    def _spool(self, out: Mapping[str, IO[str]]) -> None:
        seq = record = 0
        for each in self._gathered:
            for page in each.store.pages():
                record += 1
                about = {"record": record, "site": each.site.name, "page": page.page_id, "run_id": page.run_id}
                out["pages"].write(json.dumps(about) + "\n")
                for seen in each.source.parse(page, each.site):
                    if isinstance(seen, SeenGone):
                        continue
                    seq += 1
                    table, values = self._values(seen, each.site)
                    out[table].write(json.dumps(about | {"seq": seq} | values, default=str) + "\n")
            self.damage.extend(f"{each.site.name}: {sentence}" for sentence in each.store.damage)

    def _values(self, seen: SeenThread | SeenPost | SeenSlice, site: Site) -> tuple[str, dict[str, Any]]:
        if isinstance(seen, SeenThread):
            return "threads", self._thread(seen, site)
        if isinstance(seen, SeenPost):
            return "posts", self._post(seen, site)
        return "slices", _slice(seen)

    def _thread(self, seen: SeenThread, site: Site) -> dict[str, Any]:
        title = valid_text(seen.title)
        return {
            "thread_id": f"{site.name}:{valid_text(seen.native_id)}",
            "source": valid_text(seen.source or site.name),
            "item": seen.item,
            "native_id": valid_text(seen.native_id),
            "url": valid_text(seen.url),
            "title": self._pseudonyms.in_text(title),
            "state": seen.state and valid_text(seen.state),
            "created_at": tables.plain(seen.created_at),
            "author": self._pseudonyms.of(seen.author),
            "labels": sorted(map(valid_text, seen.labels)),
            "n_reported": seen.n_reported,
            "uid": seen.uid and valid_text(seen.uid),
            "version": seen.version and valid_text(seen.version),
            "matched_in": ["title"] if has_keyword(title, site.keywords) else [],
            # What a team brings has been chosen already; a keyword is asked for only where the study says so.
            "filter": site.match if seen.source is None or site.match != "any" else "none",
        }

    def _post(self, seen: SeenPost, site: Site) -> dict[str, Any]:
        body = valid_text(seen.body).replace("\r\n", "\n")  # else positions in it would depend on who shows it
        thread_id = f"{site.name}:{valid_text(seen.thread)}"
        return {
            "post_id": f"{thread_id}/{valid_text(seen.native_id)}",
            "thread_id": thread_id,
            "native_id": valid_text(seen.native_id),
            "role": seen.role,
            "created_at": tables.plain(seen.created_at),
            "author": self._pseudonyms.of(seen.author),
            "author_kind": seen.author_kind,
            "body": self._pseudonyms.in_text(body),
            "code_share": round(code_share(body), 4),
            "score": seen.score,
            "accepted": seen.accepted,
            "hidden": seen.hidden,
            "reply_to": seen.reply_to,
            "licence": seen.licence,
            "matched_in": list(keyword_places(body, site.keywords)),
        }


def _slice(seen: SeenSlice) -> dict[str, Any]:
    return {
        "query": valid_text(seen.query),
        "window_start": tables.plain(seen.window_start),
        "window_end": tables.plain(seen.window_end),
        "reported": seen.reported,
        "hits": [valid_text(h) for h in seen.hits],
        "problem": seen.problem and valid_text(seen.problem),
        "skipped": seen.skipped,
    }
