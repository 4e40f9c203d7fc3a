"""Whether rows come in the order in which a table holds them, so that a table of long texts need not be sorted."""

from collections.abc import Callable
from typing import Any, TypeVar

from codebook.rows import Row

R = TypeVar("R", bound=Row)


class KeyOrder:
    """Watches rows go by.

    Args:
        columns: What rows are sorted by; null comes first in each.
        stored: Makes a value comparable, as it is stored.
    """

    def __init__(self, columns: tuple[str, ...], stored: Callable[[object], object]) -> None:
        self._columns = columns
        self._stored = stored
        self._last: list[tuple[bool, Any]] | None = None
        self.kept = True
        """Whether every row so far came after the one before it."""
        self.seen = 0
        """How many rows have gone by."""

    def note(self, row: R) -> R:
        """Take a row, and give it on."""
        self.seen += 1
        if self.kept:
            values = [getattr(row, name) for name in self._columns]
            key = [(value is not None, self._stored(value)) for value in values]
            try:
                self.kept = self._last is None or self._last <= key
            except TypeError:  # a value that does not fit its column; whoever checks the row says which
                self.kept = False
            self._last = key
        return row
