"""GUIDs that are always the same for the same thing: UUIDs of version 5 (RFC 9562) over the study's own ids."""

import re
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

Kind = Literal["code", "user", "source", "case", "variable", "selection", "coding", "note", "set"]

_OURS = uuid5(NAMESPACE_URL, "urn:qualdev:refi-qda")
_FORM = re.compile(r"\{?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}?")


def guid(kind: Kind, *names: object) -> str:
    """The GUID of one of our things, lower case; what it is called by is told apart by NUL."""
    return str(uuid5(_OURS, "\0".join((kind, *map(str, names))).encode("utf-8", "replace").decode("utf-8")))


def plain_guid(text: str) -> str | None:
    """A GUID as others write it, in braces or not, in upper case or lower; None if it is none."""
    found = _FORM.fullmatch(text.strip())
    return found[1].lower() if found else None
