"""What the pages of one question to the Stack Exchange API list, and which further page cannot be true."""

from dataclasses import dataclass, field
from typing import Any

from collect.plausible import nothing_new
from collect.stackexchange.pages import PAGE_SIZE, PAGES, Item

_IDS = ("comment_id", "answer_id", "question_id")
"""The names of ids, what an item is before what it belongs to."""


@dataclass
class Listing:
    """The pages of one result, as they come.

    Args:
        first, last: The seconds between which its questions were asked; None where ids are asked for.
        at_most: Hits that it can have, by what a longer window reported.
    """

    first: int | None = None
    last: int | None = None
    at_most: int | None = None
    listed: set[int] = field(default_factory=set)

    def add(self, answer: Any) -> None:
        """Take note of a page."""
        self.listed |= _ids(answer)

    def wrong(self, answer: Any) -> str:
        """Say why the next page cannot be true; nothing if it can."""
        more, total = bool(_table(answer).get("has_more")), _total(answer)
        so_far = self.listed | _ids(answer)
        problem = nothing_new(len(so_far) - len(self.listed), more=more)
        if not problem and more and total is not None and len(so_far) > total + PAGE_SIZE:
            problem = f"there is more, but {len(so_far)} are listed of a total of {total}"
        if not problem and total is not None and self.at_most is not None and total > self.at_most:
            problem = f"{total} hits in a part of a window that leaves at most {self.at_most} for it"
        return problem or self._outside(answer)

    def _outside(self, answer: Any) -> str:
        """What is wrong with a page of questions none of which is of the window."""
        if self.first is None or self.last is None:
            return ""
        asked = [item.get("creation_date") for item in _items(answer)]
        dated = [at for at in asked if isinstance(at, int)]
        if not dated or any(self.first <= at <= self.last for at in dated):
            return ""
        return f"no question on the page was asked from {self.first} to {self.last}, as was wanted"


def room(total: int, older: int = 0) -> int:
    """Hits that a part of a window can have whose whole reported ``total`` and whose older part ``older``.

    Some more, as sites change; and as many as need no further halving in any case, as those end by themselves.
    """
    return max(total + total // 10 + PAGE_SIZE - older, PAGES * PAGE_SIZE)


def _ids(answer: Any) -> set[int]:
    named = ([item.get(name) for name in _IDS] for item in _items(answer))
    return {own for ids in named if (own := next((i for i in ids if isinstance(i, int)), None)) is not None}


def _items(answer: Any) -> list[Item]:
    items = _table(answer).get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _total(answer: Any) -> int | None:
    total = _table(answer).get("total")
    return total if isinstance(total, int) else None


def _table(value: Any) -> Item:
    return value if isinstance(value, dict) else {}
