"""Copies of one discussion, over all sites: the same address, the same id of the site, or nearly the same opening text.

Nearly the same means that the sets of three consecutive words of two opening posts' prose have an estimated Jaccard
similarity of at least 0.7. The estimate is MinHash with 128 permutations (Broder, "On the resemblance and containment
of documents", 1997); candidates are found by 32 bands of 4 (Leskovec, Rajaraman and Ullman, "Mining of Massive
Datasets", 3.4). Code and logs do not count: one library's error message stands in many threads about other things.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from operator import eq
from urllib.parse import urlsplit

from rensa import RMinHash

SIMILAR = 0.7
_PERMUTATIONS = 128
_ROWS = 4
_BYTES = 4
_SEED = 1
_WORDS = 3
_FEWEST_WORDS = 20
_MOST_WORDS = 2000
_LEADERS = 20
"""Texts of one bucket that a further text is compared with; only flooded buckets hold more different ones."""

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)  # a template's advice to the author
_SAME = (
    (re.compile(r"/(?:questions|q)/(\d+)(?:/.*)?"), r"/questions/\1"),
    (re.compile(r"/t/(?:[^/]*/)?(\d+)(?:/.*)?"), r"/t/\1"),
    (re.compile(r"(/[^/]+/[^/]+)/(?:issues|pull|discussions)/(\d+)(?:/.*)?"), r"\1/\2"),
)


def canonical(url: str) -> str | None:
    """A thread's address in one form: no scheme, ``www.``, title, query or place in the page; None if it is none.

    An issue, a pull request and a discussion of one repository have one form, as they have one row of numbers.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host = parts.netloc.lower().removeprefix("www.")
    path = parts.path.rstrip("/")
    if not host or not path:
        return None
    for shape, form in _SAME:
        found = shape.fullmatch(path)
        if found:
            path = found.expand(form).lower()
            break
    return host + path


def signature(prose: str) -> bytes | None:
    """MinHash of a text, 128 numbers of 4 bytes; None for a text of less than 20 words, which says too little."""
    words = _WORD.findall(_COMMENT.sub(" ", prose).lower())[:_MOST_WORDS]
    if len(words) < _FEWEST_WORDS:
        return None
    made = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    made.update({" ".join(words[i : i + _WORDS]) for i in range(len(words) - _WORDS + 1)})
    return b"".join(number.to_bytes(_BYTES, "big") for number in made.digest())


def bands(signed: bytes) -> list[str]:
    """The buckets of a signature: texts that share one are candidates."""
    size = _ROWS * _BYTES
    return [f"{start}:{signed[start : start + size].hex()}" for start in range(0, len(signed), size)]


class Groups:
    """Threads that are linked, directly or through others."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def of(self, thread_id: str) -> str:
        """The group of a thread: the smallest id in it."""
        above = self._above
        while above.setdefault(thread_id, thread_id) != thread_id:
            above[thread_id] = above[above[thread_id]]
            thread_id = above[thread_id]
        return thread_id

    def link(self, members: Iterable[str]) -> None:
        """All of these are one discussion."""
        first: str | None = None
        for member in members:
            if first is not None:
                small, large = sorted((self.of(first), self.of(member)))
                self._above[large] = small
            first = member

    def link_similar(self, bucket: Iterable[str], signatures: Mapping[str, bytes]) -> None:
        """Link the similar ones of a bucket; each is compared with those that were like none before it.

        Args:
            bucket: Thread ids that share a band, sorted.
            signatures: Of every thread in the bucket.
        """
        leaders: list[str] = []
        for thread_id in bucket:
            if any(self.of(one) == self.of(thread_id) for one in leaders):
                continue
            like = [one for one in leaders if _similar(signatures[one], signatures[thread_id])]
            self.link([*like, thread_id])
            if not like and len(leaders) < _LEADERS:
                leaders.append(thread_id)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Every thread of a group with more than one, and its group, sorted."""
        sizes = Counter(map(self.of, self._above))
        return ((one, self.of(one)) for one in sorted(self._above) if sizes[self.of(one)] > 1)


def _similar(one: bytes, other: bytes) -> bool:
    same: int = sum(map(eq, memoryview(one).cast("I"), memoryview(other).cast("I")))
    return same >= SIMILAR * _PERMUTATIONS
