"""YAML of strangers: values only, with bounds on what a few lines can stand for."""

from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, MappingEndEvent, MappingStartEvent, SequenceEndEvent, SequenceStartEvent

LONGEST = 4_000_000
"""Bytes of a file that are read; the longest metafile of OpenMMLab's packages has a hundredth of it."""

_DEEPEST = 50
_MOST_NODES = 500_000

_UNREADABLE = (YAMLError, RecursionError, ValueError, TypeError, LookupError, AttributeError, AssertionError)
"""What ruamel raises over a file: its own errors, and others for a value that does not fit its tag."""


def read(content: bytes, *, twice: bool = False) -> tuple[Any, str | None]:
    """What a file says, and why it cannot be read; one of the two is None.

    Tags other than YAML's own are refused: none is ever made into an object. Aliases stay references to one value; what
    they stand for is counted, as depth is, before anything is built.

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
        return _yaml(twice=twice).load(content), None
    except _UNREADABLE as error:
        return None, f"it is no valid YAML ({type(error).__name__})"


def _out_of_bounds(content: bytes) -> str | None:
    """Why a file is not read: what it stands for, with every alias written out, is too much or too deep.

    A merge key (``<<: [*a, *a]``) writes its aliases out when it is read: twenty such lines need a million steps.
    """
    sizes, anchored, names = [0], dict[str, int](), list[str | None]()
    for event in _yaml().parse(content):
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            sizes.append(1)
            names.append(event.anchor)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            size, name = sizes.pop(), names.pop()
            sizes[-1] += size
            anchored |= {name: size} if name else {}
        elif isinstance(event, AliasEvent):
            sizes[-1] += anchored.get(event.anchor, 1)
        else:
            sizes[-1] += 1
        if len(names) > _DEEPEST:
            return f"its values are nested more than {_DEEPEST} deep, and it is not read"
        if sizes[-1] > _MOST_NODES:
            return f"with its aliases written out it has more than {_MOST_NODES} values, and is not read"
    return None


@lru_cache
def _yaml(*, twice: bool = False) -> YAML:
    """A reader; making one costs more than reading most files."""
    yaml = YAML(typ="safe")
    yaml.allow_duplicate_keys = twice
    return yaml
