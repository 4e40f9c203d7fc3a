"""A place within JSON, named by a JSON Pointer (RFC 6901), as in ``FILE#/a/b``."""

from typing import Any

from codebook.errors import StudyError


def follow(found: Any, pointer: str, name: str) -> Any:
    """What stands at a place of parsed JSON; objects only, lists are not entered.

    Args:
        found: The whole.
        pointer: ``/a/b``; empty for the whole.
        name: The file, for errors.

    Raises:
        StudyError: There is no such place.
    """
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or key not in found:
            known = ", ".join(map(str, found)) if isinstance(found, dict) else "nothing"
            raise StudyError(f"there is no {key!r} in it", where=f"{name}#{pointer}", hint=f"There is: {known}.")
        found = found[key]
    return found
