"""What the result pages of one search of a Discourse forum list, and which further page cannot be true."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from collect.discourse.pages import has_more, inside, listed
from collect.discourse.shapes import Hit, readable
from collect.discourse.windows import Window
from collect.plausible import nothing_new

_NEAR = timedelta(days=2)
"""A query begins a day early; a day more, as a forum may count its days in its own time."""


@dataclass
class Listing:
    """The result pages of a window, as they come."""

    window: Window
    hits: set[int] = field(default_factory=set)

    def add(self, body: Any) -> None:
        """Take note of a page."""
        self.hits |= _posts(body)

    def wrong(self, body: Any) -> str:
        """Say why the next page cannot be true; nothing if it can."""
        return nothing_new(len(_posts(body) - self.hits), more=has_more(body)) or self._outside(body)

    def _outside(self, body: Any) -> str:
        """What is wrong with a page of hits none of which is near the window."""
        found = readable(listed(inside(body, "posts")), Hit, [], "hit")
        dated = [hit.created_at for hit in found if hit.created_at]
        first, last = self.window.first - _NEAR, self.window.last + _NEAR
        if not dated or any(first <= at <= last for at in dated):
            return ""
        return "no hit on the page is of the days that were asked for"


def _posts(body: Any) -> set[int]:
    ids = (inside(post, "id") for post in listed(inside(body, "posts")))
    return {i for i in ids if type(i) is int}
