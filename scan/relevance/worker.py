"""Sources are parsed in a process of their own, with limits on size, memory and time (:mod:`codebook.apart`).

All that is lost of a source that kills the process, or takes too long, is the facts of one file, whose row then says
so; its working folder and its import path hold nothing of a scanned repository.
"""

from types import TracebackType
from typing import Self

from codebook.apart import SECONDS, Apart, NoAnswer
from scan.relevance import source
from scan.relevance.source import TOO_MUCH, Source, as_source, relative_imports

LARGEST = 4_000_000
"""Bytes of a source; what is larger is not parsed."""

MEMORY = 512
"""Megabytes of address space that the process may have."""


class Parser:
    """Gives the :class:`Source` of bytes; a context that ends the process.

    Args:
        seconds: Time for one source.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._apart = Apart(source.__name__, source.facts.__name__, seconds, MEMORY)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._apart.close()

    @property
    def parsed(self) -> int:
        """How many sources were parsed."""
        return self._apart.asked

    def source(self, data: bytes) -> Source:
        """The facts of one file; where they could not be got, ``problem`` and ``undecodable`` say why."""
        if len(data) > LARGEST:
            why = f"{len(data)} bytes, more than the {LARGEST} that are parsed"
            return Source(problem=why, undecodable=why)
        try:
            found = as_source(self._apart.answer(data))
        except NoAnswer as none:
            beside, undecodable = relative_imports(data)
            return Source(beside=beside, undecodable=undecodable, problem=str(none))
        if found.problem == TOO_MUCH:
            self._apart.close()
        return found
