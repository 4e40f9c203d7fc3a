"""People and threads that a study has been asked to forget: tombstones that name nobody.

``raw/forgotten.jsonl`` has a line per tombstone: what is forgotten, and a keyed HMAC (RFC 2104) of the name or of the
thread's id. Whoever has the study's key can tell whether a given name is forgotten, and nobody can read one from it.
The file belongs to raw, not to the tables: a rebuild and a later collection heed it.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from codebook.erasure import Eraser
from codebook.names import simple
from codebook.raw import Page

What = Literal["author", "thread", "title", "text"]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One thing that is forgotten.

    Args:
        what: An ``author`` (a name that a person goes by), a ``thread``, the ``title`` of a thread that a forgotten
            person opened, the ``text`` of a thread in which one wrote, as coders were shown it.
        hmac: Of the name or the thread's id, hexadecimal.
        words: Of how many words a name is; 0 for a thread.
        site: The only site on which an author is forgotten; None for all.
        run_id: The run that was asked to.
    """

    what: What
    hmac: str
    words: int
    site: str | None
    run_id: str


class Forgotten:
    """What a study has forgotten.

    Args:
        path: Where the tombstones lie.
        key: Gives the study's key; asked only if there are any.
    """

    def __init__(self, path: Path, key: Callable[[], bytes]) -> None:
        self.path = path
        self._key = key
        self._tombstones = list(_read(path))
        self._answers: dict[tuple[str, str], frozenset[str | None]] = {}

    def __bool__(self) -> bool:
        return bool(self._tombstones)

    def tombstone(self, what: What, name: str, run_id: str, site: str | None = None) -> Tombstone:
        """The tombstone of a name or a thread's id."""
        return Tombstone(what, self._hmac(what, name), len(_words(name)) if what == "author" else 0, site, run_id)

    def add(self, tombstones: Iterable[Tombstone], *, keep: bool = True) -> None:
        """Heed more tombstones; ``keep`` writes them to disk, before anything is erased."""
        known = {(t.what, t.hmac, t.site) for t in self._tombstones}
        new = {(t.what, t.hmac, t.site): t for t in tombstones}
        self._tombstones += [t for key, t in new.items() if key not in known]
        self._answers.clear()
        if not keep:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        with part.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(asdict(t)) + "\n" for t in self._tombstones)
            out.flush()
            os.fsync(out.fileno())
        part.replace(self.path)

    def author(self, name: str, site: str | None) -> bool:
        """Whether a name is that of a forgotten person on a site."""
        sites = self._sites("author", name)
        return None in sites or site in sites

    def thread(self, thread_id: str, what: What = "thread") -> bool:
        """Whether a thread, its title or its text as coders saw it, is forgotten."""
        return bool(self._sites(what, thread_id))

    def eraser(self, stage: str, site: str) -> Eraser:
        """What takes the forgotten out of pages of a raw store."""
        of = site if stage == "collect" else None
        return Eraser(
            site=site if stage == "collect" else "",
            author=lambda name: self.author(name, of),
            thread=self.thread,
            shortened=lambda thread_id: self.thread(thread_id, "title" if stage == "collect" else "text"),
            lengths=tuple(sorted({t.words for t in self._tombstones if t.what == "author"}, reverse=True)),
        )

    def fingerprint(self, what: What, name: str) -> str:
        """What tells a name or a thread's id from others, and tells nobody what it is."""
        return self._hmac(what, name)

    def page(self, stage: str, site: str) -> Callable[[Page], Page]:
        """The function that every page of a raw store passes before it is stored."""
        return self.eraser(stage, site).page if self else lambda page: page

    def _sites(self, what: What, name: str) -> frozenset[str | None]:
        if not self._tombstones:
            return frozenset()
        found = self._answers.get((what, name))
        if found is None:
            mac = self._hmac(what, name)
            found = frozenset(t.site for t in self._tombstones if t.what == what and t.hmac == mac)
            self._answers[what, name] = found
        return found

    def _hmac(self, what: What, name: str) -> str:
        said = simple(name) or name.lower() if what == "author" else name
        return hmac.digest(self._key(), f"{what}\0{said}".encode("utf-8", "replace"), hashlib.sha256).hex()


def _words(name: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in simple(name)).split()


def _read(path: Path) -> Iterable[Tombstone]:
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            yield Tombstone(**json.loads(line))
