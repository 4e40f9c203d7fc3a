"""A file at an address, read in the parts that are needed: bounded, and asked again where an answer was lost."""

import errno
import io
import re
from collections.abc import Callable
from http import HTTPStatus

from codebook.wire import Answer

Ask = Callable[[int, tuple[int, int] | None], Answer]
"""Asks for a file: how many bytes at most, and which part; see :meth:`codebook.downloads.Downloads.get`."""

WHOLE = 150_000_000
"""Bytes of the largest archive that is read whole."""

TAIL = 1 << 16
_SMALL = 1 << 19
"""Bytes up to which a file is not worth being asked for in parts."""

_STEP = 1 << 16
_MOST_AT_ONCE = 1 << 24
"""Bytes of the largest part, above all of a list of members."""


_MOST_IN_ALL = 1 << 30
"""Bytes that are asked for of one file, however many parts."""


class NoAnswerError(Exception):
    """What came is not what was asked for; ``answer`` says how the wire is to judge it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class TooLargeError(Exception):
    """It is larger than what is read; the message says what."""


class Remote(io.RawIOBase):
    """A file at an address, as :mod:`zipfile` reads one. Its end and the part that came last stay.

    Args:
        ask: Asks for it.
        size: Its bytes, if the index tells them.
    """

    def __init__(self, ask: Ask, size: int | None) -> None:
        self._ask = ask
        self._told = size
        self._tail = self._part = (0, b"")
        self._at = 0
        self.size = 0
        self.got = 0
        """Bytes that came."""

    def forget(self) -> None:
        """Let what came go, because it cannot be right."""
        self._tail = self._part = (0, b"")
        self._at = self.size = 0

    def open(self) -> None:
        """Get its end, or the whole of it if it is small, or if its host gives no parts.

        Raises:
            NoAnswerError: It did not come.
            TooLargeError: Its host gives no parts, and it is too large to be read whole.
        """
        if self.size:
            return
        if self._told is None:
            self._measure()
        if self._told is not None and self._told > _SMALL:
            start = self._told - TAIL
            came = self._get((start, self._told))
            self._tail = (start, came) if len(came) == TAIL else (0, came)
            self.size = self._told
        else:
            came = self.whole()
            self._tail, self.size = (0, came), len(came)

    def _measure(self) -> None:
        """How large it is, from the answer to a request for its first byte, which need not be a part."""
        answer = self._ask(_SMALL, (0, 1))
        total = answer.headers.get("content-range", "").rpartition("/")[2]
        if answer.status == HTTPStatus.PARTIAL_CONTENT and re.fullmatch(r"\d{1,15}", total):
            self._told = int(total)
        elif answer.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            raise NoAnswerError(answer)

    def whole(self) -> bytes:
        """All of it at once.

        Raises:
            NoAnswerError: It did not come.
            TooLargeError: It has more than :data:`WHOLE` bytes.
        """
        if self._told is not None and self._told > WHOLE:
            raise TooLargeError(f"it has {self._told} bytes, and an archive that is read whole may have {WHOLE}")
        return self._get(None)

    @property
    def is_whole(self) -> bytes | None:
        """The whole of it, where it came at once."""
        return self._tail[1] if self.size and len(self._tail[1]) == self.size else None

    def bring(self, start: int, end: int) -> None:
        """Get a part that is about to be read."""
        if not self._covers(self._tail, start, end) and not self._covers(self._part, start, end):
            self._part = (start, self._get((start, min(end, self.size))))

    def _get(self, span: tuple[int, int] | None) -> bytes:
        """A part, or the whole where no part can be had."""
        if span and span[1] - span[0] > _MOST_AT_ONCE:
            raise TooLargeError(f"a part of it has {span[1] - span[0]} bytes")
        if self.got > _MOST_IN_ALL:
            raise TooLargeError(f"more than {_MOST_IN_ALL} bytes of it would have to be got")
        answer = self._ask(WHOLE if span is None else max(WHOLE, span[1] - span[0]), span)
        self.got += len(answer.body)
        if span and answer.status == HTTPStatus.PARTIAL_CONTENT:
            return self._checked_part(answer, span)
        if answer.status != HTTPStatus.OK:
            raise NoAnswerError(answer)
        if len(answer.body) > WHOLE:
            raise TooLargeError(f"it comes only as a whole, and has more than {WHOLE} bytes")
        if self._told is not None and len(answer.body) != self._told:
            raise NoAnswerError(_broken(f"{len(answer.body)} bytes came of a file of {self._told}"))
        if span and self.size:  # a host that gives parts now and then
            self._tail = (0, answer.body)
            return answer.body[span[0] : span[1]]
        return answer.body

    def _checked_part(self, answer: Answer, span: tuple[int, int]) -> bytes:
        told = re.fullmatch(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", answer.headers.get("content-range", ""))
        if not told or (int(told[1]), int(told[2]) + 1) != span or len(answer.body) != span[1] - span[0]:
            raise NoAnswerError(_broken("another part came than was asked for"))
        if told[3] not in ("*", str(self._told)):
            raise NoAnswerError(_broken(f"it has {told[3]} bytes, and the index says {self._told}"))
        return answer.body

    @staticmethod
    def _covers(part: tuple[int, bytes], start: int, end: int) -> bool:
        return part[0] <= start and end <= part[0] + len(part[1])

    def seekable(self) -> bool:
        """It is."""
        return True

    def readable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Read on from elsewhere."""
        begins = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if begins + offset < 0:
            raise OSError(errno.EINVAL, "a place before the beginning of the file")  # as files have it
        self._at = begins + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Bytes from here on, asked for if they have not come."""
        end = self.size if size < 0 else min(self.size, self._at + size)
        if end - self._at > _MOST_AT_ONCE:
            raise TooLargeError(f"its list of members has {end - self._at} bytes")
        if self._at >= end:
            return b""
        for part in (self._tail, self._part):
            if self._covers(part, self._at, end):
                break
        else:
            self.bring(self._at, max(end, min(self.size, self._at + _STEP)))
            part = self._part if self._covers(self._part, self._at, end) else self._tail
        found = part[1][self._at - part[0] : end - part[0]]
        self._at = end
        return found


def _broken(why: str) -> Answer:
    return Answer(0, {}, why.encode())
