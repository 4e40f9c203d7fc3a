"""The YAML at the head of a model's README, as a stranger may have written it: with limits, and without its tricks."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent

LONGEST = 65_536
"""Bytes of front matter that are read; the longest of the Hub's own templates has a tenth of it."""

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


_YAML = YAML(typ="safe")  # making one costs more than reading most front matters


@lru_cache(maxsize=4096)  # tables are made in several passes over the pages
def values(text: str) -> tuple[Mapping[str, Any], str | None]:
    """The keys of a front matter, and what is wrong with it.

    Aliases are refused, for with them a few lines can stand for more than a machine can hold; so are YAML's tags, of
    which none is ever made into an object.
    """
    if len(text.encode("utf-8", "replace")) > LONGEST:
        return {}, f"the front matter of README.md is longer than {LONGEST} bytes, and is not read"
    try:
        if any(isinstance(event, AliasEvent) for event in _YAML.parse(text)):
            return {}, "the front matter of README.md has aliases, and is not read"
        found = _YAML.load(text)
    except (YAMLError, RecursionError, ValueError, TypeError, LookupError, AttributeError, AssertionError) as error:
        return {}, f"the front matter of README.md is no valid YAML ({type(error).__name__})"
    if isinstance(found, dict):
        return {key: value for key, value in found.items() if isinstance(key, str)}, None
    return {}, None if found is None else "the front matter of README.md has no keys"
