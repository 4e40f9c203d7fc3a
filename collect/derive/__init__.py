"""Tables from raw pages: a pure function of the raw records, the settings, the study's key and which runs are finished.

Pages are parsed one at a time and spooled (``spool``); DuckDB drops repeats (``newest.sql``); each thread is
then enriched once, in its newest state (``enrich``); DuckDB joins the rest (``slices.sql``, ``derive.sql``).
Memory does not grow with the corpus, but for people's names and for threads that have near copies.
"""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, time
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self, TypeVar

import duckdb

from codebook import tables
from codebook.pseudonyms import Pseudonyms
from codebook.raw import RawStore
from codebook.rows import Change, EarlierPost, Exclusion, Match, Post, Row, Slice, Thread
from codebook.study import table_name
from collect.derive.coverage import Window, replaced
from collect.derive.duplicates import Groups
from collect.derive.enrich import OUTPUTS, Enrichment
from collect.derive.spool import Spool, post_at
from collect.source import Site, Source

R = TypeVar("R", bound=Row)

ROWS: tuple[type[Row], ...] = (Thread, Post, Slice, Exclusion, Match, Change, EarlierPost)
"""The tables that collecting gives."""

_MEMORY = "150MB"
_UNKNOWN_YET = ("duplicate_group", "included")
_FOUND = {
    "described": {c.name: c.sql_type for c in tables.columns(Thread) if c.name not in _UNKNOWN_YET}
    | {"address": "VARCHAR", "filter": "VARCHAR", "by_bots": "BOOLEAN"},
    "posts": {c.name: c.sql_type for c in tables.columns(Post)},
    "matches": {c.name: c.sql_type for c in tables.columns(Match)},
    "earlier_posts": {c.name: c.sql_type for c in tables.columns(EarlierPost)},
    "grouped": {"thread_id": "VARCHAR", "duplicate_group": "VARCHAR"},
    "signatures": {"number": "BIGINT", "thread_id": "VARCHAR", "signature": "VARCHAR", "bands": "VARCHAR[]"},
}


@dataclass(frozen=True, slots=True)
class Gathered:
    """One site's raw records and what reads them."""

    source: Source
    site: Site
    store: RawStore


@dataclass(frozen=True, slots=True)
class Wanted:
    """What ``[study]`` says of threads to leave out; see :class:`codebook.settings.Question`."""

    languages: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


_ALL = Wanted()


class Corpus:
    """The rows that the raw records give, ready to be written table by table.

    Use it in a ``with`` block; the spool files live as long as the block.

    Args:
        gathered: The sites of the study.
        key: The study's key for pseudonyms.
        scratch: Private folder for spool files, which hold names, on a disk with room for the corpus.
        finished: Ids of the runs that were finished; None if all were.
        wanted: Which threads to leave out.
    """

    def __init__(
        self,
        gathered: Iterable[Gathered],
        key: bytes,
        scratch: Path,
        finished: frozenset[str] | None = None,
        wanted: Wanted = _ALL,
    ) -> None:
        self._gathered = list(gathered)
        self._key = key
        self._scratch = scratch
        self._finished = finished
        self._wanted = wanted
        self._stack = ExitStack()
        self.damage: list[str] = []
        """Raw records that could not be read, one sentence each."""

    def __enter__(self) -> Self:
        self._scratch.mkdir(parents=True, exist_ok=True)
        _clear(self._scratch)
        with ExitStack() as stack:
            prefix = f"derive-{os.getpid()}-"
            folder = Path(stack.enter_context(TemporaryDirectory(prefix=prefix, dir=self._scratch)))
            spool = self._spooled(folder)
            self._con = stack.enter_context(tables.connect(folder))
            self._con.execute(f"SET memory_limit = '{_MEMORY}'")
            spool.views(self._con)
            self._settings()
            self._run("newest.sql")
            self._enrich(spool, folder)
            self._group(folder)
            self._run("slices.sql")
            self._drop_replaced_slices()
            self._run("derive.sql")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def rows(self, row_type: type[R]) -> Iterator[R]:
        """The rows of one of the tables in :data:`ROWS`, in no order."""
        row_columns = tables.columns(row_type)
        names = [c.name for c in row_columns]
        many = [i for i, c in enumerate(row_columns) if c.many]
        query = "SELECT " + ", ".join(f'"{n}"' for n in names) + f" FROM {table_name(row_type)}"  # noqa: S608 - our own names
        for values in self._select(query):
            fields = list(values)
            for i in many:
                fields[i] = tuple(fields[i] or ())
            yield row_type(**dict(zip(names, fields, strict=True)))

    def count(self, view: str) -> int:
        """Number of rows of one of the tables by its name, or of ``orphans``.

        Orphans are posts whose thread stands on no page; they are in no table.
        """
        ((found,),) = self._select(f"SELECT count(*) FROM {view}")  # noqa: S608 - one of our own views
        return int(found)

    def changes(self, run_id: str) -> dict[str, int]:
        """How many threads a run found new, updated, and so on, in that order."""
        words = next(c for c in tables.columns(Change) if c.name == "change").choices
        found = dict(self._select("SELECT change, count(*) FROM changes WHERE run_id = ? GROUP BY change", run_id))
        return {word: found[word] for word in words if word in found}

    def _select(self, query: str, *parameters: object) -> Iterator[tuple[Any, ...]]:
        cursor: duckdb.DuckDBPyConnection = self._con.cursor()
        cursor.execute(query, list(parameters))
        while batch := cursor.fetchmany(1000):
            yield from batch

    def _dicts(self, view: str) -> Iterator[dict[str, Any]]:
        names = [name for (name, *_) in self._select(f"DESCRIBE {view}")]
        return (dict(zip(names, values, strict=True)) for values in self._select(f"SELECT * FROM {view}"))  # noqa: S608

    def _run(self, script: str) -> None:
        self._con.execute((Path(__file__).parent / script).read_text(encoding="utf-8"))

    def _spooled(self, folder: Path) -> Spool:
        with Spool(folder) as spool:
            for each in self._gathered:
                for page in each.store.pages():
                    spool.add(page, each.site, each.source.parse(page, each.site))
                self.damage.extend(f"{each.site.name}: {sentence}" for sentence in each.store.damage)
        return spool

    def _settings(self) -> None:
        self._con.execute("CREATE TABLE windows (site VARCHAR, since TIMESTAMP, until TIMESTAMP)")
        for each in self._gathered:
            row = [each.site.name, each.site.since, each.site.until]
            self._con.execute("INSERT INTO windows VALUES (?, ?, ?)", row)
        self._con.execute("CREATE TABLE wanted (key VARCHAR, word VARCHAR)")
        for key, words in (("languages", self._wanted.languages), ("exclude", self._wanted.exclude)):
            for word in words:
                self._con.execute("INSERT INTO wanted VALUES (?, ?)", [key, word])
        self._con.execute("CREATE TABLE finished (run_id VARCHAR)")
        if self._finished is None:
            self._con.execute("INSERT INTO finished SELECT DISTINCT run_id FROM seen_pages")
        for run_id in sorted(self._finished or ()):
            self._con.execute("INSERT INTO finished VALUES (?)", [run_id])

    def _enrich(self, spool: Spool, folder: Path) -> None:
        """Bring every thread, once, from its newest records to the spool files that the tables are made from."""
        sites = {each.site.name: each.site for each in self._gathered}
        with ExitStack() as stack:
            bodies = stack.enter_context(spool.bodies())
            out = {n: stack.enter_context((folder / f"{n}.found").open("w", encoding="utf-8")) for n in OUTPUTS}
            enrichment = Enrichment(Pseudonyms(self._key, spool.accounts.names()), sites, out)
            of_threads = groupby(self._dicts("posts_in_order"), key=lambda post: str(post["thread_id"]))
            thread_id, posts = next(of_threads, ("", iter(())))
            for header in self._dicts("headers_in_order"):
                if header["thread_id"] != thread_id:
                    enrichment.thread(header, ())
                    continue
                enrichment.thread(header, (post_at(bodies, post.pop("place")) | post for post in posts))
                thread_id, posts = next(of_threads, ("", iter(())))
            for post in self._dicts("superseded"):
                enrichment.earlier(post_at(bodies, post.pop("place")) | post)
        for name in OUTPUTS:
            self._read(name, folder)

    def _read(self, name: str, folder: Path) -> None:
        struct = "{" + ", ".join(f"'{c}': '{t}'" for c, t in _FOUND[name].items()) + "}"
        source = tables.spooled(folder / f"{name}.found", struct)
        self._con.execute(f"CREATE VIEW found_{name} AS SELECT * FROM {source}")  # noqa: S608 - our names

    def _group(self, folder: Path) -> None:
        """Make the view ``found_grouped``: the group of every thread that has copies."""
        groups = Groups()
        for column, key in (("address", "address"), ("uid", "site, item, uid")):
            query = f"SELECT list(thread_id ORDER BY thread_id) FROM found_described WHERE {column} IS NOT NULL"  # noqa: S608 - our names
            for (members,) in self._select(f"{query} GROUP BY {key} HAVING count(*) > 1"):
                groups.link(members)
        self._con.execute(
            "CREATE TABLE bands AS SELECT number, hash(unnest(bands)) AS band FROM found_signatures;"
            "CREATE TABLE buckets AS SELECT band FROM bands GROUP BY band HAVING count(*) > 1"
        )
        candidates = "SELECT DISTINCT number FROM bands SEMI JOIN buckets USING (band)"
        signed = f"SELECT number, thread_id, signature FROM found_signatures SEMI JOIN ({candidates}) USING (number)"  # noqa: S608 - our names
        found = {number: (thread_id, bytes.fromhex(text)) for number, thread_id, text in self._select(signed)}
        signatures = dict(found.values())
        buckets = "SELECT list(number ORDER BY number) FROM bands SEMI JOIN buckets USING (band) GROUP BY band"
        for (members,) in self._select(buckets):
            groups.link_similar((found[number][0] for number in members), signatures)
        self._con.execute("DROP TABLE bands; DROP TABLE buckets")
        with (folder / "grouped.found").open("w", encoding="utf-8") as out:
            out.writelines(json.dumps({"thread_id": one, "duplicate_group": group}) + "\n" for one, group in groups)
        self._read("grouped", folder)

    def _drop_replaced_slices(self) -> None:
        """Fill the table ``replaced_slices``: those whose time was asked for again in other windows."""
        sites = {each.site.name: each.site for each in self._gathered}
        windows = self._select(
            "SELECT site, query, window_start, window_end, asked, slice FROM judged"
            " WHERE window_start IS NOT NULL AND window_end IS NOT NULL ORDER BY site, query"
        )
        for (site, _), group in groupby(windows, key=lambda row: (row[0], row[1])):
            slices = {Window(start, end, asked): number for _, _, start, end, asked, number in group}
            since, until = (datetime.combine(day, time()) for day in (sites[site].since, sites[site].until))
            for window in replaced(slices, since, until):
                self._con.execute("INSERT INTO replaced_slices VALUES (?)", [slices[window]])


def _clear(scratch: Path) -> None:
    """Remove the spool files of processes that were killed."""
    for left in scratch.glob("derive-*-*"):
        try:
            os.kill(int(left.name.split("-")[1]), 0)  # signal 0 asks whether the process is there
        except ProcessLookupError:
            shutil.rmtree(left, ignore_errors=True)
        except PermissionError:
            continue
