"""Progress: a bar on a terminal, otherwise a plain line a minute."""

import sys
import time
from types import TracebackType
from typing import Self

from tqdm import tqdm

from codebook.command import say

_EVERY = 60.0


class Progress:
    """Counts the things of one task on standard error.

    Args:
        task: What is counted, for example ``github``.
        unit: Their name in the plural, for example ``threads``.
        total: How many there will be, if known.
    """

    def __init__(self, task: str, unit: str, total: int | None = None) -> None:
        self.task = task
        self.unit = unit
        self.count = 0
        self._cost = self._reason = ""
        self._said_at = time.monotonic()
        self._bar = (
            tqdm(desc=task, unit=f" {unit}", total=total, file=sys.stderr, dynamic_ncols=True)
            if sys.stderr.isatty()
            else None
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
        say(self._line())

    def add(self, count: int = 1) -> None:
        """Count more."""
        self.count += count
        if self._bar is not None:
            self._bar.update(count)
        else:
            self._say_once_a_minute()

    def show(self, requests: int, waited: float, reason: str) -> None:
        """Show what the counting costs: requests, seconds of waiting, and why it waits just now."""
        self._cost = f"{requests} requests, {waited:.0f} s waited"
        self._reason = reason
        if self._bar is not None:
            self._bar.set_postfix_str(f"{self._cost}; {reason}" if reason else self._cost)
        else:
            self._say_once_a_minute()

    def note(self, line: str) -> None:
        """Say something without breaking the bar."""
        if self._bar is not None:
            self._bar.clear()
        say(f"{self.task}: {line}")

    def _say_once_a_minute(self) -> None:
        if time.monotonic() - self._said_at >= _EVERY:
            self._said_at = time.monotonic()
            say(f"{self._line()} so far" + (f"; {self._reason}" if self._reason else ""))

    def _line(self) -> str:
        return f"{self.task}: {self.count} {self.unit}" + (f", {self._cost}" if self._cost else "")
