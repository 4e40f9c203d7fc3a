"""What tables may say of raw records.

Notes and what is kept apart pass through :meth:`Pseudonyms.in_text`. Who a name in them belongs to only ``collect``
knows, so of bare names those are found that stand in a mention, an address or a quote header.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from codebook.pseudonyms import Pseudonyms
from codebook.rows import Coding, Quarantined, Row
from codebook.study import Study
from coding.answers.standing import distinct

Tables = list[tuple[type[Row], list[Row]]]
"""What each part of the records gives: tables with their rows."""


class Kept:
    """What tables may say of the records: nothing of forgotten threads, and people in notes by their pseudonyms."""

    def __init__(self, study: Study) -> None:
        self._forgotten = study.forgotten
        self._names = Pseudonyms(study.key)

    def thread(self, thread_id: str | None) -> bool:
        """Whether a thread is not forgotten."""
        return thread_id is None or not self._forgotten.thread(thread_id)

    def text(self, text: str | None) -> str | None:
        """What somebody wrote, with people by their pseudonyms."""
        return text and self._names.in_text(text)

    def codings(self, rows: Iterable[Coding]) -> Iterator[Coding]:
        """The rows that stay, fit to be shared."""
        for row in rows:
            if self.thread(row.thread_id):
                yield replace(row, memo=self.text(row.memo))  # a quote stands as it does on the page

    def apart(self, rows: Iterable[Quarantined]) -> Iterator[Quarantined]:
        """As :meth:`codings`, of what is kept apart; rows that differ only in what may not be said are one."""
        kept = (replace(row, value=self._names.in_text(row.value)) for row in rows if self.thread(row.unit_id))
        yield from distinct(kept)
