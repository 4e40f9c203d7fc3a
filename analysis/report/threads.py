"""Threads as the report shows them: title, link, readings with quotes and where they came from, and the first posts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from codebook.harmless import one_line
from codebook.recoded import STANDING

BEGINNING = 300
"""Characters of a post, and of a quote, that are shown."""

POSTS_SHOWN = 10
"""Posts of a thread that are shown."""

QUOTES_SHOWN = 3
"""Passages that are shown for one code of one coder."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The beginning of a post."""

    role: str
    created_at: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one coder, or the decision, says of a thread.

    Args:
        who: The coder; ``decision`` for what was decided.
        codes: Each code with the passages that it was given for.
        version: The codebook's, as it was then.
        runs: The runs that wrote it.
    """

    who: str
    codes: dict[str, list[str]] = field(default_factory=dict)
    versions: dict[str, None] = field(default_factory=dict)
    runs: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ThreadShown:
    """One thread; ``link`` is empty unless its URL is one that a browser may follow."""

    thread_id: str
    title: str
    url: str
    link: str
    source: str
    item: str
    created_at: datetime | None
    n_posts: int
    raw: str
    run: str
    posts: list[Shown] = field(default_factory=list)
    readings: dict[str, Reading] = field(default_factory=dict)

    @property
    def codes(self) -> list[tuple[str, list[str]]]:
        """Who gave which codes."""
        return [(who, list(reading.codes)) for who, reading in self.readings.items()]


_THREADS = """
SELECT thread_id, title, url, source, item, created_at, n_posts, page, run_id FROM threads
SEMI JOIN (SELECT unnest(?) AS thread_id) USING (thread_id) ORDER BY thread_id
"""

_POSTS = """
SELECT thread_id, role, created_at, left(body, ?), length(body) FROM posts
SEMI JOIN (SELECT unnest(?) AS thread_id) USING (thread_id)
QUALIFY row_number() OVER (PARTITION BY thread_id ORDER BY position) <= ? ORDER BY thread_id, position
"""

_CODES = f"""
SELECT thread_id, who, code, version, run_id, list(quote ORDER BY start) FROM (
    SELECT DISTINCT thread_id, coder AS who, code, codebook_version AS version, run_id, quote, start FROM ({STANDING})
    UNION ALL SELECT thread_id, 'decision', code, codebook_version, run_id, NULL, NULL FROM decisions
) SEMI JOIN (SELECT unnest(?) AS thread_id) USING (thread_id)
GROUP BY ALL ORDER BY thread_id, who, code, version, run_id
"""  # noqa: S608 - a constant


def shown(con: duckdb.DuckDBPyConnection, thread_ids: Sequence[str]) -> dict[str, ThreadShown]:
    """Read threads with posts and readings, by id."""
    ids = [list(thread_ids)]
    threads = {
        thread_id: ThreadShown(thread_id, one_line(title), one_line(url), _link(url), *rest)
        for thread_id, title, url, *rest in con.execute(_THREADS, ids).fetchall()
    }
    for thread_id, role, created, text, length in con.execute(_POSTS, [BEGINNING, *ids, POSTS_SHOWN]).fetchall():
        if text:  # a replication package may leave out what people wrote
            more = "…" if length > BEGINNING else ""
            threads[thread_id].posts.append(Shown(role, created, text.strip() + more))
    for thread_id, who, code, version, run, quotes in con.execute(_CODES, ids).fetchall():
        if thread_id in threads:
            reading = threads[thread_id].readings.setdefault(who, Reading(who))
            _add(reading, code, [one_line(q, BEGINNING) for q in quotes if q])
            reading.versions[version] = None
            reading.runs[run] = None
    return threads


def _add(reading: Reading, code: str, quotes: list[str]) -> None:
    """Enter a code; the empty one, of a unit without codes, is not one."""
    if code:
        known = reading.codes.setdefault(code, [])
        known += quotes[: QUOTES_SHOWN - len(known)]


def _link(url: str) -> str:
    """The URL if it is a web address, else nothing: other schemes may run code."""
    return url if url.startswith(("https://", "http://")) else ""
