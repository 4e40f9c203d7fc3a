"""What a search for one keyword finds on GitHub, invented: many repositories, most with one thread, a few with many.

Sizes are drawn from long-tailed distributions, as on the real site: most threads have two or three comments, some have
none, a few have more than a hundred.
"""

import random
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count

from sites.corpus import CorpusPost, CorpusThread

KEYWORD = "trust_remote_code"
SINCE, UNTIL = datetime(2019, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
REPOSITORIES = 300
PEOPLE = 1500
_TEXT = "the loader asks for it and I do not know why because our job runs at night and nobody is there to say yes"
_WORDS = tuple(re.findall(r"\w+", _TEXT))
_ANCHORS = {"comment": "issuecomment-", "review_comment": "discussion_r", "review": "pullrequestreview-"}


def world(issues: int, pulls: int, discussions: int, seed: int = 20260120) -> list[CorpusThread]:
    """Threads that all mention :data:`KEYWORD`; nobody has reacted to any."""
    chance, ids = random.Random(seed), count(1001)
    numbers: Counter[str] = Counter()
    kinds = ["issue"] * issues + ["pull_request"] * pulls + ["discussion"] * discussions
    return [_thread(kind, chance, ids, numbers) for kind in kinds]


def native_id(thread: CorpusThread) -> str:
    """The thread's id in the tables."""
    return f"{thread.repo}#{'d' if thread.item == 'discussion' else ''}{thread.number}"


def post_ids(thread: CorpusThread) -> set[tuple[str, str]]:
    """Thread and anchor of each of its posts, as in the tables; a review without a word is none."""
    discussed = thread.item == "discussion"
    anchors = (f"{'discussioncomment-' if discussed else _ANCHORS[p.role]}{p.id}" for p in thread.posts[1:] if p.body)
    return {(native_id(thread), anchor) for anchor in ("0", *anchors)}


def _thread(kind: str, chance: random.Random, ids: "count[int]", numbers: Counter[str]) -> CorpusThread:
    place = int(REPOSITORIES * chance.random() ** 2)
    repo = f"owner-{place % 97}/tool-{place}"
    numbers[repo] += 1
    at = SINCE + timedelta(seconds=chance.randrange(int((UNTIL - SINCE).total_seconds()) - 10_000_000))
    roles = ["opening"] + ["comment"] * _many(chance, 0.15, 1.0)
    if kind == "pull_request":
        roles += ["review"] * _many(chance, 0.3, 0.5) + ["review_comment"] * _many(chance, 0.5, 1.0)
    posts = []
    for role in roles:
        silent = role == "review" and chance.random() < 0.4
        body = "" if silent else _text(chance, opening=role == "opening")
        posts.append(CorpusPost(next(ids), _person(chance, place), at, body, role))
        at += timedelta(seconds=chance.randrange(1, 50_000))
    if kind == "discussion":
        posts = _with_replies(posts, chance)
    states = ("open", "closed", "merged") if kind == "pull_request" else ("open", "closed")
    title = " ".join(chance.choices(_WORDS, k=7))
    return CorpusThread("github", kind, repo, numbers[repo], title, chance.choice(states), tuple(posts))


def _with_replies(posts: list[CorpusPost], chance: random.Random) -> list[CorpusPost]:
    """A third of the comments become replies to the first."""
    if len(posts) < 3:
        return posts
    first = posts[1]
    replies = [
        CorpusPost(p.id, p.author, p.at, p.body, "reply", reply_to=first.id) if chance.random() < 1 / 3 else p
        for p in posts[2:]
    ]
    return [*posts[:2], *replies]


def _many(chance: random.Random, none: float, middle: float) -> int:
    """Zero with probability ``none``, else log-normal around e to the power of ``middle``, at most 150."""
    return 0 if chance.random() < none else min(150, round(chance.lognormvariate(middle, 1.0)))


def _person(chance: random.Random, place: int) -> str:
    """Every second post is by one of a repository's few maintainers."""
    who = PEOPLE + 3 * place + chance.randrange(3) if chance.random() < 0.5 else chance.randrange(PEOPLE)
    return f"person-{who}"


def _text(chance: random.Random, *, opening: bool) -> str:
    words = " ".join(chance.choices(_WORDS, k=min(400, round(chance.lognormvariate(4.0, 0.8)))))
    return f"Why does it want {KEYWORD}? {words}" if opening else f"I see: {words}"
