"""A world some time later: fifty threads have changed, by comments, edits, new titles, deletion, or by being new."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from sites.corpus import CorpusPost, CorpusThread
from sites.world import HOT, KEYWORDS, World, thread_id

PER_SITE = {
    "github": {"reply": 4, "edit": 3, "title": 2, "deleted": 3, "new": 1},
    "stackoverflow": {"reply": 4, "edit": 3, "title": 2, "deleted": 3, "new": 1},
    "pytorch_forum": {"reply": 4, "edit": 3, "title": 2, "deleted": 3, "new": 1},
    "huggingface": {"reply": 6, "title": 2, "deleted": 2, "new": 1},  # its lists do not show edits of comments
}


@dataclass
class Later:
    """The world as it is then.

    Args:
        threads: What the sites serve.
        changes: What became of each changed thread: new, updated or gone.
        edited: Bodies that were replaced, by thread.
    """

    threads: list[CorpusThread]
    changes: dict[str, str] = field(default_factory=dict)
    edited: dict[str, str] = field(default_factory=dict)


def later(world: World, at: datetime, sites: Sequence[str], seed: int = 5) -> Later:
    """Change threads of ``sites`` at ``at``, which must lie behind the first collection."""
    chance, numbers = random.Random(seed), count(9_000_001)
    found = Later([])
    fate: dict[str, str] = {}
    for site in sites:
        ordinary = [
            t for t in world.wanted if t.site == site and len(t.posts) < 9 and thread_id(t) not in world.excluded
        ]
        drawn = iter(chance.sample(ordinary, sum(PER_SITE[site].values())))
        fate |= {thread_id(next(drawn)): what for what, n in PER_SITE[site].items() for _ in range(n)}
    for thread in world.threads:
        what = fate.get(thread_id(thread))
        if what == "deleted":
            found.changes[thread_id(thread)] = "gone"
            continue
        if what == "new":
            found.threads.append(_new(thread, next(numbers)))
            found.changes[thread_id(found.threads[-1])] = "new"
        elif what:
            found.changes[thread_id(thread)] = "updated"
        if what == "edit":
            found.edited[thread_id(thread)] = thread.posts[_editable(thread)].body
        found.threads.append(_changed(thread, what, at, next(numbers)))
    return found


def _new(like: CorpusThread, number: int) -> CorpusThread:
    at = HOT + timedelta(days=12, seconds=number % 1000)
    said = f"Nobody asked this before about {KEYWORDS[0]} mark{number}q"
    post = CorpusPost(number, "late-comer", at, said, "opening")
    return replace(like, number=number, title=f"New thread {number}", posts=(post,))


def _changed(thread: CorpusThread, what: str | None, at: datetime, number: int) -> CorpusThread:
    if what == "reply":
        role = "answer" if thread.item == "question" else "comment"
        return replace(
            thread, posts=(*thread.posts, CorpusPost(number, "late-comer", at, f"Me too. mark{number}q", role))
        )
    if what == "edit":
        place = _editable(thread)
        post = replace(thread.posts[place], body=f"Edited. {thread.posts[place].body}", edited=at)
        return replace(thread, posts=(*thread.posts[:place], post, *thread.posts[place + 1 :]))
    if what == "title":
        opening = replace(thread.opening, edited=at)
        return replace(thread, title=f"{thread.title} (solved)", posts=(opening, *thread.posts[1:]))
    return thread


def _editable(thread: CorpusThread) -> int:
    """The last post whose edit shows: an edited comment is no activity of a question."""
    return max(i for i, p in enumerate(thread.posts) if thread.item != "question" or p.role != "comment")
