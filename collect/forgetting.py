"""The command ``collect forget``: find, write the tombstones, erase, rebuild; killed anywhere, it goes on."""

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date

from codebook import ledger
from codebook.command import say
from codebook.errors import StudyError
from codebook.study import Study
from collect import forget, gather
from collect.source import Site, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who or what is to be forgotten."""

    author: str | None
    thread_id: str | None
    site: str | None

    def named(self) -> str:
        """It, in words."""
        where = f" on {self.site}" if self.site else ""
        return f"everything by {self.author}{where}" if self.author else f"the thread {self.thread_id}"


def expected(study: Study, asked: Asked) -> list[dict[str, object]]:
    """What would be erased: threads (gone, or without their title), posts and pages by raw store."""
    found = _find(study, asked, "")
    forgotten = study.forgotten
    forgotten.add(found.tombstones, keep=False)
    pages, _ = forget.erase(study, forgotten, keep=False)
    rows: list[dict[str, object]] = []
    for store, count in pages.items():
        site = store.removeprefix("collect/")
        rows.append({"store": store, "threads": found.threads[site], "posts": found.posts[site], "pages": count})
    return rows


def carry_out(study: Study, asked: Asked) -> gather.Derived:
    """Forget, and make the tables anew. The run in the ledger does not say who or what it was.

    Raises:
        StudyError: There is no such thread or site.
    """
    mark = study.forgotten.fingerprint("author" if asked.author else "thread", asked.author or asked.thread_id or "")
    about = {"what": "author" if asked.author else "thread", "site": asked.site}
    _find(study, asked, "")  # what is wrong with the question is said before a run begins
    with ledger.run(study, "collect forget", about, [mark, asked.site]) as run:
        found = _find(study, asked, run.id)
        forgotten = study.forgotten
        forgotten.add(found.tombstones)
        pages, damaged = forget.erase(study, forgotten, keep=True, run_id=run.id)
        run.notes["pages"] = pages
        for sentence in damaged:
            say(f"{sentence}; removed, because nobody can tell what it holds")
        say(
            f"{sum(found.threads.values())} threads, {sum(found.posts.values())} posts, {sum(pages.values())} raw pages"
        )
        derived = gather.derive(study, run=run)
    _rebuild(study, "coding", "coding", "pull")
    _rebuild(study, "exchange", "codebook", "import")
    return derived


def _find(study: Study, asked: Asked, run_id: str) -> forget.Found:
    chosen: list[tuple[Source, Site]] = gather.sites(study, study.settings.study.until or date.max)
    if asked.site and asked.site not in study.settings.sources:
        gather.sites(study, date.max, (asked.site,))  # which says what sites there are
    if asked.author:
        return forget.find_author(study, chosen, asked.author, asked.site, run_id)
    thread_id = asked.thread_id or ""
    found = forget.find_thread(study, chosen, thread_id, run_id)
    if not found.threads and not study.forgotten.thread(thread_id):
        raise StudyError(
            f"no page shows a thread {thread_id!r}", hint="Ids are those of the table threads: <site>:<native_id>."
        )
    return found


def _rebuild(study: Study, folder: str, stage: str, command: str) -> None:
    """Have the tables of codings made anew, by their own command: stages do not import each other."""
    if any((study.path / "raw" / folder).glob("*/*.jsonl.gz")):
        called = [sys.executable, "-m", f"{stage}.cli", command, "--from-raw", "--study", str(study.path)]
        done = subprocess.run(called, capture_output=True, text=True, check=False, env=os.environ)
        if done.returncode:
            said = done.stderr.strip()[-300:]
            raise StudyError(f"the codings could not be rebuilt: {said}", hint=f"Run: {stage} {command} --from-raw")
