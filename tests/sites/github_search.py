"""What a search of GitHub's finds: phrases in title, body and comments, restricted by kind and time."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sites.corpus import CorpusThread


@dataclass(frozen=True)
class Wanted:
    """A search, taken apart: phrases, kind, and the times in which threads were opened and updated."""

    phrases: tuple[str, ...]
    places: tuple[str, ...]
    item: str | None
    start: datetime
    last: datetime
    updated: datetime

    @classmethod
    @lru_cache(maxsize=1000)
    def of(cls, query: str) -> "Wanted":
        kind = re.search(r" is:(issue|pr|pull-request)\b", query)
        places = re.search(r"\bin:(\S+)", query)
        created = re.search(r"\bcreated:(\S+)\.\.(\S+)", query)
        updated = re.search(r"\bupdated:>=(\S+)", query)
        start, last = created.groups() if created else ("2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z")
        return cls(
            tuple(_words(p) for p in re.findall(r'"([^"]*)"', query)),
            tuple(places[1].split(",")) if places else ("title", "body", "comments"),
            ("issue" if kind[1] == "issue" else "pull_request") if kind else None,
            datetime.fromisoformat(start),
            datetime.fromisoformat(last),
            datetime.fromisoformat(updated[1] if updated else "2000-01-01T00:00:00Z"),
        )

    def finds(self, thread: CorpusThread) -> bool:
        if self.item not in (None, thread.item) or not self.start <= thread.opening.at <= self.last:
            return False
        if max(p.touched for p in thread.posts) < self.updated:
            return False
        comments = [p.body for p in thread.posts[1:] if p.role in ("comment", "answer", "reply")]
        texts = {"title": [thread.title], "body": [thread.opening.body], "comments": comments}
        return all(any(p in _words(t) for place in self.places for t in texts[place]) for p in self.phrases)


@lru_cache(maxsize=200_000)
def _words(text: str) -> str:
    """Text as its search sees it: words in lower case, each between spaces."""
    return " " + " ".join(re.findall(r"\w+", text.lower())) + " "
