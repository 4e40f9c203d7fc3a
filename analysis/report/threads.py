"""Threads as the report shows them: title, link, codes by coder, and the beginning of each post as plain text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from codebook.harmless import one_line
from codebook.recoded import STANDING

BEGINNING = 300
"""Characters of a post that are shown."""

POSTS_SHOWN = 20
"""Posts of a thread that are shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The beginning of a post."""

    role: str
    created_at: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class ThreadShown:
    """One thread; ``link`` is empty unless its URL is one that a browser may follow, ``codes`` are (who, code ids)."""

    thread_id: str
    title: str
    url: str
    link: str
    source: str
    item: str
    created_at: datetime | None
    n_posts: int
    posts: list[Shown] = field(default_factory=list)
    codes: list[tuple[str, list[str]]] = field(default_factory=list)


_CODES = f"""
SELECT thread_id, who, list(DISTINCT code ORDER BY code) FROM (
    SELECT thread_id, coder AS who, code FROM ({STANDING})
    UNION ALL SELECT thread_id, 'decision', code FROM decisions
) SEMI JOIN (SELECT unnest(?) AS thread_id) USING (thread_id) GROUP BY thread_id, who ORDER BY thread_id, who
"""  # noqa: S608 - a constant


def shown(con: duckdb.DuckDBPyConnection, thread_ids: Sequence[str]) -> dict[str, ThreadShown]:
    """Read threads with posts and codes, by id."""
    ids = [list(thread_ids)]
    threads = {
        thread_id: ThreadShown(thread_id, one_line(title), one_line(url), _link(url), source, item, created, n)
        for thread_id, title, url, source, item, created, n in con.execute(
            "SELECT thread_id, title, url, source, item, created_at, n_posts FROM threads "
            "SEMI JOIN (SELECT unnest(?) AS thread_id) USING (thread_id) ORDER BY thread_id",
            ids,
        ).fetchall()
    }
    for thread_id, role, created, text, length in con.execute(
        "SELECT thread_id, role, created_at, left(body, ?), length(body) FROM posts "
        "SEMI JOIN (SELECT unnest(?) AS thread_id) USING (thread_id) "
        "QUALIFY row_number() OVER (PARTITION BY thread_id ORDER BY position) <= ? ORDER BY thread_id, position",
        [BEGINNING, *ids, POSTS_SHOWN],
    ).fetchall():
        more = "…" if length > BEGINNING else ""
        threads[thread_id].posts.append(Shown(role, created, text.strip() + more))
    for thread_id, who, codes in con.execute(
        _CODES,
        ids,
    ).fetchall():
        threads[thread_id].codes.append((who, [code for code in codes if code]))
    return threads


def _link(url: str) -> str:
    """The URL if it is a web address, else nothing: other schemes may run code."""
    return url if url.startswith(("https://", "http://")) else ""
