"""YAML that a person wrote: read with the line of every key, so that an error says where it stands."""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from codebook.errors import StudyError

FORM = "See the README for the form of a codebook."


def tree(path: Path, content: bytes) -> Any:
    """What a YAML file says.

    Raises:
        StudyError: It is no YAML; file and line are named.
    """
    yaml = YAML(typ="rt", pure=True)
    try:
        return yaml.load(content.decode("utf-8-sig"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise StudyError(
            f"not valid YAML: {error.problem}", where=f"{path.name}:{line}", hint="Correct that line."
        ) from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise StudyError(f"not valid YAML: {error}", where=str(path), hint="Save it as UTF-8 text.") from None
    except RecursionError:
        raise StudyError("is nested too deeply", where=str(path), hint=FORM) from None
    except (ValueError, LookupError, TypeError, AttributeError) as error:  # what ruamel has for `!!int x` and its like
        raise StudyError(
            f"a value does not fit its YAML tag or type ({error})",
            where=str(path),
            hint="Write it as a text in quotes.",
        ) from None


def line_of(entry: CommentedMap, key: str) -> int:
    """The line of a key; that of the entry for a key that it has from elsewhere, by a merge (``<<: *anchor``)."""
    own = entry.lc.data or {}
    return int(own[key][0] if key in own else entry.lc.line) + 1


def unknown_key(path: Path, entry: CommentedMap, key: str, known: tuple[str, ...]) -> StudyError:
    """The error for a key that has no meaning, with the known one that is nearest to it."""
    return StudyError(
        f"unknown key {key!r}",
        where=f"{path.name}:{line_of(entry, key)}",
        hint=nearest(key, known) or f"Known here: {', '.join(known)}.",
    )


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.4) -> str:
    """``Did you mean …?`` with the known word that is most like ``word``; empty if none is."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return f"Did you mean {near[0]!r}?" if near else ""
