"""A seeded world of any size: four sites, a month with more hits than every cap, and every inner list overflowing.

Every post carries a mark of its own, ``mark4711q``, that survives Markdown, HTML and pseudonyms; so a test can say of
every single post whether it is in a table, without knowing what the sources make its id of.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from sites.corpus import CorpusPost, CorpusThread

KEYWORDS = ("trust_remote_code", "trust_repo")
SINCE, UNTIL = datetime(2019, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
HOT = datetime(2024, 3, 1, tzinfo=UTC)
"""The month with more hits than every cap; its tenth day has more topics than a page."""

KINDS = {
    ("github", "issue"): 0.18,
    ("github", "pull_request"): 0.13,
    ("github", "discussion"): 0.14,
    ("stackoverflow", "question"): 0.34,
    ("pytorch_forum", "topic"): 0.11,
    ("huggingface", "discussion"): 0.07,
    ("huggingface", "pull_request"): 0.03,
}
"""Shares of a world; so the sites that cost a request per thread have a fifth of it."""

MARK = re.compile(r"mark(\d+)q")
_VOCABULARY = """
after again although another answer argument around because before between branch build cache change check class
cluster comment commit compile config could default device different docker driver enable error every example expect
fail file find first folder found function gpu happen help import install instead issue kernel library line linux
load local machine maybe memory message method model module need never notebook option output package path pipeline
please problem process question quite reason release remote repository result run script server should similar
simple since something still suggest support tensor test thanks thing tokenizer train tried update upgrade user
value version weights where which while without work worker wrong
"""
_WORDS = tuple(re.findall(r"\w+", _VOCABULARY))
_CODE = "```python\nfrom transformers import AutoModel\nmodel = AutoModel.from_pretrained({!r}, {})\n```"


@dataclass
class World:
    """Threads, and what a collection of them must give.

    Args:
        threads: What the sites serve.
        unfound: Threads that no search may find: they lack every keyword.
        excluded: Threads that are collected and left out: without a keyword, or opened before the dates.
    """

    threads: list[CorpusThread] = field(default_factory=list)
    unfound: set[str] = field(default_factory=set)
    excluded: set[str] = field(default_factory=set)

    @property
    def wanted(self) -> list[CorpusThread]:
        """The threads that a collection must bring."""
        return [t for t in self.threads if thread_id(t) not in self.unfound]

    def posts(self) -> Counter[tuple[str, str]]:
        """Thread id and mark of every post that a collection must bring, each once."""
        return Counter((thread_id(t), MARK.findall(p.body)[-1]) for t in self.wanted for p in t.posts)

    def hot(self, site: str, item: str, word: str = KEYWORDS[0]) -> int:
        """How many threads of a kind a search for ``word`` has in the hot month."""
        end = HOT + timedelta(days=31)
        mine = (t for t in self.wanted if (t.site, t.item) == (site, item) and HOT <= t.opening.at < end)
        return sum(word in t.title or any(word in p.body for p in t.posts) for t in mine)


def thread_id(thread: CorpusThread) -> str:
    """The thread's id in the tables."""
    if not thread.repo:
        return f"{thread.site}:{thread.number}"
    discussed = thread.site == "github" and thread.item == "discussion"
    return f"{thread.site}:{thread.repo}#{'d' if discussed else ''}{thread.number}"


def world(size: int, seed: int = 20260120, crowds: int = 1) -> World:
    """Make a world.

    Args:
        size: Threads, not counting crowds.
        seed: The same seed gives the same world.
        crowds: How many of each kind of thread whose inner lists overflow.
    """
    maker = _Maker(random.Random(seed))
    for (site, item), share in KINDS.items():
        for _ in range(round(size * share)):
            maker.thread(site, item, maker.talk(site, item))
        for _ in range(crowds):
            maker.thread(site, item, list(_crowd(site, item, maker)))
    maker.edges()
    maker.outsiders(max(2, size // 100))
    return maker.made


class _Maker:
    """Makes threads one after the other; the order of its calls decides every number."""

    def __init__(self, chance: random.Random) -> None:
        self.made = World()
        self.chance = chance
        self.ids = count(1001)
        self.numbers = Counter[str]()
        self.people = [f"{chance.choice('abdegkmnst')}{_pick(chance, 1)}{n}" for n in range(400)]

    def thread(
        self, site: str, item: str, talk: Sequence[CorpusPost], at: datetime | None = None, kept: bool = True
    ) -> CorpusThread:
        """Add a thread of ``talk`` that mentions a keyword somewhere (``kept``), opened at ``at`` or by chance."""
        opened = at or self.moment()
        posts = [_dated(p, opened, i) for i, p in enumerate(talk)]
        title = " ".join(_words(self.chance, 3, 8)).capitalize()
        silent = not kept or (site == "huggingface" and self.chance.random() < 0.25)
        if not silent:
            title, posts = self.mention(title, posts)
        repo = self.repo(site, item)
        thread = CorpusThread(site, item, repo, self.number(site, repo), title, self.state(item), tuple(posts))
        self.made.threads.append(thread)
        if silent:
            (self.made.excluded if site == "huggingface" else self.made.unfound).add(thread_id(thread))
        return thread

    def edges(self) -> None:
        """Threads at the first and last second of the dates, and at the midnights between windows."""
        hot_day = HOT + timedelta(days=9)
        for site, item in KINDS:
            for at in (SINCE, UNTIL - timedelta(seconds=1), HOT, hot_day, hot_day - timedelta(seconds=1)):
                self.thread(site, item, self.talk(site, item, most=1), at)

    def outsiders(self, each: int) -> None:
        """Threads that no search may find, and topics that began before the dates and came up again within them."""
        for site, item in KINDS:
            if site != "huggingface":
                for _ in range(each):
                    self.thread(site, item, self.talk(site, item), kept=False)
        for n in range(3):
            old = [self.post("opening"), *(self.post("comment") for _ in range(2))]
            thread = self.thread("pytorch_forum", "topic", old, SINCE - timedelta(days=9 + n), kept=False)
            late = self.post("comment", f"Does this still need {KEYWORDS[0]}?")
            posts = (*thread.posts, replace(late, at=SINCE + timedelta(days=40 + n)))
            self.made.threads[-1] = replace(thread, posts=posts)
            self.made.unfound.discard(thread_id(thread))
            self.made.excluded.add(thread_id(thread))

    def talk(self, site: str, item: str, most: int = 4) -> list[CorpusPost]:
        """An ordinary thread: an opening and a few posts of the kinds that the site has."""
        posts = [self.post("opening")]
        for _ in range(self.chance.randrange(most)):
            roles = {"question": ("answer", "comment"), "pull_request": ("comment", "review", "review_comment")}
            role = self.chance.choice(roles.get(item, ("comment",)) if site != "huggingface" else ("comment",))
            posts.append(self.post(role))
            if item == "discussion" and site == "github" and self.chance.random() < 0.4:
                posts.append(self.post("reply", reply_to=posts[-1].id))
            elif role == "answer" and self.chance.random() < 0.3:
                posts.append(self.post("comment", reply_to=posts[-1].id))
        return posts

    def post(self, role: str, text: str = "", reply_to: int | None = None) -> CorpusPost:
        """A post with a mark; its time is set when its thread is known."""
        number = next(self.ids)
        words = text or " ".join(_words(self.chance, 8, 30)).capitalize()
        if self.chance.random() < 0.1:
            words += f" Thanks @{self.chance.choice(self.people)} for that."
        author = self.chance.choice(self.people) if self.chance.random() < 0.98 else None
        body = f"{words} mark{number}q"
        return CorpusPost(number, author, SINCE, body, role, score=self.chance.randrange(4), reply_to=reply_to)

    def mention(self, title: str, posts: list[CorpusPost]) -> tuple[str, list[CorpusPost]]:
        """Put a keyword into the title, the opening, its code, or a comment that every search looks at."""
        drawn = self.chance.random()
        wanted = KEYWORDS if drawn < 0.06 else KEYWORDS[1:] if drawn < 0.12 else KEYWORDS[:1]
        searched = [i for i, p in enumerate(posts) if i and p.role in ("comment", "answer", "reply")]
        for word in wanted:
            place = self.chance.choice(("title", "body", "code", *(["comment", "comment"] if searched else [])))
            if place == "title":
                title += f" {word}"
                continue
            at = self.chance.choice(searched) if place == "comment" else 0
            code = _CODE.format(self.chance.choice(_WORDS), f"{word}=True")
            said = f"{code}\n\n{posts[at].body}" if place == "code" else f"About {word}: {posts[at].body}"
            posts[at] = replace(posts[at], body=said)
        return title, posts

    def moment(self) -> datetime:
        """Nearly half of all threads are opened in the hot month, a tenth of those on one day."""
        drawn = self.chance.random()
        if drawn < 0.045:
            return HOT + timedelta(days=9, seconds=self.chance.randrange(86_000))
        if drawn < 0.45:
            return HOT + timedelta(seconds=self.chance.randrange(30 * 86_400))
        return SINCE + timedelta(seconds=self.chance.randrange(int((UNTIL - SINCE).total_seconds()) - 864_000))

    def repo(self, site: str, item: str) -> str:
        """A repository of the site; the first ones have much more than the last."""
        if site not in ("github", "huggingface"):
            return ""
        number = int(40 * self.chance.random() ** 2)
        prefix = (
            ("datasets/" if number % 7 == 3 else "spaces/" if number % 7 == 5 else "") if site == "huggingface" else ""
        )
        return f"{prefix}lab-{number % 9}/{'net' if site == 'huggingface' else 'tool'}-{number}"

    def number(self, site: str, repo: str) -> int:
        """The next number in a repository or, where ids are the site's, on the site."""
        if not repo:
            return next(self.ids)
        self.numbers[f"{site}/{repo}"] += 1
        return self.numbers[f"{site}/{repo}"]

    def state(self, item: str) -> str:
        """Open, closed or merged."""
        return self.chance.choice(
            ("open", "closed", "merged") if item == "pull_request" else ("open", "open", "closed")
        )


def _crowd(site: str, item: str, maker: _Maker) -> Iterator[CorpusPost]:
    """The posts of a thread each of whose inner lists takes more than one page."""
    yield maker.post("opening")
    if item == "question":
        answers = [maker.post("answer") for _ in range(40)]
        for answer in answers:
            yield answer
            yield from (maker.post("comment", reply_to=answer.id) for _ in range(3))
        yield from (maker.post("comment") for _ in range(130))
    elif item == "discussion" and site == "github":
        for n in range(120):
            comment = maker.post("comment")
            yield comment
            yield from (
                maker.post("reply", reply_to=comment.id) for _ in range(120 if n == 5 else 12 if n % 40 == 7 else 0)
            )
    elif item == "pull_request" and site == "github":
        for role in ("comment", "review", "review_comment"):
            yield from (maker.post(role) for _ in range(130))
    else:
        yield from (maker.post("comment") for _ in range(230 if item == "issue" else 95))


def _words(chance: random.Random, least: int, most: int) -> Sequence[str]:
    return chance.choices(_WORDS, k=chance.randrange(least, most + 1))


def _pick(chance: random.Random, n: int) -> str:
    return "".join(chance.choice(("arlo", "enno", "ivka", "odra", "usha")) for _ in range(n))


def _dated(post: CorpusPost, opened: datetime, place: int) -> CorpusPost:
    """A post a minute after the one before it, in the seconds of its thread, never behind the dates."""
    return replace(post, at=min(opened + timedelta(minutes=place), max(opened, UNTIL - timedelta(seconds=1))))
