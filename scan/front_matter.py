"""The YAML at the head of a model's README, as a stranger may have written it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from scan import bounded_yaml

LONGEST = 65_536
"""Bytes of a front matter that is stored with a listing; the longest of the Hub's own templates has a tenth of it."""

_FENCE = b"---"


def front_matter(content: bytes) -> bytes | None:
    """The lines between the two ``---`` at the head of a README, as they stand; None if there are none."""
    lines = content.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)
    if not lines or lines[0].rstrip() != _FENCE:
        return None
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() == _FENCE:
            return b"".join(lines[1:number])
    return None


@lru_cache(maxsize=4096)  # tables are made in several passes over the pages
def values(text: str) -> tuple[Mapping[str, Any], str | None]:
    """The keys of a front matter, and what is wrong with it; see :func:`scan.bounded_yaml.read`."""
    found, wrong = bounded_yaml.read(text.encode("utf-8", "replace"))
    if wrong:
        return {}, f"the front matter of README.md: {wrong}"
    if isinstance(found, dict):
        return {key: value for key, value in found.items() if isinstance(key, str)}, None
    return {}, None if found is None else "the front matter of README.md has no keys"
