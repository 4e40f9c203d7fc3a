"""YAML of strangers: values only, with bounds on what a few lines can stand for."""

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, MappingEndEvent, MappingStartEvent, SequenceEndEvent, SequenceStartEvent

LONGEST = 4_000_000
"""Bytes of a file that are read; the longest metafile of OpenMMLab's packages has a hundredth of it."""

_DEEPEST = 50
_MOST_ALIASES = 1000
_MOST_NODES = 500_000

_UNREADABLE = (YAMLError, RecursionError, ValueError, TypeError, LookupError, AttributeError, AssertionError)
"""What ruamel raises over a file: its own errors, and others for a value that does not fit its tag."""


def read(content: bytes, *, twice: bool = False) -> tuple[Any, str | None]:
    """What a file says, and why it cannot be read; one of the two is None.

    Tags other than YAML's own are refused: none is ever made into an object. Aliases stay references to one value, and
    are counted, as nodes and depth are, before anything is built.

    Args:
        content: The file.
        twice: Whether a key may stand twice, as PyYAML and Ruby allow it; here the first one counts. Otherwise such a
            file is refused.
    """
    if len(content) > LONGEST:
        return None, f"it has {len(content)} bytes, and is not read"
    try:
        if wrong := _out_of_bounds(content):
            return None, wrong
        yaml = YAML(typ="safe")
        yaml.allow_duplicate_keys = twice
        return yaml.load(content), None
    except _UNREADABLE as error:
        return None, f"it is no valid YAML ({type(error).__name__})"


def _out_of_bounds(content: bytes) -> str | None:
    depth = aliases = 0
    for nodes, event in enumerate(YAML(typ="safe").parse(content)):
        aliases += isinstance(event, AliasEvent)
        depth += isinstance(event, MappingStartEvent | SequenceStartEvent)
        depth -= isinstance(event, MappingEndEvent | SequenceEndEvent)
        if depth > _DEEPEST:
            return f"its values are nested more than {_DEEPEST} deep, and it is not read"
        if aliases > _MOST_ALIASES or nodes > _MOST_NODES:
            return f"it has more than {_MOST_ALIASES} aliases or {_MOST_NODES} values, and is not read"
    return None
