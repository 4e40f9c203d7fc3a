"""Progress: a bar on a terminal, otherwise a plain line a minute."""

import sys
import time
from types import TracebackType
from typing import ClassVar, Self

from tqdm import tqdm

from codebook.command import say
from codebook.harmless import one_line

_NO_TOTAL = "{desc}: {n_fmt}{unit}{postfix} [{elapsed}]"
"""Without tqdm's rate, so that what the counting costs and why it waits stand within 80 columns."""


class Progress:
    """Counts the things of one task on standard error.

    Args:
        task: What is counted, for example ``github``.
        unit: Their name in the plural, for example ``threads``.
        total: How many there will be, if known.
    """

    every: ClassVar[float] = 60.0
    """Seconds between two lines where there is no terminal."""

    def __init__(self, task: str, unit: str, total: int | None = None) -> None:
        self.task = task
        self.unit = unit
        self.count = 0
        self._total = total
        self._cost = self._reason = ""
        self._began = self._said_at = time.monotonic()
        self._bar = (
            tqdm(
                desc=task,
                unit=f" {unit}",
                total=total,
                file=sys.stderr,
                dynamic_ncols=True,
                miniters=0,
                leave=False,  # the line that is said in the end takes its place
                bar_format=_NO_TOTAL if total is None else None,
            )
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
        before, self._reason = self._reason, one_line(reason, 200)
        self._cost = f"{requests} requests, {waited:.0f} s waited"
        if self._bar is not None:
            # A reason is painted at once; else a bar that changes with every request is painted ten times a second.
            shown = f"{self._cost}; {self._reason}" if self._reason else self._cost
            self._bar.set_postfix_str(shown, refresh=self._reason != before or bool(self._reason))
            self._bar.update(0)
        else:
            self._say_once_a_minute()

    def remark(self, text: str) -> None:
        """Show something beside the count from now on, for example how many have failed."""
        if text != self._cost:
            self._cost = text
            if self._bar is not None:
                self._bar.set_postfix_str(text, refresh=False)

    def note(self, line: str) -> None:
        """Say something without breaking the bar."""
        if self._bar is not None:
            self._bar.clear()
        say(f"{self.task}: {line}")

    def _say_once_a_minute(self) -> None:
        if time.monotonic() - self._said_at >= self.every:
            self._said_at = time.monotonic()
            say(f"{self._line()} so far{self._ahead()}" + (f"; {self._reason}" if self._reason else ""))

    def _ahead(self) -> str:
        """How fast it goes and how long it will take, where it is known how many there are."""
        if not self._total or not self.count:
            return ""
        rate = self.count / max(time.monotonic() - self._began, 0.001)
        minutes = max(self._total - self.count, 0) / rate / 60
        left = f"{minutes:.0f} min" if minutes >= 1 else f"{minutes * 60:.0f} s"
        return f" of {self._total}, {rate:.3g} a second, about {left} left"

    def _line(self) -> str:
        return f"{self.task}: {self.count} {self.unit}" + (f", {self._cost}" if self._cost else "")
