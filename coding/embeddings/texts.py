"""The text of every unit: as coders are shown it, and as a model reads it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from codebook.harmless import one_line
from codebook.rows import Post, Thread
from codebook.study import Study
from coding.embeddings.prose import cleaned, passages
from coding.page.thread import ThreadPage, thread_page
from coding.projects.desk import included
from coding.screening.result import screened_out

_END = re.compile(
    r"[.!?\u2026\u061f\u06d4\u0964\u0965\u1362]+[\"'\u201d\u2019\u00bb)\]*_]*(?=\s)"  # those of scripts with blanks
    r"|[\u3002\uff01\uff1f\uff61]+[\u201d\u2019\u300d\u300f\uff09\"')]*"  # Chinese and Japanese, without a blank
    r"|\n"
)
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|fig|resp|incl|no|nr|al)|^\s*\d{1,3})\.$", re.IGNORECASE)
_LOOKED_BACK = 12
"""Characters before a full stop that are looked at for an abbreviation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitText:
    """One unit with its text.

    Args:
        unit_id: The thread's or the post's id.
        thread_id: The thread that the unit is or belongs to.
        kind: What the unit is.
        source: Where it was said.
        created_at: When the thread was opened, or the post written.
        title: The thread's title.
        shown: The text of the page that coders read, in which passages of codings are counted, in code points. The
            page of a post has the whole thread around it.
        passages: Where in ``shown`` the unit's own prose stands: start and end, in order. Of a thread, the title first.
        prose: These passages as models read them; see :mod:`coding.embeddings.prose`. Empty where there is only code.
    """

    unit_id: str
    thread_id: str
    kind: Literal["thread", "post"]
    source: str
    created_at: datetime | None
    title: str
    shown: str
    passages: tuple[tuple[int, int], ...]
    prose: str

    def sentences(self) -> list[tuple[int, int]]:
        """Where in ``shown`` the sentences of the unit's own prose stand; a mere address or image is none."""
        found = [(a + s, a + e) for a, b in self.passages for s, e in sentences(self.shown[a:b])]
        return [place for place in found if cleaned(self.shown, [place])]


def unit_texts(study: Study, *, every: bool = False) -> Iterator[UnitText]:
    """The units that can be drawn for coders, in the order of their threads' ids, posts in the order of theirs.

    Args:
        study: The study. Of ``[sampling]`` only the kind of unit is heeded; what a screening left out is left out.
        every: Give the threads that a screening is to read instead: all that are included, decided or not.

    Raises:
        StudyError: There are no included threads.
        Missing: The extra ``labelstudio``, which pages are made with, is not installed.
    """
    out = set() if every else screened_out(study)
    whole = every or study.settings.sampling.unit == "thread"
    for thread, posts in included(study):
        if thread.thread_id in out:
            continue
        if whole:
            yield _unit(thread, thread_page(thread, posts))
            continue
        for post in sorted(posts, key=lambda post: post.post_id):
            yield _unit(thread, thread_page(thread, posts, post.post_id), post)


def _unit(thread: Thread, page: ThreadPage, post: Post | None = None) -> UnitText:
    found = passages(page.html, only_unit=post is not None)
    if post is None and not one_line(thread.title):
        found = found[1:]  # the page says that there is no title
    return UnitText(
        unit_id=post.post_id if post else thread.thread_id,
        thread_id=thread.thread_id,
        kind="post" if post else "thread",
        source=thread.source,
        created_at=post.created_at if post else thread.created_at,
        title=thread.title,
        shown=page.text,
        passages=tuple(found),
        prose=cleaned(page.text, found),
    )


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a text stand: start and end in code points, without white space around them.

    A sentence ends with its mark, which Chinese and Japanese need no blank behind, or with the line. A full stop of a
    common abbreviation, or behind the number of a list, does not end one. Takes linear time.
    """
    found: list[tuple[int, int]] = []
    start = 0
    for mark in _END.finditer(text):
        if mark[0][-1] == "." and _ABBREVIATION.search(text[max(start, mark.end() - _LOOKED_BACK) : mark.end()]):
            continue
        _add(found, text, start, mark.end())
        start = mark.end()
    _add(found, text, start, len(text))
    return found


def _add(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    first = start + len(piece) - len(piece.lstrip())
    if any(character.isalnum() for character in piece):
        found.append((first, start + len(piece.rstrip())))
